// The rights of the workflows, held against what the program makes and against a linter that knows AWS' actions.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { functions, preview, refresh, resources, update } from "../../bootstrap/actions.ts";
import {
  ATTACHABLE,
  boundaryPolicy,
  deployPolicy,
  driftPolicy,
  previewPolicy,
  rolesPolicy,
} from "../../bootstrap/policies.ts";
import { program } from "../harness.ts";

const state = { bucketArn: "arn:aws:s3:::state", keyArn: "arn:aws:kms:eu-central-1:123456789012:key/1" };
const boundaryArn = "arn:aws:iam::123456789012:policy/bootstrap/boundary";
const policies = {
  preview: previewPolicy(state),
  drift: driftPolicy(state),
  deploy: deployPolicy(state),
  roles: rolesPolicy({ accountId: "123456789012", boundaryArn, path: "/bootstrap/" }),
  boundary: boundaryPolicy(),
};

describe.each(["dev", "prod"])("the program as %s", (stack) => {
  const set = { permissionsBoundary: boundaryArn, imageRepository: "orders" };

  test("makes nothing that the deploy role has no rights for", async () => {
    const types = new Set<string>();
    for (const options of [{}, { set }]) {
      const [recording] = await program(stack, options);
      for (const { type, custom } of recording.resources) if (custom) types.add(type);
    }
    // Of Kubernetes' and Pulumi's own, AWS knows nothing.
    const asked = [...types].filter((type) => !/^(kubernetes|pulumi|random):/.test(type));
    expect(asked.filter((type) => !resources[type])).toEqual([]);
    expect(asked.length).toBeGreaterThan(20);
  });

  test("bounds every role, and attaches only what the deploy role may attach", async () => {
    const [recording] = await program(stack, { set });
    const roles = recording.ofType("aws:iam/role:Role");
    expect(roles.length).toBeGreaterThan(2);
    for (const { inputs } of roles) expect(inputs.permissionsBoundary).toBe(boundaryArn);
    const attached = recording.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
    const isAttachable = (arn: string) =>
      ATTACHABLE.some((pattern) => new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(arn));
    expect(attached.map(({ inputs }) => inputs.policyArn).filter((arn) => !isAttachable(arn))).toEqual([]);
  });
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
    expect(policies.drift).toContain("secretsmanager:GetSecretValue");
  });

  test("that could raise rights stand under conditions, and there alone", () => {
    // To read raises nothing, nor does taking away; a trust policy only says who may use a role that is bounded.
    const harmless = /^iam:(Get|List|Delete|Detach|Tag|Untag|UpdateAssumeRolePolicy$|UpdateRole)/;
    expect(update.filter((action) => action.startsWith("iam:") && !harmless.test(action))).toEqual([]);
    const { Statement } = JSON.parse(policies.roles);
    for (const statement of Statement.filter(({ Effect }: { Effect: string }) => Effect === "Allow")) {
      expect(statement.Condition, statement.Sid).toBeDefined();
    }
    expect(policies.roles).not.toContain("iam:DeleteRolePermissionsBoundary");
  });

  test("of no role reach bootstrap's own", () => {
    const denied = JSON.parse(policies.roles).Statement.find(
      ({ Effect }: { Effect: string }) => Effect === "Deny",
    );
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

describe("parliament, which knows AWS' actions and their resources,", () => {
  const cache = process.env.FASTAPI_EKS_EMULATOR_CACHE ?? "/var/cache/fastapi-eks-emulator";
  const python = join(cache, "policy-tools-parliament-1.6.4");
  const run = (command: string, args: string[], input?: string) => {
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", input });
    if (error) throw error;
    return { status, stdout, output: stdout + stderr };
  };

  beforeAll(() => {
    if (existsSync(join(python, "bin", "parliament"))) return;
    for (const [command, args] of [
      ["python3", ["-m", "venv", python]],
      [join(python, "bin", "pip"), ["install", "--quiet", "parliament==1.6.4", "setuptools<81"]],
    ] as const) {
      const { status, output } = run(command, [...args]);
      if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${output}`);
    }
  }, 300_000);

  test.each(Object.entries(policies))("finds nothing in %s", (_, policy) => {
    const { stdout, output } = run(join(python, "bin", "parliament"), ["--json"], policy);
    const issues = stdout.split("\n").flatMap((line) => (line.trim() ? [JSON.parse(line).issue] : []));
    // AWS generates the names and ids of most of what a stack makes, so that no resource can be named before.
    const findings = issues.filter((issue) => issue !== "RESOURCE_STAR");
    expect(findings, output).toEqual([]);
  });

  test("would find an action that doesn't exist", () => {
    const wrong = policies.preview.replace("ec2:DescribeAvailabilityZones", "ec2:DescribeZones");
    expect(run(join(python, "bin", "parliament"), ["--json"], wrong).output).toContain("UNKNOWN_ACTION");
  });
});
