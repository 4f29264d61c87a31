import { Addon, type AddonArgs } from "@pulumi/aws/eks/addon.js";
import type { Cluster } from "@pulumi/aws/eks/cluster.js";
import { getAddonVersionOutput } from "@pulumi/aws/eks/getAddonVersion.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * An add-on of EKS, in AWS' default version for the cluster's Kubernetes. Without a version, EKS would leave it at
 * what it was made with, also when the cluster is upgraded.
 */
export function addOn(
  name: string,
  args: Omit<AddonArgs, "clusterName" | "addonVersion" | "addonName"> & { addonName: string },
  kubernetesVersion: string,
  cluster: Cluster,
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): Addon {
  const { parent } = opts;
  const { version } = getAddonVersionOutput({ addonName: args.addonName, kubernetesVersion }, { parent });
  return new Addon(name, { ...args, clusterName: cluster.name, addonVersion: version }, opts);
}
