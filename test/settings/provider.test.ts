import { expect, test } from "vitest";
import { describe as told } from "../../settings/problem.ts";
import { knownRegion, providerProblems } from "../../settings/provider.ts";
import { stackConfig } from "../harness.ts";

const right = { "aws:region": "eu-central-1" };

test.each<[key: string, value: string, got: string, allowed: string]>([
  ["aws:skipCredentialsValidation", "maybe", '"maybe"', "true, false"],
  ["aws:skipCredentialsValidation", "True", '"True"', "true, false"],
  ["aws:insecure", " true", '" true"', "true, false"],
  ["aws:useFipsEndpoint", "1", '"1"', "true, false"],
  ["aws:insecure", '"true"', '"\\"true\\""', "true, false"],
  ["aws:maxRetries", "many", '"many"', "a whole number"],
  ["aws:maxRetries", "-1", '"-1"', "a whole number"],
  ["aws:maxRetries", "2.5", '"2.5"', "a whole number"],
  ["aws:maxRetries", "", '""', "a whole number"],
  ["aws:ignoreTags", "x", '"x"', "an object with keyPrefixes"],
  ["aws:ignoreTags", "[]", '"[]"', "an object with keyPrefixes"],
  ["aws:ignoreTags", "null", '"null"', "an object with keyPrefixes"],
  ["aws:ignoreTags", '{"key":["a"]}', '"{', "an object with keyPrefixes"],
  ["aws:ignoreTags", '{"keys":"a"}', '"{', "keys (a list, each a text)"],
  ["aws:allowedAccountIds", "123456789012", '"123456789012"', "a list, each 12 digits"],
  ["aws:allowedAccountIds", "[1234]", '"[1234]"', "a list, each 12 digits"],
  ["aws:forbiddenAccountIds", '["12345678901٢"]', '"[', "a list, each 12 digits"],
  ["aws:endpoints", '{"s3":"http://localhost"}', '"{', "a list, each an object"],
  ["aws:retryMode", "fast", '"fast"', "standard, adaptive"],
  ["aws:ec2MetadataServiceEndpointMode", "ipv4", '"ipv4"', "IPv4, IPv6"],
  ["aws:stsRegion", "frankfurt", '"frankfurt"', "a region of AWS' own partition"],
  ["aws:httpProxy", " ", '" "', "a text"],
  ["aws:userAgents", "me", '"me"', "a list, each a text"],
  ["aws:regoin", "eu-central-1", "a key without effect", "the nearest is region"],
  ["aws:toString", "x", "a key without effect", "the nearest is"],
  ["aws:", "x", "a key without effect", "the nearest is"],
  ["aws:region:name", "x", "a key without effect", "the nearest is region"],
  ["docker:hots", "unix:///run/docker.sock", "a key without effect", "the nearest is host"],
  ["docker:disableDockerDaemonCheck", "no", '"no"', "true, false"],
  ["docker:registryAuth", '[{"adress":"x"}]', '"[', "a list, each an object with address"],
  ["kubernetes:namespace", "invoices", "a key without effect", "the program sets up this provider itself"],
  ["kubernetes:kubeconfig", "~/.kube/config", "a key without effect", "the program sets up this provider"],
  ["random:seed", "1", "a key without effect", "the program sets up this provider itself"],
  ["pulumi:disable-default-providers", "[]", '"[]"', "a list with kubernetes"],
  ["pulumi:disable-default-providers", '["*"]', '"[\\"*\\"]"', "a list with kubernetes"],
  [
    "pulumi:disable-default-provider",
    '["kubernetes"]',
    "a key without effect",
    "nearest is disable-default-providers",
  ],
  ["pulumi:tags", '{"team":1}', '"{', "an object"],
])("%s = %s is refused, and its fix is to remove it", (key, value, got, allowed) => {
  const problems = providerProblems({ ...right, [key]: value });
  expect(problems).toEqual([
    {
      key,
      got: expect.stringContaining(got),
      allowed: expect.stringContaining(allowed),
      fix: `pulumi config rm ${key}`,
    },
  ]);
});

