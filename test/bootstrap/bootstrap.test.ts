// The bootstrap program on mocks: what it makes, whom its roles trust, and what it tells to type.
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, test, vi } from "vitest";
import { subject } from "../../bootstrap/github.ts";
import { prefixed } from "../../plan/config.ts";
import { type Recorded, record } from "../../plan/recording.ts";
import { takesTags } from "../taggable.ts";

const project = "fastapi-eks-bootstrap";
const github = { githubOwner: "octocat", githubRepository: "orders" };
const account = "123456789012";

async function bootstrap(set: Record<string, unknown> = {}) {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => ({
      id: `${name}-id`,
      state: {
        ...inputs,
        arn: `arn:${type.split(":")[1]?.split("/")[0]}:${name}`,
        name: inputs.name ?? name,
      },
    }),
    call: ({ token }) => (token.includes("getRegion") ? { region: "eu-central-1" } : { accountId: account }),
  };
  const config = prefixed({ ...github, ...set }, project);
  const run = () => {
    vi.resetModules();
    return import("../../bootstrap/index.ts");
  };
  const [resources, built] = await record(run, { mocks, project, stack: "main", config, preview: false });
  const get = (name: string, type = ""): Recorded => {
    const found = resources.find((r) => r.name === name && r.custom && r.type.includes(type));
    if (!found) throw new Error(`${name} isn't among ${resources.map((r) => r.name).join(", ")}`);
    return found;
  };
  const said: string = await new Promise((resolve) => void built.commands.apply(resolve));
  return { resources, get, said };
}

const trusted = ({ inputs }: Recorded) => JSON.parse(inputs.assumeRolePolicy).Statement[0];

describe("whom a role trusts", () => {
  test("is one subject of this repository's workflows, whose token is meant for AWS", async () => {
    const { get } = await bootstrap();
    const expected = {
      "roles-preview-dev": "repo:octocat/orders:pull_request",
      "roles-drift-prod": "repo:octocat/orders:ref:refs/heads/main",
      "roles-deploy-dev": "repo:octocat/orders:environment:dev",
      "roles-deploy-prod": "repo:octocat/orders:environment:prod",
    };
    for (const [name, from] of Object.entries(expected)) {
      expect(trusted(get(name))).toEqual({
        Effect: "Allow",
        Principal: { Federated: "arn:iam:roles-github" },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": from,
          },
        },
      });
    }
  });

  test("is known by ids where the repository's tokens name them, and by nothing else then", async () => {
    const { get } = await bootstrap({ githubOwnerId: "583231", githubRepositoryId: "1296269" });
    const { StringEquals } = trusted(get("roles-deploy-prod")).Condition;
    expect(StringEquals["token.actions.githubusercontent.com:sub"]).toBe(
      "repo:octocat@583231/orders@1296269:environment:prod",
    );
  });

  test("has the form of GitHub's own example", () => {
    const repository = { owner: "octocat", repository: "my-repo", ownerId: "123456", repositoryId: "456789" };
    expect(subject(repository, "ref:refs/heads/main")).toBe(
      "repo:octocat@123456/my-repo@456789:ref:refs/heads/main",
    );
  });
});

describe("wrong settings are refused", () => {
  test.each([
    [{ githubOwner: "octo/cat" }, "githubOwner: got"],
    [{ githubOwner: "octocat", githubRepository: "octocat/orders" }, "githubRepository: got"],
    [{ githubOwnerId: "583231" }, "githubRepositoryId: got nothing beside githubOwnerId"],
    [{ githubRepositoryId: "1" }, "githubOwnerId: got nothing beside githubRepositoryId"],
    [{ environments: '["Prod"]' }, "environments: got"],
    [{ pullAccounts: "[1]" }, "pullAccounts: got"],
    [{ imageRepository: "Orders" }, "imageRepository: got"],
    [{ gitHubOwner: "octocat" }, "gitHubOwner: got a setting that doesn't exist"],
  ])("%j", async (set, message) => {
    await expect(bootstrap(set)).rejects.toThrow(message);
  });
});

