// EKS' pod-identity-webhook, a process beside the API server. Argument: the cluster.
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { findAssociation } from "../aws/pod-identity-associations.ts";
import { authority, issue } from "../engines/certificates.ts";
import { api, clusterFolder } from "../engines/kubernetes.ts";
import { type Pod, withCredentials } from "./pod.ts";

const [cluster] = process.argv.slice(2) as [string];

interface Review {
  request: { uid: string; namespace: string; object: Pod };
}

function respond({ request: { uid, namespace, object } }: Review): object {
  const association = findAssociation(cluster, namespace, object.spec.serviceAccountName || "default");
  if (!association) return { uid, allowed: true };
  const [, , , region = ""] = association.associationArn.split(":");
  const patch = Buffer.from(JSON.stringify(withCredentials(object, region))).toString("base64");
  return { uid, allowed: true, patchType: "JSONPatch", patch };
}

const pki = clusterFolder(cluster, "pki");
const ca = await authority(pki, "ca");
const { certificate, key } = await issue(ca, pki, "pod-identity-webhook", {
  commonName: "pod-identity-webhook",
  names: ["127.0.0.1"],
});

const server = createServer({ cert: certificate, key }, async (request, response) => {
  try {
    const review = (await json(request)) as Review;
    const answer = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: respond(review) };
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(`${error}`);
  }
});

/** As EKS' clusters show it (`kubectl get mutatingwebhookconfigurations`, 2026-11). */
const configuration = {
  metadata: { name: "pod-identity-webhook" },
  webhooks: [
    {
      name: "iam-for-pods.amazonaws.com",
      admissionReviewVersions: ["v1"],
      clientConfig: {
        url: "https://127.0.0.1:23443/mutate",
        caBundle: Buffer.from(ca.certificate).toString("base64"),
      },
      failurePolicy: "Ignore",
      objectSelector: {
        matchExpressions: [{ key: "eks.amazonaws.com/skip-pod-identity-webhook", operator: "DoesNotExist" }],
      },
      reinvocationPolicy: "IfNeeded",
      rules: [
        { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], scope: "*" },
      ],
      sideEffects: "None",
      timeoutSeconds: 10,
    },
  ],
};

server.listen(23443, "127.0.0.1");
const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
await api(cluster, "POST", path, configuration).catch((error: Error) => {
  if (!error.message.includes("answered 409")) throw error;
});