test.each([
  ["", "eu-central-1"],
  ["eu-centrall-1", "eu-central-1"],
  ["EU-CENTRAL-1", "eu-central-1"],
  ["eu-central-1 ", "eu-central-1"],
  ["us-east-3", "us-east-1"],
  ["cn-north-1", "eu-north-1"],
  ["us-gov-west-1", "us-west-1"],
  ["eusc-de-east-1", "us-east-1"],
  ["Frankfurt", undefined],
  ["eu-central-1a", "eu-central-1"],
  ['["eu-central-1"]', "eu-central-1"],
])("the region %j is refused, and a nearer one named", (region, meant) => {
  const [problem, ...others] = providerProblems({ "aws:region": region });
  expect(others).toEqual([]);
  expect(problem?.key).toBe("aws:region");
  expect(problem?.allowed).toContain("eu-central-1, ");
  const [, fixed = ""] = /^pulumi config set aws:region (\S+)$/.exec(problem?.fix ?? "") ?? [];
  if (meant) expect(fixed).toBe(meant);
  expect(providerProblems({ "aws:region": fixed })).toEqual([]);
  expect(knownRegion({ "aws:region": region })).toBeUndefined();
});

test("a region newer than the SDK passes where its check is switched off", () => {
  const region = { "aws:region": "eu-atlantis-1" };
  expect(providerProblems(region)).toHaveLength(1);
  expect(providerProblems({ ...region, "aws:skipRegionValidation": "true" })).toEqual([]);
  expect(providerProblems({ "aws:region": "Atlantis", "aws:skipRegionValidation": "true" })).toHaveLength(1);
});

test.each(["x", "{}", '{"tags":{"team":"invoices"}}'])(
  "aws:defaultTags = %s would be tags that no plan shows",
  (value) => {
    expect(providerProblems({ ...right, "aws:defaultTags": value })).toEqual([
      expect.objectContaining({
        key: "aws:defaultTags",
        fix: expect.stringContaining("pulumi config rm aws:defaultTags, then"),
      }),
    ]);
  },
);

test("no region, and credentials that kubectl doesn't have", () => {
  const keys = providerProblems({ "aws:profile": "me", "aws:secretKey": "hunter2" }).map(({ key, fix }) => [
    key,
    fix,
  ]);
  expect(keys).toEqual([
    ["aws:profile", expect.stringContaining("pulumi config rm aws:profile, then set AWS_PROFILE")],
    ["aws:secretKey", expect.stringContaining("pulumi config rm aws:secretKey")],
    ["aws:region", "pulumi config set aws:region eu-central-1"],
  ]);
});

test("a secret isn't told", () => {
  const config = { ...right, "docker:registryAuth": '[{"pasword":"hunter2"}]' };
  const [problem] = providerProblems(config, ["docker:registryAuth"]);
  expect(problem && told(problem)).toContain("docker:registryAuth: got a secret; allowed: a list");
  expect(problem && told(problem)).not.toContain("hunter2");
});

test.each<Record<string, string>>([
  { "aws:ignoreTags": '{"keys":["a"],"keyPrefixes":["b"]}' },
  { "aws:allowedAccountIds": '["012345678901"]', "aws:forbiddenAccountIds": "[123456789012]" },
  {
    "aws:maxRetries": "0",
    "aws:insecure": "false",
    "aws:retryMode": "adaptive",
    "aws:stsRegion": "us-east-1",
  },
  { "aws:endpoints": '[{"s3":"http://localhost:4566"}]', "aws:httpProxy": "http://proxy:3128" },
  {
    "docker:host": "unix:///run/docker.sock",
    "docker:registryAuth": '[{"address":"a.com","username":"me"}]',
  },
  { "pulumi:disable-default-providers": '["kubernetes"]', "pulumi:tags": '{"team":"invoices"}' },
  { "pulumi:autonaming": "{}" },
])("%j is taken", (config) => {
  expect(providerProblems({ ...right, ...config })).toEqual([]);
});

test.each(["dev", "prod"])("%s is right", (stack) => {
  expect(providerProblems(stackConfig(stack))).toEqual([]);
});
