import type { Cluster } from "@pulumi/aws/eks/cluster.js";
import * as pulumi from "@pulumi/pulumi";
import { ask, PRIVATE_AND_NEW, unreachable, untilAnswering } from "./endpoint.ts";

/** Within which a cluster may still be on its way up, from when EKS was asked for it. */
const NEW_HOURS = 2;

/**
 * What Kubernetes' provider waits for: it asks a cluster once, and if there is no answer yet, everything in the
 * cluster fails. Of an older cluster the provider itself says best what it lacks: whoever changes only AWS needs none.
 */
export function onceItAnswers(
  kubeconfig: pulumi.Output<string>,
  publicAccessCidrs: readonly string[],
  cluster: Cluster,
): pulumi.Output<string> {
  const isPreview = pulumi.runtime.isDryRun();
  if (isPreview && publicAccessCidrs.length === 0) void warnOfPrivateApi(cluster);
  const { endpoint, certificateAuthority, createdAt } = cluster;
  return pulumi
    .all([kubeconfig, endpoint, certificateAuthority.data, createdAt])
    .apply(async ([kubeconfig, url, authority, createdAt]) => {
      const api = { url, certificateAuthority: authority ?? "" };
      const isNew = Date.now() - Date.parse(createdAt) < NEW_HOURS * 3_600_000;
      const failure = await (isNew && !isPreview ? untilAnswering(api) : ask(api));
      const problem = failure && unreachable(api, publicAccessCidrs, failure);
      if (problem && isNew && !isPreview) throw verbatim(problem);
      if (problem) await pulumi.log.warn(problem, cluster);
      return kubeconfig;
    });
}

async function warnOfPrivateApi(cluster: Cluster): Promise<void> {
  // Pulumi's SDK knows it of every output, but keeps it out of its types.
  const { isKnown } = cluster.endpoint as unknown as { isKnown: Promise<boolean> };
  if (!(await isKnown)) await pulumi.log.warn(PRIVATE_AND_NEW, cluster);
}

/** Pulumi's SDK would put the name of each property before the message that waits for what throws it. */
function verbatim(message: string): pulumi.RunError {
  return Object.defineProperty(new pulumi.RunError(message), "message", {
    get: () => message,
    set: () => undefined,
  });
}
