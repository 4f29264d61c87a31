import { beforeEach, describe, expect, test, vi } from "vitest";
import { PRIVATE_AND_NEW } from "../../components/endpoint.ts";
import { program, questions } from "../harness.ts";

const cluster = async (set: Record<string, unknown> = {}) => (await program("prod", { set }))[0];

test("is in Auto Mode: compute, volumes and load balancers together, without add-ons of its own", async () => {
  const { inputs, ignoreChanges } = (await cluster()).get("cluster-eks");
  expect(inputs).toMatchObject({
    computeConfig: { enabled: true, nodePools: ["system"] },
    storageConfig: { blockStorage: { enabled: true } },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
    bootstrapSelfManagedAddons: false,
  });
  expect(ignoreChanges).toEqual(["bootstrapSelfManagedAddons"]);
});

test("its nodes are of a pool of the program's own, which whatever has pods depends on", async () => {
  const recording = await cluster();
  const { inputs, urn, deleteTimeout } = recording.get(
    "cluster-nodes",
    "kubernetes:karpenter.sh/v1:NodePool",
  );
  expect(inputs.spec.template.spec).toMatchObject({
    nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "default" },
    terminationGracePeriod: "30m",
  });
  expect(deleteTimeout).toBe("60m");
  for (const name of ["cluster-metrics-server", "cluster-pod-logs", "orders-namespace"]) {
    const waiting = recording.resources.filter((resource) => resource.name === name);
    expect(waiting.some(({ waitsFor }) => waitsFor.includes(urn))).toBe(true);
  }
});

test("has metrics of its pods, and nothing waits for them", async () => {
  const recording = await cluster();
  const { inputs, urn } = recording.get("cluster-metrics-server");
  expect(inputs).toMatchObject({ addonName: "metrics-server", clusterName: "fastapi-eks-prod" });
  const others = recording.resources.filter(({ name }) => name !== "protection");
  expect(others.filter(({ waitsFor }) => waitsFor.includes(urn))).toEqual([]);
});

test("its add-ons follow its version, whose default AWS is asked for", async () => {
  const versions = async (clusterVersion: string) =>
    (await cluster({ clusterVersion }))
      .ofType("aws:eks/addon:Addon")
      .map(({ inputs }) => inputs.addonVersion);
  expect(new Set(await versions("1.35"))).toEqual(new Set(["v1.35.0-eksbuild.1"]));
  expect(new Set(await versions("1.36"))).toEqual(new Set(["v1.36.0-eksbuild.1"]));
});

test("keeps secrets under its own key, logs everything, and admits by access entries", async () => {
  expect((await cluster()).get("cluster-eks").inputs).toMatchObject({
    accessConfig: { authenticationMode: "API" },
    encryptionConfig: { resources: ["secrets"] },
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    upgradePolicy: { supportType: "STANDARD" },
    deletionProtection: true,
  });
});

test("is reachable from the VPC alone, unless networks are named", async () => {
  const { vpcConfig } = (await cluster()).get("cluster-eks").inputs;
  expect(vpcConfig).toMatchObject({ endpointPrivateAccess: true, endpointPublicAccess: false });
  const open = (await cluster({ clusterPublicAccessCidrs: ["8.8.8.0/24"] })).get("cluster-eks").inputs;
  expect(open.vpcConfig).toMatchObject({ endpointPublicAccess: true, publicAccessCidrs: ["8.8.8.0/24"] });
});

test("has its rights and its log group before it starts, and until it is gone", async () => {
  const recording = await cluster();
  const { waitsFor } = recording.get("cluster-eks");
  const attachments = recording
    .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    .filter(({ name }) => name.startsWith("cluster-"));
  expect(attachments.map(({ inputs }) => inputs.policyArn.split("/").at(-1)).sort()).toEqual([
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSWorkerNodeMinimalPolicy",
  ]);
  expect(waitsFor).toEqual(expect.arrayContaining(attachments.map(({ urn }) => urn)));
  expect(waitsFor).toContain(recording.get("cluster-logs").urn);
  expect(recording.get("cluster-logs").inputs.name).toBe("/aws/eks/fastapi-eks-prod/cluster");
});

test("each admin gets an entry and the policy, and Kubernetes waits for them", async () => {
  const admins = ["arn:aws:iam::123456789012:role/Operators", "arn:aws:iam::210987654321:role/Operators"];
  const recording = await cluster({ clusterAdminArns: admins });
  const entries = recording.ofType("aws:eks/accessEntry:AccessEntry");
  const policies = recording.ofType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation");
  expect(entries.map(({ inputs }) => inputs.principalArn)).toEqual(admins);
  expect(policies.map(({ inputs }) => inputs.principalArn)).toEqual(admins);
  const { waitsFor } = recording.get("cluster-kubernetes");
  expect(waitsFor).toEqual(expect.arrayContaining(policies.map(({ urn }) => urn)));
});

test("only another cluster replaces what runs in it, and the kubeconfig holds no credential", async () => {
  const { inputs } = (await cluster()).get("cluster-kubernetes");
  expect(inputs.clusterIdentifier).toMatch(/^arn:aws:eks:.*:cluster\/fastapi-eks-prod$/);
  const [{ user }] = JSON.parse(inputs.kubeconfig).users;
  expect(user).toEqual({
    exec: expect.objectContaining({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "aws",
      args: [
        "eks",
        "get-token",
        "--cluster-name",
        "fastapi-eks-prod",
        "--region",
        "eu-central-1",
        "--output",
        "json",
      ],
    }),
  });
});

