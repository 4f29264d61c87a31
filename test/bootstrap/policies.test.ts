// The rights of the workflows, held against what the program makes and against a linter that knows AWS' actions.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketTypes, functions, preview, refresh, resources, update } from "../../bootstrap/actions.ts";
import {
  ACCESS_LOGS,
  ATTACHABLE,
  boundaryPolicy,
  COPIES,
  CREDENTIALS,
  deployPolicy,
  driftPolicy,
  partsPolicy,
  previewPolicy,
  rolesPolicy,
} from "../../bootstrap/policies.ts";
import { program } from "../harness.ts";
import { production, WEB_ACL } from "../load-balancer.ts";
import { pythonTools, run } from "../tools.ts";

const state = { bucketArn: "arn:aws:s3:::state", keyArn: "arn:aws:kms:eu-central-1:123456789012:key/1" };
const boundaryArn = "arn:aws:iam::123456789012:policy/bootstrap/boundary";
const policies = {
  preview: previewPolicy(state),
  drift: driftPolicy(state),
  deploy: deployPolicy(state),
  parts: partsPolicy,
  roles: rolesPolicy({ accountId: "123456789012", boundaryArn, path: "/bootstrap/" }),
  boundary: boundaryPolicy(state),
};

interface Statement {
  Sid: string;
  Effect: string;
  Action?: string | string[];
  NotAction?: string[];
  Resource: string | string[];
  Condition?: unknown;
}

const statements = (name: keyof typeof policies): Statement[] => JSON.parse(policies[name]).Statement;
const matches = (pattern: string, text: string) =>
  new RegExp(`^${pattern.replaceAll(/[.$]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
const some = (patterns: string | string[], text: string) =>
  [patterns].flat().some((pattern) => matches(pattern, text));

/** The statements of a policy that have a say in it, conditions aside. */
const about = (name: keyof typeof policies, action: string, resource: string): Statement[] =>
  statements(name).filter(
    ({ Action, NotAction, Resource }) =>
      (Action ? some(Action, action) : !some(NotAction ?? [], action)) && some(Resource, resource),
  );
const denies = (name: keyof typeof policies, action: string, resource: string) =>
  about(name, action, resource).some(({ Effect, Condition }) => Effect === "Deny" && !Condition);

describe.each(["dev", "prod"])("the program as %s", (stack) => {
  const set = { permissionsBoundary: boundaryArn, imageRepository: "orders" };
  const wayIn = { ...production, loadBalancerWebAclArn: WEB_ACL };

  test("makes nothing that the deploy role has no rights for", async () => {
    const types = new Set<string>();
    for (const options of [{}, { set }, { set: wayIn }, { set: { externalSecrets: "true" } }]) {
      const [recording] = await program(stack, options);
      for (const { type, custom } of recording.resources) if (custom) types.add(type);
    }
    // Of Kubernetes' and Pulumi's own, AWS knows nothing.
    const asked = [...types].filter((type) => !/^(kubernetes|pulumi|random):/.test(type));
    expect(asked.filter((type) => !resources[type] && !bucketTypes.includes(type))).toEqual([]);
    expect(asked.length).toBeGreaterThan(20);
  });

  test("bounds every role, and attaches only what the deploy role may attach", async () => {
    const [recording] = await program(stack, { set });
    const roles = recording.ofType("aws:iam/role:Role");
    expect(roles.length).toBeGreaterThan(2);
    for (const { inputs } of roles) expect(inputs.permissionsBoundary).toBe(boundaryArn);
    const attached = recording.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    expect(attached.map(({ inputs }) => inputs.policyArn).filter((arn) => !some(ATTACHABLE, arn))).toEqual(
      [],
    );
  });

  test("keeps no credentials but those that the roles may read", async () => {
    const [recording] = await program(stack);
    const secrets = recording.ofType("aws:secretsmanager/secret:Secret");
    expect(secrets.length).toBeGreaterThan(0);
    for (const { name } of secrets) {
      expect(CREDENTIALS).toContain(`arn:aws:secretsmanager:*:*:secret:${name}-*`);
    }
  });

  test("keeps those of External Secrets Operator under a name that the roles may read", async () => {
    const [recording] = await program(stack, { set: { externalSecrets: "true" } });
    const copies = recording
      .ofType("aws:secretsmanager/secret:Secret")
      .flatMap(({ inputs }) => inputs.namePrefix ?? []);
    expect(copies.length).toBeGreaterThan(1);
    for (const prefix of copies) {
      const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${prefix}20261126-1a2b3c`;
      for (const name of ["drift", "deploy"] as const)
        expect(about(name, "secretsmanager:GetSecretValue", arn)).toHaveLength(1);
    }
  });
});

