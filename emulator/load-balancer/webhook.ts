// EKS Auto Mode's webhook for load balancing: refuses bindings, and gives pods that a binding selects a readiness gate.
import { createServer } from "node:https";
import { json } from "node:stream/consumers";
import { authority, issue } from "../engines/certificates.ts";
import { api, clusterFolder, list } from "../engines/kubernetes.ts";
import { type Binding, bindingsPath, gateOf, refusal } from "./binding.ts";

const name = "eks-load-balancing-webhook";
const port = 23444;

interface Pod {
  metadata: { labels?: Record<string, string> };
  spec: { readinessGates?: { conditionType: string }[] };
}

interface Review {
  request: { uid: string; namespace: string; operation: string; object: Binding & Pod };
}

interface Service {
  metadata: { name: string };
  spec: { selector?: Record<string, string> };
}

/** A Service without a selector selects nothing. */
const selects = ({ spec: { selector = {} } }: Service, labels: Record<string, string> = {}): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);

const patched = (path: string, value: unknown) => ({
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify([{ op: "add", path, value }])).toString("base64"),
});

async function gates(cluster: string, namespace: string, { metadata, spec }: Pod): Promise<object> {
  const [bindings, services] = await Promise.all([
    list<Binding>(cluster, bindingsPath),
    list<Service>(cluster, `/api/v1/namespaces/${namespace}/services`),
  ]);
  const there = (spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const wanted = bindings
    .filter((binding) => binding.metadata.namespace === namespace && binding.spec.targetType === "ip")
    .filter(({ spec: { serviceRef } }) => {
      const service = services.find((candidate) => candidate.metadata.name === serviceRef.name);
      return service !== undefined && selects(service, metadata.labels);
    })
    .map((binding) => gateOf(binding.metadata.name))
    .filter((gate) => !there.includes(gate));
  const all = [...there, ...wanted].map((conditionType) => ({ conditionType }));
  return wanted.length > 0 ? patched("/spec/readinessGates", all) : {};
}

async function answer(cluster: string, path: string, { request }: Review): Promise<object> {
  if (path === "/pod") return gates(cluster, request.namespace, request.object);
  if (request.operation !== "CREATE") return {};
  const problem = refusal(request.object, await list<Binding>(cluster, bindingsPath));
  if (problem) return { allowed: false, status: { message: problem, code: 403 } };
  // It asks AWS for the type, if none is given: there is only one here.
  return request.object.spec.targetType ? {} : patched("/spec/targetType", "ip");
}

const rule = (operations: string[], apiGroup: string, version: string, resource: string) => ({
  operations,
  ...{ apiGroups: [apiGroup], apiVersions: [version], resources: [resource], scope: "Namespaced" },
});

function configuration(certificate: string) {
  const webhook = (path: string) => ({
    admissionReviewVersions: ["v1"],
    clientConfig: {
      url: `https://127.0.0.1:${port}/${path}`,
      caBundle: Buffer.from(certificate).toString("base64"),
    },
    sideEffects: "None",
    timeoutSeconds: 10,
  });
  return {
    metadata: { name },
    webhooks: [
      {
        ...webhook("pod"),
        name: "mpod.eks.amazonaws.com",
        failurePolicy: "Fail",
        // The label that public repositories found there, not elbv2.k8s.aws's (2026-11).
        namespaceSelector: { matchLabels: { "eks.amazonaws.com/pod-readiness-gate-inject": "enabled" } },
        rules: [rule(["CREATE"], "", "v1", "pods")],
      },
      {
        ...webhook("binding"),
        name: "mtargetgroupbinding.eks.amazonaws.com",
        failurePolicy: "Fail",
        rules: [rule(["CREATE", "UPDATE"], "eks.amazonaws.com", "v1", "targetgroupbindings")],
      },
    ],
  };
}

export async function startWebhook(cluster: string): Promise<void> {
  const pki = clusterFolder(cluster, "pki");
  const ca = await authority(pki, "ca");
  const { certificate, key } = await issue(ca, pki, name, { commonName: name, names: ["127.0.0.1"] });
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    try {
      const review = (await json(request)) as Review;
      const { uid } = review.request;
      // With a timeout as its query.
      const { pathname } = new URL(request.url ?? "", "https://127.0.0.1");
      const given = { uid, allowed: true, ...(await answer(cluster, pathname, review)) };
      const reviewed = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response: given };
      response.setHeader("content-type", "application/json").end(JSON.stringify(reviewed));
    } catch (error) {
      console.error(error);
      response.writeHead(500).end(`${error}`);
    }
  });
  server.listen(port, "127.0.0.1");
  const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  await api(cluster, "POST", path, configuration(ca.certificate)).catch((error: Error) => {
    if (!error.message.includes("answered 409")) throw error;
  });
}
