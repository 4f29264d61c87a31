// Which versions of add-ons there are. EKS has many for each version of Kubernetes; the emulator knows one, AWS' default
// or what it runs itself.
import { versions } from "./eks-versions.ts";

/** The release that stands behind `v<release>-eksbuild.1`; metrics-server's is the one that the emulator runs. */
const releases: Record<string, string> = {
  "metrics-server": "0.9.0",
  "amazon-cloudwatch-observability": "6.2.0",
};

/** Undefined for an add-on or a Kubernetes that it isn't offered for. Its build differs by Kubernetes, as EKS' do. */
export function defaultAddonVersion(addonName: string, kubernetesVersion: string): string | undefined {
  const release = releases[addonName];
  const build = versions.indexOf(kubernetesVersion) + 1;
  return release && build > 0 ? `v${release}-eksbuild.${build}` : undefined;
}