test("with SQLite, the deploy role may make the bucket of the copies, and touch no other", async () => {
  const [recording] = await program("prod", { database: "sqlite" });
  const asked = recording.resources
    .filter(({ type, custom }) => custom && type.startsWith("aws:"))
    .map(({ type }) => type);
  expect(asked.filter((type) => !resources[type] && !bucketTypes.includes(type))).toEqual([]);
  const [bucket] = recording.ofType("aws:s3/bucket:Bucket");
  expect(COPIES).toBe(`arn:aws:s3:::${bucket?.name}-*`);
  const allows = (arn: string) =>
    [...about("deploy", "s3:PutBucketPolicy", arn), ...about("parts", "s3:PutBucketPolicy", arn)].length > 0;
  expect(allows(`arn:aws:s3:::${bucket?.name}-1a2b3c4`)).toBe(true);
  expect(allows(state.bucketArn)).toBe(false);
  expect(about("drift", "s3:GetBucketPolicy", `arn:aws:s3:::${bucket?.name}-1a2b3c4`)).toHaveLength(1);
});

test("the deploy role may make the bucket of the access logs, and records of no other types than it needs", async () => {
  const [recording] = await program("prod", { set: production });
  const [bucket] = recording.ofType("aws:s3/bucket:Bucket");
  expect(ACCESS_LOGS).toBe(`arn:aws:s3:::${bucket?.name}-*`);
  const types = recording.ofType("aws:route53/record:Record").map(({ inputs }) => inputs.type);
  const [change, ...others] = about("parts", "route53:ChangeResourceRecordSets", "*");
  expect(change?.Condition).toEqual({
    "ForAllValues:StringEquals": {
      "route53:ChangeResourceRecordSetsRecordTypes": [...new Set(types)].sort(),
    },
  });
  expect([...others, ...about("deploy", "route53:ChangeResourceRecordSets", "*")]).toEqual([]);
});

test("without a boundary, no role gets one", async () => {
  const [recording] = await program("prod");
  for (const { inputs } of recording.ofType("aws:iam/role:Role")) {
    expect(inputs).not.toHaveProperty("permissionsBoundary");
  }
});

test("the functions that the mocks answer are those that a preview may call", () => {
  const answered = readFileSync(join(import.meta.dirname, "..", "harness.ts"), "utf8").matchAll(
    /case "(aws:[^"]+)"/g,
  );
  expect([...answered].map(([, token = ""]) => token).filter((token) => !functions[token])).toEqual([]);
});

const changes =
  /:(Create|Delete|Put|Update|Modify|Attach|Detach|Tag|Untag|Authorize|Revoke|Upload|Schedule|Pass)/;

