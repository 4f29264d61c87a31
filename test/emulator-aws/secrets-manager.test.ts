// Secrets Manager as pods reach it: who may read which version of a secret, and what it answers.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { newCredentials } from "../../emulator/aws/sessions.ts";
import { signatureOf } from "../../emulator/endpoints/signature.ts";
import { secretsManager } from "../../emulator/secretsmanager/service.ts";
import { findValue } from "../../emulator/secretsmanager/values.ts";
import * as engines from "./engines.ts";
import { check, create, destroy, type Outputs, podTrust, stateFiles, update } from "./harness.ts";

const region = "eu-central-1";
const secretType = "secretsmanager/secret:Secret";
const versionType = "secretsmanager/secretVersion:SecretVersion";

let role: Outputs;
const grant = (...statements: object[]) =>
  create("iam/rolePolicy:RolePolicy", {
    role: "operator",
    name: "operator",
    policy: { Version: "2012-10-17", Statement: statements },
  });
const allow = (Action: string | string[], Resource = "*", more = {}) => ({
  ...{ Effect: "Allow", Action, Resource },
  ...more,
});
const read = "secretsmanager:GetSecretValue";

beforeEach(async () => {
  role = await create("iam/role:Role", { name: "operator", assumeRolePolicy: podTrust });
});

interface Change {
  /** After the signature. */
  headers?: Record<string, string | undefined>;
  body?: string;
  date?: Date;
  expiration?: number;
  service?: string;
}

/** One request of the role over the wire, signed as an SDK signs it. */
async function ask(operation: string, input: object, change: Change = {}) {
  const { date = new Date(), expiration = Date.now() + 60_000, service = "secretsmanager" } = change;
  const credentials = newCredentials({ roleArn: role.arn, name: "eks", tags: {}, expiration });
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host: `secretsmanager.${region}.amazonaws.com`,
    "x-amz-date": date.toISOString().replace(/[-:]|\.\d+/g, ""),
    "x-amz-security-token": credentials.sessionToken,
    "x-amz-target": `secretsmanager.${operation}`,
  };
  const scope = {
    ...{ accessKeyId: credentials.accessKeyId, date: headers["x-amz-date"].slice(0, 8), region, service },
    signedHeaders: Object.keys(headers),
  };
  const payload = createHash("sha256").update(body).digest("hex");
  const signed = { method: "POST", path: "/", query: "", headers, payload };
  const signature = signatureOf(signed, scope, credentials.secretAccessKey);
  const credential = `${scope.accessKeyId}/${scope.date}/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${scope.signedHeaders.join(";")}, Signature=${signature}`;
  const request = Object.assign(Readable.from([Buffer.from(change.body ?? body)]), {
    ...{ method: "POST", url: "/", headers: { ...headers, authorization, ...change.headers } },
    socket: { remoteAddress: "100.64.2.2", getProtocol: () => "TLSv1.3" },
  });
  const answer = await secretsManager.answer(request as unknown as IncomingMessage, { region });
  return { status: answer.status, ...JSON.parse(answer.body as string) };
}

const get = (SecretId: string, more: object = {}) => ask("GetSecretValue", { SecretId, ...more });
const refused = (code: string, message?: string) => ({
  ...{ status: 400, __type: code, message: message ?? expect.any(String) },
});

