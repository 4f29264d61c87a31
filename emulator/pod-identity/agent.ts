// EKS Pod Identity's agent, a process in each node's box, with EKS' part behind it: who shows the token of a pod gets
// credentials of the role that its service account is associated with. Argument: the cluster.
import { createServer, type IncomingMessage } from "node:http";
import { accountId } from "../aws/account.ts";
import { AwsError } from "../aws/errors.ts";
import { refuseUntrusting } from "../aws/iam.ts";
import { findAssociation, type PodIdentityAssociation } from "../aws/pod-identity-associations.ts";
import { newCredentials } from "../aws/sessions.ts";
import { api } from "../engines/kubernetes.ts";
import { agentAddress, audience } from "./pod.ts";

const [cluster] = process.argv.slice(2) as [string];

/** EKS user guide, "Pod Identity": the session's length can't be chosen, and is 6 hours (2026-11). */
const sessionHours = 6;

interface Review {
  status: {
    authenticated?: boolean;
    user?: { username: string; extra?: Record<string, string[]> };
  };
}

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whose token it is, by the API server that has signed it. */
async function review(token: string): Promise<NonNullable<Review["status"]["user"]>> {
  const { status } = await api<Review>(cluster, "POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token, audiences: [audience] },
  });
  if (status.authenticated && status.user?.username.startsWith("system:serviceaccount:")) return status.user;
  throw new Refusal(
    400,
    "(InvalidTokenException): The token included in the request is invalid, fault: client",
  );
}

function expectAssociation(namespace: string, serviceAccount: string): PodIdentityAssociation {
  const association = findAssociation(cluster, namespace, serviceAccount);
  if (association) return association;
  const message = `No association found for service account ${namespace}/${serviceAccount}`;
  throw new Refusal(404, `(ResourceNotFoundException): ${message}, fault: client`);
}

async function credentials({ headers }: IncomingMessage): Promise<object> {
  if (!headers.authorization) throw new Refusal(400, "Service account token cannot be empty");
  const { username, extra = {} } = await review(headers.authorization);
  const [, , namespace = "", serviceAccount = ""] = username.split(":");
  const { roleArn, associationArn } = expectAssociation(namespace, serviceAccount);
  refuseUntrusting(roleArn, audience, ["sts:AssumeRole", "sts:TagSession"], "AccessDeniedException");
  const of = (field: string) => extra[`authentication.kubernetes.io/${field}`]?.[0] ?? "";
  const expiration = Date.now() + sessionHours * 3600_000;
  const made = newCredentials({
    roleArn,
    name: `eks-${cluster}-${of("pod-name")}-${of("pod-uid")}`.slice(0, 64),
    tags: {
      "eks-cluster-arn": associationArn.replace(/:podidentityassociation\/.*/, `:cluster/${cluster}`),
      "eks-cluster-name": cluster,
      "kubernetes-namespace": namespace,
      "kubernetes-service-account": serviceAccount,
      "kubernetes-pod-name": of("pod-name"),
      "kubernetes-pod-uid": of("pod-uid"),
    },
    expiration,
  });
  return {
    AccessKeyId: made.accessKeyId,
    SecretAccessKey: made.secretAccessKey,
    Token: made.sessionToken,
    AccountId: accountId,
    Expiration: new Date(expiration).toISOString(),
  };
}

const server = createServer(async (request, response) => {
  try {
    if (request.method !== "GET" || request.url !== "/v1/credentials")
      throw new Refusal(404, "404 page not found");
    const answer = JSON.stringify(await credentials(request));
    response.setHeader("content-type", "application/json").end(answer);
  } catch (error) {
    const denied = error instanceof AwsError ? 403 : 500;
    response.writeHead(error instanceof Refusal ? error.status : denied).end((error as Error).message);
  }
});
server.listen(80, agentAddress);