describe("rights", () => {
  test("grow from preview to refresh to update", () => {
    expect(refresh).toEqual(expect.arrayContaining(preview));
    expect(update).toEqual(expect.arrayContaining(refresh));
  });

  test.each(["preview", "drift"] as const)("of %s change nothing", (name) => {
    expect(policies[name]).not.toMatch(changes);
  });

  test("of a preview tell no credentials of the database's secret", () => {
    expect(policies.preview).not.toContain("secretsmanager:GetSecretValue");
  });

  test.each(["drift", "deploy"] as const)("of %s read the database's secrets and no other", (name) => {
    const secret = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-1a2b3c`;
    const read = (from: string) => about(name, "secretsmanager:GetSecretValue", secret(from));
    expect(read("database-credentials-1a2b3c4")).toHaveLength(1);
    expect(read("database-login-credentials-1a2b3c4")).toHaveLength(1);
    expect(read("fastapi-eks-prod/in-cluster/orders-variables-1a2b3c4")).toHaveLength(1);
    expect(read("payroll")).toEqual([]);
    expect(read("payroll/in-cluster")).toEqual([]);
  });

  test.each(["drift", "deploy"] as const)(
    "of %s use a key through a service alone, but the state's",
    (name) => {
      const other = "arn:aws:kms:eu-central-1:123456789012:key/2";
      for (const action of ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]) {
        for (const { Condition } of about(name, action, other)) {
          expect(Condition).toMatchObject({ StringLike: { "kms:ViaService": expect.anything() } });
        }
      }
      expect(about(name, "kms:Decrypt", other)).toHaveLength(1);
      expect(about(name, "kms:Decrypt", state.keyArn)).toHaveLength(2);
    },
  );

  test.each(["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKeyRotation", "kms:CreateGrant"])(
    "of a deployment leave the state's key alone: %s",
    (action) => {
      expect(denies("deploy", action, state.keyArn)).toBe(true);
      expect(denies("deploy", action, "arn:aws:kms:eu-central-1:123456789012:key/2")).toBe(false);
    },
  );

  test("that could raise rights stand under conditions, and there alone", () => {
    // Neither to read nor to tag raises anything, nor to delete a role that has nothing any more.
    const harmless = /^iam:(Get|List|DeleteRole$|TagRole$|UntagRole$|UpdateRole(Description)?$)/;
    expect(update.filter((action) => action.startsWith("iam:") && !harmless.test(action))).toEqual([]);
    for (const statement of statements("roles").filter(({ Effect }) => Effect === "Allow")) {
      expect(statement.Condition, statement.Sid).toBeDefined();
    }
    expect(policies.roles).not.toContain("iam:DeleteRolePermissionsBoundary");
  });

  test.each(["deploy", "roles"] as const)("of a deployment rewrite no role's trust: %s", (name) => {
    const role = "arn:aws:iam::123456789012:role/admin";
    expect(about(name, "iam:UpdateAssumeRolePolicy", role)).toEqual([]);
  });

  test.each(["CreateRole", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy"])(
    "of a deployment reach no role without the boundary: %s",
    (action) => {
      const role = "arn:aws:iam::123456789012:role/admin";
      const found = [...about("deploy", `iam:${action}`, role), ...about("roles", `iam:${action}`, role)];
      expect(found).toHaveLength(1);
      expect(found[0]?.Condition).toMatchObject({ ArnEquals: { "iam:PermissionsBoundary": boundaryArn } });
    },
  );

  test("of no role reach bootstrap's own", () => {
    const denied = statements("roles").find(({ Effect }) => Effect === "Deny");
    expect(denied).toMatchObject({
      Action: "iam:*",
      Resource: [
        "arn:aws:iam::123456789012:role/bootstrap/*",
        "arn:aws:iam::123456789012:policy/bootstrap/*",
      ],
    });
  });

  test.each(Object.entries(policies))("of %s fit a managed policy", (_, policy) => {
    expect(policy.length).toBeLessThanOrEqual(6144);
  });
});

describe("a role of the program", () => {
  const role = "arn:aws:iam::123456789012:role/admin";

  test.each(["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"])("takes on no other: %s", (action) => {
    expect(denies("boundary", action, role)).toBe(true);
  });

  test("passes roles to nodes alone, as EKS Auto Mode does", () => {
    const [passing, ...others] = about("boundary", "iam:PassRole", role);
    expect(others).toEqual([]);
    expect(passing?.Condition).toEqual({ StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } });
  });

  test.each([
    "iam:CreateRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "organizations:LeaveOrganization",
  ])("has no right to %s", (action) => {
    expect(about("boundary", action, role)).toEqual([]);
  });

  test("reaches neither state nor its key", () => {
    expect(denies("boundary", "s3:GetObject", `${state.bucketArn}/.pulumi/stacks/prod.json`)).toBe(true);
    expect(denies("boundary", "s3:DeleteBucket", state.bucketArn)).toBe(true);
    expect(denies("boundary", "kms:Decrypt", state.keyArn)).toBe(true);
  });

  // What AmazonEKS*, the observability add-on and RDS' enhanced monitoring ask for.
  test.each([
    ["ec2:CreateFleet", "arn:aws:ec2:eu-central-1:123456789012:instance/*"],
    ["iam:AddRoleToInstanceProfile", "arn:aws:iam::123456789012:instance-profile/eks-1"],
    [
      "iam:CreateServiceLinkedRole",
      "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",
    ],
    ["elasticloadbalancing:CreateLoadBalancer", "*"],
    ["eks-auth:AssumeRoleForPodIdentity", "*"],
    ["ecr:BatchGetImage", "*"],
    ["logs:PutLogEvents", "arn:aws:logs:eu-central-1:123456789012:log-group:RDSOSMetrics:log-stream:1"],
    ["kms:DescribeKey", "arn:aws:kms:eu-central-1:123456789012:key/2"],
  ])("keeps its right to %s", (action, resource) => {
    expect(about("boundary", action, resource).map(({ Effect }) => Effect)).toEqual(["Allow"]);
  });
});

describe("parliament, which knows AWS' actions and their resources,", () => {
  let parliament: string;

  beforeAll(() => {
    parliament = join(
      pythonTools("policy-tools", readFileSync(join(import.meta.dirname, "policy-tools.txt"), "utf8")),
      "parliament",
    );
  }, 300_000);

  const look = (policy: string) => run(parliament, ["--json", "--string", policy]);

  test.each(Object.entries(policies))("finds nothing in %s", (_, policy) => {
    const { stdout, stderr } = look(policy);
    const issues = stdout.split("\n").flatMap((line) => (line.trim() ? [JSON.parse(line).issue] : []));
    // AWS generates the names and ids of most of what a stack makes, so that no resource can be named before.
    const findings = issues.filter((issue) => issue !== "RESOURCE_STAR");
    expect(findings, stdout + stderr).toEqual([]);
  });

  test("would find an action that doesn't exist", () => {
    const wrong = policies.preview.replace("ec2:DescribeAvailabilityZones", "ec2:DescribeZones");
    expect(look(wrong).stdout).toContain("UNKNOWN_ACTION");
  });
});
