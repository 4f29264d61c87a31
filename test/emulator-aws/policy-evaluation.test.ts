// What policies allow, as IAM evaluates them.
import { describe, expect, it } from "vitest";
import { isAllowed, type Policies, type Request, Unsupported } from "../../emulator/aws/policy-evaluation.ts";

const roleArn = "arn:aws:iam::000000000000:role/backup";
const request: Request = {
  action: "s3:PutObject",
  resource: "arn:aws:s3:::copies/orders/19.db",
  principal: { accountId: "000000000000", roleArn, session: "eks-a" },
  context: { "aws:SecureTransport": "true", "aws:PrincipalTag/kubernetes-namespace": "orders" },
};

const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const statement = (extra: object = {}) => ({ Effect: "Allow", Action: "s3:*", Resource: "*", ...extra });
const identity = (extra: object = {}): Policies => ({ identity: [policy(statement(extra))] });
/** Objects below a session tag's value. */
const ofTag = (tag: string): string => `arn:aws:s3:::copies/\${aws:PrincipalTag/${tag}}/*`;
const deny = (extra: object = {}) => policy(statement({ Effect: "Deny", Principal: "*", ...extra }));

describe("a request is allowed by", () => {
  it.each<[string, object]>([
    ["an action with a star", { Action: ["s3:Put*"] }],
    ["an action in other letters", { Action: "S3:putobject" }],
    ["all other actions", { Action: undefined, NotAction: "s3:DeleteObject" }],
    ["a resource with a question mark", { Resource: "arn:aws:s3:::copies/orders/??.db" }],
    ["all other resources", { Resource: undefined, NotResource: "arn:aws:s3:::state/*" }],
    ["a session's tag in the resource", { Resource: ofTag("kubernetes-namespace") }],
    ["a condition that holds", { Condition: { Bool: { "aws:SecureTransport": "true" } } }],
    ["one that is written as no text", { Condition: { Bool: { "aws:securetransport": true } } }],
    [
      "one of several values",
      { Condition: { StringLike: { "aws:PrincipalTag/kubernetes-namespace": ["x", "ord*"] } } },
    ],
    [
      "a key that isn't there, where it may",
      { Condition: { StringEqualsIfExists: { "aws:SourceVpce": "vpce-1" } } },
    ],
    ["a key that must not be there", { Condition: { Null: { "aws:SourceVpce": "true" } } }],
  ])("%s", (_what, extra) => {
    expect(isAllowed(identity(extra), request)).toBe(true);
  });

  it("a bucket's policy that names the role", () => {
    const resource = policy(statement({ Principal: { AWS: roleArn } }));
    expect(isAllowed({ identity: [], resource }, request)).toBe(true);
  });
});

describe("a request isn't allowed by", () => {
  it.each<[string, object]>([
    ["another action", { Action: "s3:GetObject" }],
    ["the bucket, for an object", { Resource: "arn:aws:s3:::copies" }],
    ["a resource in other letters", { Resource: "arn:aws:s3:::COPIES/*" }],
    ["a pattern that only looks like one", { Resource: "arn:aws:s3:::copies/orders/19Xdb" }],
    ["a tag that the session hasn't", { Resource: ofTag("team") }],
    ["a condition that doesn't hold", { Condition: { Bool: { "aws:SecureTransport": "false" } } }],
    [
      "one of two conditions",
      {
        Condition: {
          Bool: { "aws:SecureTransport": "true" },
          StringEquals: { "aws:PrincipalTag/kubernetes-namespace": "shop" },
        },
      },
    ],
    ["a key that isn't there", { Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }],
  ])("%s", (_what, extra) => {
    expect(isAllowed(identity(extra), request)).toBe(false);
  });

  it("nothing at all, nor the account in a bucket's policy", () => {
    expect(isAllowed({ identity: [] }, request)).toBe(false);
    const resource = policy(statement({ Principal: { AWS: "arn:aws:iam::000000000000:root" } }));
    expect(isAllowed({ identity: [], resource }, request)).toBe(false);
  });

  it("a denial anywhere, whatever else allows it", () => {
    const allowed = identity();
    expect(isAllowed({ ...allowed, resource: deny() }, request)).toBe(false);
    expect(
      isAllowed({ identity: [...allowed.identity, policy(statement({ Effect: "Deny" }))] }, request),
    ).toBe(false);
    const account = deny({ Principal: { AWS: "000000000000" } });
    expect(isAllowed({ ...allowed, resource: account }, request)).toBe(false);
    const plain = deny({ Condition: { Bool: { "aws:SecureTransport": "false" } } });
    expect(isAllowed({ ...allowed, resource: plain }, request)).toBe(true);
  });

  it("a boundary that doesn't allow it too", () => {
    const boundary = policy(statement({ Action: "s3:GetObject" }));
    expect(isAllowed({ ...identity(), boundary }, request)).toBe(false);
    expect(isAllowed({ ...identity(), boundary: policy(statement()) }, request)).toBe(true);
  });
});

it.each<[string, object]>([
  ["condition key aws:Unheard", { Condition: { StringEquals: { "aws:Unheard": "x" } } }],
  ["condition operator DateGreaterThan", { Condition: { DateGreaterThan: { "aws:SecureTransport": "x" } } }],
  [
    "condition operator ForAllValues:StringEquals",
    {
      Condition: { "ForAllValues:StringEquals": { "aws:SecureTransport": "true" } },
    },
  ],
])("the %s is refused rather than guessed", (message, extra) => {
  expect(() => isAllowed(identity(extra), request)).toThrow(Unsupported);
  expect(() => isAllowed(identity(extra), request)).toThrow(message);
});