test("the state is versioned, encrypted, closed, reached by TLS alone, and never deleted by mistake", async () => {
  const { get, resources } = await bootstrap();
  const protectedOnes = resources.filter(({ protect }) => protect).map(({ name }) => name);
  expect(protectedOnes.sort()).toEqual(["state-bucket", "state-key"]);
  expect(get("state-bucket").inputs.bucket).toBe(`fastapi-eks-state-${account}-eu-central-1`);
  expect(get("state-versions").inputs.versioningConfiguration).toEqual({ status: "Enabled" });
  expect(get("state-encryption").inputs.rules[0]).toMatchObject({
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:kms:state-key" },
  });
  expect(get("state-access").inputs).toMatchObject({
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  expect(JSON.parse(get("state-tls").inputs.policy).Statement[0]).toMatchObject({
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: ["arn:s3:state-bucket", "arn:s3:state-bucket/*"],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
});

test("images stay for as long as something pulls them, and the repository with them", async () => {
  const { get, resources } = await bootstrap();
  expect(get("images-repository").inputs).toMatchObject({ name: "orders", forceDelete: false });
  const { rules } = JSON.parse(get("images-expiry").inputs.policy);
  const deleting = rules.filter(({ action }: { action: { type: string } }) => action.type === "expire");
  expect(
    deleting.map(({ selection }: { selection: { storageClass: string } }) => selection.storageClass),
  ).toEqual(["archive"]);
  expect(rules[0].selection).toMatchObject({ countType: "sinceImagePulled", countNumber: 90 });
  expect(resources.filter(({ type }) => type.includes("repositoryPolicy"))).toEqual([]);
});

test("another account may pull, and not push", async () => {
  const { get } = await bootstrap({ pullAccounts: '["210987654321"]' });
  const [{ Principal, Action }] = JSON.parse(get("images-pull").inputs.policy).Statement;
  expect(Principal).toEqual({ AWS: ["arn:aws:iam::210987654321:root"] });
  expect(Action.join()).not.toMatch(/Put|Upload|Delete|Initiate/);
});

test("whatever takes tags says what it belongs to", async () => {
  const { resources } = await bootstrap();
  const taggable = resources.filter(({ type }) => type.startsWith("aws:") && takesTags(type));
  expect(taggable.length).toBeGreaterThan(10);
  for (const { name, inputs } of taggable) expect({ name, ...inputs.tags }).toMatchObject({ name, project });
});

test("it tells what to type: variables, environments that only main reaches, and stacks", async () => {
  const { said } = await bootstrap({ environments: '["dev"]' });
  expect(said.split("\n")).toEqual([
    "# On GitHub",
    "gh variable set AWS_REGION_DEV --repo octocat/orders --body 'eu-central-1'",
    `gh variable set PULUMI_BACKEND_URL_DEV --repo octocat/orders --body 's3://fastapi-eks-state-${account}-eu-central-1?region=eu-central-1'`,
    "gh variable set PREVIEW_ROLE_DEV --repo octocat/orders --body 'arn:iam:roles-preview-dev'",
    "gh variable set DRIFT_ROLE_DEV --repo octocat/orders --body 'arn:iam:roles-drift-dev'",
    "gh api --silent --method PUT repos/octocat/orders/environments/dev -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'",
    "gh api --silent --method POST repos/octocat/orders/environments/dev/deployment-branch-policies -f name=main",
    "gh variable set DEPLOY_ROLE --repo octocat/orders --env dev --body 'arn:iam:roles-deploy-dev'",
    "# In the program's folder",
    `pulumi login 's3://fastapi-eks-state-${account}-eu-central-1?region=eu-central-1'`,
    "pulumi stack init dev --secrets-provider 'awskms://alias/fastapi-eks-state?region=eu-central-1'",
    "pulumi config set imageRepository orders --stack dev",
    "pulumi config set permissionsBoundary arn:iam:roles-boundary --stack dev",
  ]);
});

test("an environment's variables say where it is: another account's can't replace them", async () => {
  const names = async (environment: string) => {
    const { said } = await bootstrap({ environments: JSON.stringify([environment]) });
    const set = said
      .split("\n")
      .filter((line) => line.startsWith("gh variable set") && !line.includes("--env"));
    return set.map((line) => line.split(" ")[3]);
  };
  const prod = await names("prod");
  expect(prod).toEqual([
    "AWS_REGION_PROD",
    "PULUMI_BACKEND_URL_PROD",
    "PREVIEW_ROLE_PROD",
    "DRIFT_ROLE_PROD",
  ]);
  for (const name of await names("dev")) expect(prod).not.toContain(name);
});
