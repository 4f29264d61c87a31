import { describe, expect, it } from "vitest";
import * as engines from "./engines.ts";
import {
  check,
  create,
  destroy,
  diff,
  type Outputs,
  provider,
  secret,
  stateFiles,
  unknown,
  update,
  urn,
} from "./harness.ts";
import { clusterInputs, createNetwork, createRole, instanceInputs, trust } from "./world.ts";

const vpcType = "ec2/vpc:Vpc";
const clusterType = "eks/cluster:Cluster";
const instanceType = "rds/instance:Instance";
const parameterGroupType = "rds/parameterGroup:ParameterGroup";

describe("diff", () => {
  it("finds no change in the same inputs, whatever AWS computed", async () => {
    const network = await createNetwork();
    const { vpc, subnets } = network;
    const cases: [string, Outputs][] = [
      [vpcType, { cidrBlock: "10.1.0.0/16" }],
      ["ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock: "10.0.9.0/24" }],
      ["ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, namePrefix: "db-" }],
      ["kms/key:Key", { tags: {} }],
      [clusterType, await clusterInputs(network)],
      [instanceType, await instanceInputs(network)],
      ["secretsmanager/secret:Secret", { namePrefix: "service/" }],
      ["ec2/vpcEndpoint:VpcEndpoint", { vpcId: vpc.id, serviceName: "com.amazonaws.eu-central-1.s3" }],
      ["rds/subnetGroup:SubnetGroup", { name: "two", subnetIds: subnets.map(({ id }) => id) }],
    ];
    for (const [type, inputs] of cases) {
      const state = await create(type, inputs);
      expect(await diff(type, state, inputs), type).toMatchObject({ changes: false, replaces: [] });
      const refreshed = provider.read(urn(type), state.id, state);
      expect(await diff(type, refreshed?.outputs ?? {}, inputs), `${type} after a refresh`).toMatchObject({
        changes: false,
      });
    }
  });

  it("finds one in an apply method that RDS doesn't take over, with the value that it has anyway", async () => {
    const group = (applyMethod: string) => ({
      name: "service",
      family: "postgres17",
      parameters: [
        { name: "rds.force_ssl", value: "1", applyMethod },
        { name: "work_mem", value: "8192", applyMethod: "immediate" },
      ],
    });
    const state = await create(parameterGroupType, group("immediate"));
    expect(await diff(parameterGroupType, state, group("immediate"))).toMatchObject({ changes: true });
    const updated = await update(parameterGroupType, state, group("immediate"));
    expect(await diff(parameterGroupType, updated, group("immediate"))).toMatchObject({ changes: true });
    expect(await diff(parameterGroupType, updated, group("pending-reboot"))).toMatchObject({
      changes: false,
    });
  });

  it("counts a removed input, and not one that AWS keeps", async () => {
    const state = await create(vpcType, {
      cidrBlock: "10.0.0.0/16",
      enableDnsHostnames: true,
      tags: { a: "b" },
    });
    expect(await diff(vpcType, state, { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true })).toMatchObject({
      changes: true,
      replaces: [],
    });
    expect(await diff(vpcType, state, { cidrBlock: "10.0.0.0/16", tags: { a: "b" } })).toMatchObject({
      changes: false,
    });
  });

  it("ignores the order in a set and the layout of JSON", async () => {
    const network = await createNetwork();
    const inputs = await clusterInputs(network);
    const state = await create(clusterType, inputs);
    const vpcConfig = { ...inputs.vpcConfig, subnetIds: inputs.vpcConfig.subnetIds.toReversed() };
    expect(await diff(clusterType, state, { ...inputs, vpcConfig })).toMatchObject({ changes: false });

    const role = await createRole("app", "pods.eks.amazonaws.com", "sts:AssumeRole");
    const assumeRolePolicy = JSON.stringify(JSON.parse(role.assumeRolePolicy), undefined, 4);
    expect(await diff("iam/role:Role", role, { name: "app", assumeRolePolicy })).toMatchObject({
      changes: false,
    });
  });

  it.each([
    ["the CIDR", vpcType, { cidrBlock: "10.0.0.0/16" }, { cidrBlock: "10.2.0.0/16" }, ["cidrBlock"]],
    ["a value yet unknown", vpcType, { cidrBlock: "10.0.0.0/16" }, { cidrBlock: unknown }, ["cidrBlock"]],
    ["a tag", vpcType, { cidrBlock: "10.0.0.0/16" }, { cidrBlock: "10.0.0.0/16", tags: { a: "b" } }, []],
    ["an alias' name", "kms/alias:Alias", { name: "alias/a" }, { name: "alias/b" }, ["name"]],
  ])(
    "replaces only where Terraform forces a new resource: %s",
    async (_what, type, before, after, replaces) => {
      const target = type.startsWith("kms") ? { targetKeyId: (await create("kms/key:Key", {})).id } : {};
      const state = await create(type, { ...before, ...target });
      expect(await diff(type, state, { ...after, ...target })).toMatchObject({ changes: true, replaces });
    },
  );

  it("deletes first what keeps its name, and gives a name that it made itself anew", async () => {
    const inputs = { assumeRolePolicy: trust("eks.amazonaws.com", "sts:AssumeRole") };
    const named = await create("iam/role:Role", { ...inputs, name: "named" });
    expect(await diff("iam/role:Role", named, { ...inputs, name: "named", path: "/a/" })).toMatchObject({
      replaces: ["path"],
      deleteBeforeReplace: true,
    });
    const checked = await check("iam/role:Role", inputs);
    const again = await check("iam/role:Role", { ...inputs, path: "/a/" }, checked);
    expect(again.name).toBe(checked.name);
    const { deleteBeforeReplace } = provider.diff(urn("iam/role:Role"), checked, again);
    expect(deleteBeforeReplace).toBe(false);
  });

  it("keeps encryption and the node role of a cluster for ever", async () => {
    const inputs = await clusterInputs(await createNetwork());
    const key = await create("kms/key:Key", {});
    const encryptionConfig = { provider: { keyArn: key.arn }, resources: ["secrets"] };
    const plain = await create(clusterType, inputs);
    expect(await diff(clusterType, plain, { ...inputs, encryptionConfig })).toMatchObject({
      changes: true,
      replaces: [],
    });
    const encrypted = await update(clusterType, plain, { ...inputs, encryptionConfig });
    expect(await diff(clusterType, encrypted, inputs)).toMatchObject({ replaces: ["encryptionConfig"] });
    const other = await createRole("other", "ec2.amazonaws.com", "sts:AssumeRole");
    const computeConfig = { ...inputs.computeConfig, nodeRoleArn: other.arn };
    expect(await diff(clusterType, plain, { ...inputs, computeConfig })).toMatchObject({
      replaces: ["computeConfig"],
    });
  });
});

describe("secrets", () => {
  it("stay wrapped for the engine, and are in no file", async () => {
    const network = await createNetwork();
    const inputs = { ...(await instanceInputs(network)), password: secret("hunter2-hunter2") };
    const instance = await create(instanceType, inputs);
    const owner = await create("secretsmanager/secret:Secret", {
      name: "service",
      tags: { owner: secret("nobody-knows") },
    });
    const version = await create("secretsmanager/secretVersion:SecretVersion", {
      secretId: owner.id,
      secretString: "plain-but-sensitive",
    });
    expect(instance.password).toEqual(secret("hunter2-hunter2"));
    expect(engines.createInstance).toHaveBeenCalledWith(
      expect.objectContaining({ password: "hunter2-hunter2" }),
    );
    const files = Object.values(stateFiles()).join();
    for (const value of ["hunter2", "nobody-knows", "plain-but-sensitive"])
      expect(files).not.toContain(value);

    const refreshed = provider.read(urn("secretsmanager/secretVersion:SecretVersion"), version.id, version);
    expect(refreshed?.outputs.secretString).toBe("plain-but-sensitive");
    expect(await diff(instanceType, instance, inputs)).toMatchObject({ changes: false });
    expect(await diff(instanceType, instance, { ...inputs, password: secret("another-one") })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });

  it("are in no refusal", async () => {
    const inputs = { ...(await instanceInputs(await createNetwork())), password: "p@ss" };
    await expect(check(instanceType, inputs)).rejects.toThrow(
      /^InvalidParameterValue: password is \[secret\]; allowed/,
    );
  });
});

describe("creation", () => {
  it("leaves nothing behind when the engine fails", async () => {
    const network = await createNetwork();
    const [cluster, instance] = [await clusterInputs(network), await instanceInputs(network)];
    const before = Object.keys(stateFiles());
    engines.createCluster.mockRejectedValueOnce(new Error("no cgroup"));
    await expect(create(clusterType, cluster)).rejects.toThrow("no cgroup");
    engines.createInstance.mockRejectedValueOnce(new Error("no disk"));
    await expect(create(instanceType, instance)).rejects.toThrow("no disk");
    expect(Object.keys(stateFiles())).toEqual(before);
  });

  it("grants what an access policy stands for", async () => {
    const cluster = await create(clusterType, await clusterInputs(await createNetwork()));
    const principalArn = "arn:aws:iam::111111111111:role/auditor";
    const entry = { clusterName: cluster.name, principalArn };
    await create("eks/accessEntry:AccessEntry", entry);
    await create("eks/accessPolicyAssociation:AccessPolicyAssociation", {
      ...entry,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy",
      accessScope: { type: "cluster" },
    });
    expect(engines.grantAccess).toHaveBeenLastCalledWith("service", {
      principalArn,
      policy: "AmazonEKSAdminViewPolicy",
    });
  });

  it("gives the zones of the cluster's subnets to the engine, and whether its creator administers it", async () => {
    await create(clusterType, await clusterInputs(await createNetwork()));
    expect(engines.createCluster).toHaveBeenCalledWith("service", {
      zones: ["eu-central-1a", "eu-central-1b"],
      builtInPools: ["system", "general-purpose"],
      cidr: "10.0.0.0/16",
      callerArn: expect.stringContaining("arn:aws:iam::"),
      callerIsAdministrator: true,
    });
  });

  it("gives the instance's limits and parameters to the engine", async () => {
    const inputs = await instanceInputs(await createNetwork());
    const instance = await create(instanceType, inputs);
    const call = { maxConnections: 225, parameters: { "rds.force_ssl": "1" }, databaseName: "service" };
    expect(engines.createInstance).toHaveBeenCalledWith(expect.objectContaining(call));
    expect(instance.endpoint).toMatch(/^service\.[a-z0-9]{12}\.eu-central-1\.rds\.amazonaws\.com:5432$/);
    expect(instance.engineVersionActual).toBe("17.10");
    await update(instanceType, instance, { ...inputs, instanceClass: "db.t4g.medium" });
    expect(engines.updateInstance).toHaveBeenCalledWith(expect.objectContaining({ maxConnections: 450 }));
  });

  it("puts the cluster's own security group where rules can refer to it", async () => {
    const network = await createNetwork();
    const { vpcConfig } = await create(clusterType, await clusterInputs(network));
    await create("vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
      securityGroupId: network.securityGroup.id,
      referencedSecurityGroupId: vpcConfig.clusterSecurityGroupId,
      ...{ ipProtocol: "tcp", fromPort: 5432, toPort: 5432 },
    });
    expect(vpcConfig.vpcId).toBe(network.vpc.id);
  });
});

describe("refresh", () => {
  it("notices what is gone", async () => {
    const vpc = await create(vpcType, { cidrBlock: "10.0.0.0/16" });
    await destroy(vpcType, vpc);
    expect(provider.read(urn(vpcType), vpc.id, vpc)).toBeUndefined();
  });
});

describe("deletion", () => {
  it("works in the reverse order and leaves nothing", async () => {
    const network = await createNetwork();
    const cluster = await create(clusterType, await clusterInputs(network));
    await destroy(clusterType, cluster);
    await destroy("ec2/securityGroup:SecurityGroup", network.securityGroup);
    for (const subnet of network.subnets) await destroy("ec2/subnet:Subnet", subnet);
    await destroy(vpcType, network.vpc);
    expect(Object.keys(stateFiles()).filter((path) => path.includes("ec2") || path.includes("eks"))).toEqual(
      [],
    );
  });

  it("keeps a final snapshot and the automated backups, and only one snapshot of a name", async () => {
    const inputs = { ...(await instanceInputs(await createNetwork())), backupRetentionPeriod: 1 };
    const kept = () => Object.keys(stateFiles()).filter((path) => /snapshot|automatedBackup/.test(path));
    await destroy(instanceType, await create(instanceType, inputs));
    expect(kept()).toEqual([]);
    const last = { skipFinalSnapshot: false, finalSnapshotIdentifier: "last" };
    const final = { ...inputs, ...last, deleteAutomatedBackups: false };
    const first = await create(instanceType, final);
    await destroy(instanceType, first);
    expect(kept().sort()).toEqual([`aws/rds/automatedBackup/${first.id}.json`, "aws/rds/snapshot/last.json"]);
    const second = await create(instanceType, final);
    await expect(destroy(instanceType, second)).rejects.toThrow(/^DBSnapshotAlreadyExists/);
  });
});

describe("an add-on", () => {
  const addonType = "eks/addon:Addon";
  const getVersion = async (addonName: string, kubernetesVersion: string) => {
    const version = { addonName, kubernetesVersion };
    return (await provider.invoke("aws:eks/getAddonVersion:getAddonVersion", version)).version;
  };

  it("comes in a version for the cluster's, follows an upgrade, and in no other", async () => {
    const inputs = await clusterInputs(await createNetwork());
    const cluster = await create(clusterType, inputs);
    const addonName = "amazon-cloudwatch-observability";
    const addon = { clusterName: "service", addonName, addonVersion: await getVersion(addonName, "1.34") };
    await expect(
      create(addonType, { ...addon, addonVersion: await getVersion(addonName, "1.35") }),
    ).rejects.toThrow(
      /^InvalidParameterException: Addon version v\S+ of amazon-cloudwatch-observability is not/,
    );
    const created = await create(addonType, addon);
    const next = { ...addon, addonVersion: await getVersion(addonName, "1.35") };
    await expect(update(addonType, created, next)).rejects.toThrow(/^InvalidParameterException/);
    await update(clusterType, cluster, { ...inputs, version: "1.35" });
    expect(await update(addonType, created, next)).toMatchObject({ addonVersion: next.addonVersion });
  });

  it("of CloudWatch logs in by its own service account, and its role stays as long as it does", async () => {
    await create(clusterType, await clusterInputs(await createNetwork()));
    const role = await createRole("agent", "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession");
    const addon = (serviceAccount: string) => ({
      clusterName: "service",
      addonName: "amazon-cloudwatch-observability",
      podIdentityAssociations: [{ serviceAccount, roleArn: role.arn }],
    });
    await expect(create(addonType, addon("fluent-bit"))).rejects.toThrow(/allowed: cloudwatch-agent$/);
    const created = await create(addonType, addon("cloudwatch-agent"));
    await expect(update(addonType, created, addon("fluent-bit"))).rejects.toThrow(
      /allowed: cloudwatch-agent$/,
    );
    const stranger = await createRole("stranger", "ec2.amazonaws.com", "sts:AssumeRole", "sts:TagSession");
    const podIdentityAssociations = [{ serviceAccount: "cloudwatch-agent", roleArn: stranger.arn }];
    await expect(
      update(addonType, created, { ...addon("cloudwatch-agent"), podIdentityAssociations }),
    ).rejects.toThrow(/^InvalidParameterException: The trust policy of/);
    await expect(destroy("iam/role:Role", role)).rejects.toThrow(/^DeleteConflict/);
    await destroy(addonType, created);
    await destroy("iam/role:Role", role);
  });

  it("has no version for a Kubernetes that EKS doesn't offer", async () => {
    await expect(getVersion("metrics-server", "1.29")).rejects.toThrow(
      "no version of metrics-server for Kubernetes 1.29",
    );
  });
});
