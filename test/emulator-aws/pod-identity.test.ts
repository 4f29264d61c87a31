// What EKS adds to a pod whose service account has a role, and who gets that role's credentials.
import { beforeEach, describe, expect, it } from "vitest";
import { findAssociation } from "../../emulator/aws/pod-identity-associations.ts";
import { findSession, newCredentials, secretOf } from "../../emulator/aws/sessions.ts";
import { type Pod, withCredentials } from "../../emulator/pod-identity/pod.ts";
import "./harness.ts";

const pod = (spec: Partial<Pod["spec"]> = {}, annotations = {}): Pod => ({
  metadata: { annotations },
  spec: { containers: [{ name: "app" }], ...spec },
});

/** What the patch sets, by its path. */
// biome-ignore lint/suspicious/noExplicitAny: parts of a pod.
const patched = (given: Pod): Record<string, any> =>
  Object.fromEntries(withCredentials(given, "eu-central-1").map(({ path, value }) => [path, value]));

const mount = {
  name: "eks-pod-identity-token",
  mountPath: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
  readOnly: true,
};

describe("a pod", () => {
  it("gets the token of its service account and the agent's address, in every container", () => {
    const patch = patched(pod({ initContainers: [{ name: "first" }] }));
    expect(Object.keys(patch)).toEqual(["/spec/volumes", "/spec/containers", "/spec/initContainers"]);
    expect(patch["/spec/volumes"]).toEqual([
      {
        name: "eks-pod-identity-token",
        projected: {
          sources: [
            {
              serviceAccountToken: {
                audience: "pods.eks.amazonaws.com",
                expirationSeconds: 86400,
                path: "eks-pod-identity-token",
              },
            },
          ],
        },
      },
    ]);
    for (const [container] of [patch["/spec/containers"], patch["/spec/initContainers"]]) {
      expect(container.volumeMounts).toEqual([mount]);
      expect(container.env).toContainEqual({
        name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        value: `${mount.mountPath}/eks-pod-identity-token`,
      });
      expect(container.env).toContainEqual({ name: "AWS_REGION", value: "eu-central-1" });
    }
  });

  it("keeps what it has, and containers that it wants left alone", () => {
    const env = [{ name: "AWS_REGION", value: "us-east-1" }];
    const containers = [{ name: "app", env }, { name: "sidecar" }];
    const patch = patched(
      pod({ containers, volumes: [{ name: "data" }] }, { "eks.amazonaws.com/skip-containers": "sidecar" }),
    );
    const [app, sidecar] = patch["/spec/containers"];
    expect(app.env.filter(({ name }: { name: string }) => name === "AWS_REGION")).toEqual(env);
    expect(sidecar).toEqual({ name: "sidecar" });
    expect(patch["/spec/volumes"]).toHaveLength(2);
  });
});

it("without an association of its service account there is no role", () => {
  expect(findAssociation("cluster", "default", "default")).toBeUndefined();
});

describe("credentials", () => {
  const session = { roleArn: "arn:aws:iam::000000000000:role/backup", name: "eks", tags: {}, expiration: 1 };
  let made: ReturnType<typeof newCredentials>;
  beforeEach(() => {
    made = newCredentials(session);
  });

  it("stand for their session, and for no other", () => {
    expect(made.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(findSession(made.accessKeyId, made.sessionToken)).toEqual({
      ...session,
      accessKeyId: made.accessKeyId,
    });
    expect(secretOf(made.accessKeyId)).toBe(made.secretAccessKey);
    const other = newCredentials(session);
    expect(other.secretAccessKey).not.toBe(made.secretAccessKey);
    expect(findSession(other.accessKeyId, made.sessionToken)).toBeUndefined();
  });

  it("can't be made up", () => {
    const [claims = "", signature = ""] = made.sessionToken.split(".");
    const richer = Buffer.from(Buffer.from(claims, "base64url").toString().replace("backup", "admin"));
    expect(findSession(made.accessKeyId, `${richer.toString("base64url")}.${signature}`)).toBeUndefined();
    expect(findSession(made.accessKeyId, claims)).toBeUndefined();
  });
});