describe("a secret's value", () => {
  let secret: Outputs;
  const value = '{"key":"-----BEGIN KEY-----\\r\\nä\\n"}';
  beforeEach(async () => {
    await grant(allow(read));
    secret = await create(secretType, { name: "service/login", recoveryWindowInDays: 0 });
  });
  const put = (secretString: string, more = {}) =>
    create(versionType, { secretId: secret.id, secretString, ...more });

  it("is what was stored, by the secret's name and its ARN, whole or without its end", async () => {
    const { versionId } = await put(value);
    const whole = {
      ...{ status: 200, ARN: secret.arn, Name: "service/login", VersionId: versionId },
      ...{ SecretString: value, VersionStages: ["AWSCURRENT"], CreatedDate: expect.any(Number) },
    };
    expect(await get("service/login")).toEqual(whole);
    expect(await get(secret.arn)).toEqual(whole);
    expect(await get(secret.arn.slice(0, -7))).toEqual(whole);
    const { CreatedDate } = await get("service/login");
    expect(Math.abs(Date.now() / 1000 - CreatedDate)).toBeLessThan(60);
  });

  it("is in no file of the emulator's state", async () => {
    await put(value);
    expect(JSON.stringify(stateFiles())).not.toContain("BEGIN KEY");
  });

  it("has versions, and labels that move as AWS moves them", async () => {
    const [one, two] = [await put("one"), await put("two")];
    expect(await get("service/login")).toMatchObject({
      SecretString: "two",
      VersionStages: ["AWSCURRENT"],
    });
    expect(await get("service/login", { VersionStage: "AWSPREVIOUS" })).toMatchObject({
      SecretString: "one",
      VersionId: one.versionId,
    });
    const three = await put("three");
    // The first has no label any more, and is there for who knows its id.
    expect(await get("service/login", { VersionId: one.versionId })).toMatchObject({
      SecretString: "one",
      VersionStages: [],
    });
    expect(await get("service/login", { VersionStage: "AWSPREVIOUS" })).toMatchObject({
      SecretString: "two",
    });
    const back = { secretId: secret.id, secretString: "two", versionStages: ["AWSCURRENT"] };
    await update(versionType, two, back);
    expect(await get("service/login")).toMatchObject({ SecretString: "two", VersionStages: ["AWSCURRENT"] });
    expect(await get("service/login", { VersionStage: "AWSPREVIOUS" })).toMatchObject({
      SecretString: "three",
      VersionId: three.versionId,
    });
  });

  it("is current as the first one whatever its labels, and without another one stays so", async () => {
    const one = await put("one", { versionStages: ["blue"] });
    expect(one.versionStages).toEqual(["AWSCURRENT", "blue"]);
    const inputs = { secretId: secret.id, secretString: "one", versionStages: ["blue"] };
    await expect(update(versionType, one, inputs)).rejects.toThrow("It can't be completely removed");
    const two = await put("two", { versionStages: ["green"] });
    expect(await get("service/login")).toMatchObject({ SecretString: "one" });
    expect(await get("service/login", { VersionStage: "green" })).toMatchObject({
      VersionId: two.versionId,
    });
  });

  it("that isn't there is missing in AWS' words", async () => {
    const missing = (what: string) =>
      refused(
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${what}`,
      );
    expect(await get("service/login")).toEqual(missing("staging label: AWSCURRENT"));
    const { versionId } = await put("one");
    const other = "00000000-0000-0000-0000-000000000000";
    expect(await get("service/login", { VersionId: other })).toEqual(missing(`VersionId: ${other}`));
    expect(await get("service/login", { VersionStage: "AWSPENDING" })).toEqual(
      missing("staging label: AWSPENDING"),
    );
    expect(await get("service/login", { VersionId: versionId, VersionStage: "AWSPENDING" })).toEqual(
      refused("InvalidRequestException"),
    );
    expect(await get("service/login", { VersionId: "1" })).toEqual(refused("ValidationException"));
    expect(await ask("GetSecretValue", {})).toEqual(refused("ValidationException"));
    expect(await get("service/other")).toEqual(refused("ResourceNotFoundException"));
  });

  it("goes with its version, the current one's with the secret", async () => {
    const [one, two] = [await put("one"), await put("two")];
    await destroy(versionType, one);
    expect(await get("service/login", { VersionId: one.versionId })).toMatchObject({ status: 400 });
    await destroy(versionType, two);
    expect(await get("service/login")).toMatchObject({ SecretString: "two" });
    expect(findValue(one.versionId)).toBeUndefined();
    await destroy(secretType, secret);
    expect(findValue(two.versionId)).toBeUndefined();
    expect(Object.keys(stateFiles()).filter((path) => path.includes("secretVersion"))).toEqual([]);
  });

  it("is asked for where the secret is", async () => {
    expect(engines.publishSecretsManager).toHaveBeenLastCalledWith([region]);
    await destroy(secretType, secret);
    expect(engines.publishSecretsManager).toHaveBeenLastCalledWith([]);
    expect(secretsManager.endpoint.exec(`secretsmanager.${region}.amazonaws.com`)?.groups).toEqual({
      region,
    });
    expect(secretsManager.endpoint.exec(`secretsmanager.${region}.example.com`)).toBeNull();
  });
});

describe("a role", () => {
  let secret: Outputs;
  let versionId: string;
  async function make(inputs: object) {
    secret = await create(secretType, { name: "service/login", ...inputs });
    ({ versionId } = await create(versionType, { secretId: secret.id, secretString: "value" }));
  }

  it("reads what its policy names, and isn't told what else there is", async () => {
    await make({});
    await grant(allow(read, `arn:aws:secretsmanager:${region}:000000000000:secret:service/*`));
    await create(secretType, { name: "owner" });
    expect(await get("service/login")).toMatchObject({ SecretString: "value" });
    for (const other of ["owner", "nothing", "service/nothing"]) {
      const message = `User: arn:aws:sts::000000000000:assumed-role/operator/eks is not authorized to perform: ${read} on resource: ${other}`;
      expect(await get(other)).toEqual(refused("AccessDeniedException", message));
    }
    expect(await ask("DescribeSecret", { SecretId: "service/login" })).toEqual(
      refused("AccessDeniedException"),
    );
  });

  it("describes a secret without its value", async () => {
    await make({ description: "a login", tags: { team: "orders" } });
    await grant(allow("secretsmanager:DescribeSecret"));
    expect(await ask("DescribeSecret", { SecretId: "service/login" })).toEqual({
      ...{ status: 200, ARN: secret.arn, Name: "service/login", Description: "a login" },
      Tags: [{ Key: "team", Value: "orders" }],
      VersionIdsToStages: { [versionId]: ["AWSCURRENT"] },
    });
  });

  it("needs the secret's key, by Secrets Manager and for this secret", async () => {
    const key = await create("kms/key:Key", {});
    await make({ kmsKeyId: key.arn });
    let granted = await grant(allow(read));
    const denied = refused("AccessDeniedException", "Access to KMS is not allowed");
    expect(await get("service/login")).toEqual(denied);
    const decrypt = (condition: object) =>
      allow("kms:Decrypt", key.arn, { Condition: { StringEquals: condition } });
    for (const [condition, isEnough] of [
      [{ "kms:ViaService": `s3.${region}.amazonaws.com` }, false],
      [{ "kms:EncryptionContext:SecretARN": "another" }, false],
      [{ "kms:ViaService": `secretsmanager.${region}.amazonaws.com` }, true],
      [{ "kms:EncryptionContext:SecretARN": secret.arn }, true],
    ] as const) {
      await destroy("iam/rolePolicy:RolePolicy", granted);
      granted = await grant(allow(read), decrypt(condition));
      expect(await get("service/login")).toEqual(
        isEnough ? expect.objectContaining({ SecretString: "value" }) : denied,
      );
    }
  });

  it.each([
    [{ StringEquals: { "aws:ResourceTag/team": "orders" } }, 200],
    [{ StringEquals: { "aws:ResourceTag/team": "others" } }, 400],
    [{ StringEquals: { "secretsmanager:VersionStage": "AWSCURRENT" } }, 400],
    [{ StringEquals: { "secretsmanager:SecretId": "service/login" } }, 200],
    [{ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, 501],
  ])("is bound by its policy's conditions: %j", async (Condition, status) => {
    await make({ tags: { team: "orders" } });
    await grant(allow(read, "*", { Condition }));
    expect(await get("service/login")).toMatchObject({ status });
  });
});

describe("a request", () => {
  let granted: Outputs;
  beforeEach(async () => {
    granted = await grant(allow("secretsmanager:*"));
    await create(secretType, { name: "service/login" });
  });

  it.each<[string, Change]>([
    ["InvalidSignatureException", { body: '{"SecretId":"owner"}' }],
    ["InvalidSignatureException", { headers: { "x-amz-target": "secretsmanager.DescribeSecret" } }],
    ["InvalidSignatureException", { headers: { "x-amz-late": "1" } }],
    ["InvalidSignatureException", { date: new Date(Date.now() - 6 * 60_000) }],
    ["InvalidSignatureException", { service: "s3" }],
    ["ExpiredTokenException", { expiration: Date.now() - 1 }],
    ["UnrecognizedClientException", { headers: { "x-amz-security-token": "e30.x" } }],
    ["MissingAuthenticationTokenException", { headers: { authorization: undefined } }],
    ["IncompleteSignatureException", { headers: { authorization: "AWS4-HMAC-SHA256 Credential=a" } }],
    ["IncompleteSignatureException", { headers: { authorization: "Bearer a" } }],
  ])("that isn't signed as it should be is refused: %s", async (code, change) => {
    expect(await ask("GetSecretValue", { SecretId: "service/login" }, change)).toEqual(refused(code));
  });

  it("of a role that is gone is a stranger's", async () => {
    await destroy("iam/rolePolicy:RolePolicy", granted);
    await destroy("iam/role:Role", role);
    expect(await get("service/login")).toEqual(refused("UnrecognizedClientException"));
  });

  it("for what the emulator doesn't do is told so", async () => {
    expect(await ask("ListSecrets", {})).toMatchObject({ status: 501, __type: "NotImplemented" });
    await grant(allow(read, "*", { Condition: { StringEquals: { "aws:NoSuchKey": "a" } } }));
    expect(await get("service/login")).toMatchObject({
      status: 501,
      __type: "NotImplemented",
      message: expect.stringContaining("the condition key aws:NoSuchKey, which a policy of"),
    });
  });
});

describe("a secret", () => {
  it("has a name, or the beginning of one that leaves room for its end", async () => {
    const { name } = await create(secretType, { namePrefix: "service/login-" });
    expect(name).toMatch(/^service\/login-.{20,}$/);
    await expect(check(secretType, { name: "a", namePrefix: "b" })).rejects.toThrow("two ways");
    await expect(check(secretType, { namePrefix: "a".repeat(487) })).rejects.toThrow("1 to 486");
    await expect(check(secretType, { namePrefix: "a b" })).rejects.toThrow("InvalidParameterException");
  });
});