test("roles trust nobody but the service that takes them on", async () => {
  const principals = (await cluster()).ofType("aws:iam/role:Role").map(({ name, inputs }) => {
    const [statement, ...more] = JSON.parse(inputs.assumeRolePolicy).Statement;
    expect(more).toEqual([]);
    return [name, statement.Principal];
  });
  expect(Object.fromEntries(principals)).toEqual({
    "cluster-control": { Service: "eks.amazonaws.com" },
    "cluster-nodes": { Service: "ec2.amazonaws.com" },
    "cluster-pod-logs": { Service: "pods.eks.amazonaws.com" },
    "database-monitoring": { Service: "monitoring.rds.amazonaws.com" },
    "orders-pod": { Service: "pods.eks.amazonaws.com" },
  });
});

describe("its API", () => {
  const open = { clusterPublicAccessCidrs: ["8.8.8.0/24"] };
  const api = { url: "https://cluster.example", certificateAuthority: "Q0E=" };
  const refusal =
    /^clusterPublicAccessCidrs: got none, and the Kubernetes API at cluster.example doesn't answer/;

  beforeEach(() => {
    vi.resetAllMocks();
  });

  test("is waited for before anything is put into a new cluster", async () => {
    await cluster();
    expect(questions.untilAnswering).toHaveBeenCalledExactlyOnceWith(api);
    expect(questions.ask).not.toHaveBeenCalled();
  });

  test("that never answers ends the update of a new cluster, before anything is put into it", async () => {
    questions.untilAnswering.mockResolvedValue({ kind: "silent", code: "ETIMEDOUT" });
    const errors: unknown[] = [];
    const collect = (error: unknown) => errors.push(error);
    process.on("unhandledRejection", collect);
    const [recording] = await program("prod");
    await new Promise(setImmediate);
    process.off("unhandledRejection", collect);
    expect((errors[0] as Error).message).toMatch(refusal);
    expect(recording.resources.filter(({ type }) => /^kubernetes:|^pulumi:providers:kub/.test(type))).toEqual(
      [],
    );
  });

  test("of an old cluster is asked once, and only warned of: AWS' part can be changed without it", async () => {
    questions.ask.mockResolvedValue({ kind: "silent", code: "ETIMEDOUT" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 3_600_000 });
    const recording = await cluster();
    vi.useRealTimers();
    expect(questions.ask).toHaveBeenCalledExactlyOnceWith(api);
    expect(recording.warnings).toEqual([expect.stringMatching(refusal)]);
    expect(recording.get("orders-namespace")).toBeDefined();
  });

  test("that a preview doesn't know of yet can't be private without a word", async () => {
    const preview = async (set = {}) => (await program("prod", { preview: true, set }))[0].warnings;
    expect(await preview()).toContain(PRIVATE_AND_NEW);
    expect(await preview(open)).not.toContain(PRIVATE_AND_NEW);
    expect(questions.ask).not.toHaveBeenCalled();
    expect(questions.untilAnswering).not.toHaveBeenCalled();
  });
});

describe("what pods write", () => {
  test("is kept as long as the other logs, in groups that are there first and go with the stack", async () => {
    const recording = await cluster();
    const groups = recording.ofType("aws:cloudwatch/logGroup:LogGroup");
    const ofPods = groups.filter(({ inputs }) => inputs.name.startsWith("/aws/containerinsights/"));
    expect(ofPods.map(({ inputs }) => inputs.name.split("/fastapi-eks-prod/")[1]).sort()).toEqual([
      "application",
      "dataplane",
      "host",
      "performance",
    ]);
    expect(new Set(groups.map(({ inputs }) => inputs.retentionInDays)).size).toBe(1);
    const { waitsFor } = recording.get("cluster-pod-logs", "eks/addon");
    expect(waitsFor).toEqual(expect.arrayContaining(ofPods.map(({ urn }) => urn)));
    expect(waitsFor).toContain(recording.get("cluster-pod-logs", "rolePolicy:").urn);
    expect(ofPods.filter(({ retainOnDelete }) => retainOnDelete)).toEqual([]);
  });

  test("is written with rights on these groups alone, and none to make one", async () => {
    const recording = await cluster();
    const { Statement } = JSON.parse(recording.get("cluster-pod-logs", "rolePolicy:").inputs.policy);
    const logs = Statement.filter(({ Action }: { Action: string[] }) =>
      Action.some((one) => /^logs:/.test(one)),
    );
    expect(logs).toHaveLength(1);
    expect(logs[0].Action).not.toContain("logs:CreateLogGroup");
    expect(logs[0].Resource).toHaveLength(4);
    for (const arn of logs[0].Resource) {
      expect(arn).toMatch(/:log-group:\/aws\/containerinsights\/fastapi-eks-prod\/\w+:\*$/);
    }
    const others = Statement.filter((statement: unknown) => statement !== logs[0]);
    expect(others.flatMap(({ Action }: { Action: string[] }) => Action)).toEqual([
      "ec2:DescribeTags",
      "ec2:DescribeVolumes",
    ]);
  });

  test("is sent by CloudWatch's add-on, which logs in by Pod Identity and instruments no pod", async () => {
    const { inputs } = (await cluster()).get("cluster-pod-logs", "eks/addon");
    expect(inputs.podIdentityAssociations).toEqual([
      { serviceAccount: "cloudwatch-agent", roleArn: expect.stringMatching(/:role\/cluster-pod-logs$/) },
    ]);
    const { agent, manager } = JSON.parse(inputs.configurationValues);
    expect(Object.keys(agent.config)).toEqual(["logs"]);
    expect(manager).toEqual({ applicationSignals: { autoMonitor: { monitorAllServices: false } } });
  });
});
