// The configuration files of a node; node.sh starts its parts with these.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeconfig } from "./cluster-configuration.ts";
import { clusterAddress, clusterFolder } from "./kubernetes.ts";
import { registryAddress, registryAuthorization } from "./registry.ts";

/** What keeps pods away that don't tolerate it. */
export interface Taint {
  key: string;
  effect: string;
  value?: string;
}

interface Node {
  cluster: string;
  folder: string;
  address: string;
  taints: Taint[];
  /** The node's share of the instance's pods. */
  podNetwork: string;
  /** Its cgroup, the parent of its pods'. */
  cgroup: string;
  sandboxImage: string;
}

const kubelet = ({ cluster, folder, address, taints, cgroup }: Node) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address,
  registerWithTaints: taints,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: clusterFolder(cluster, "pki", "ca.crt") },
  },
  authorization: { mode: "Webhook" },
  tlsCertFile: join(folder, "kubelet.crt"),
  tlsPrivateKeyFile: join(folder, "kubelet.key"),
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${cgroup}`,
  failCgroupV1: false,
  failSwapOn: false,
  clusterDomain: "cluster.local",
  clusterDNS: [clusterAddress(cluster)],
  resolvConf: "",
  serializeImagePulls: false,
  // The disk is the person's: leave it to them how full it is.
  evictionHard: { "memory.available": "100Mi" },
  imageGCHighThresholdPercent: 100,
});

/** Pods keep their addresses wherever they go, as on a VPC: nothing is masqueraded. */
const pods = ({ folder, podNetwork }: Node) => ({
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      // From each pod to its node, as on AWS: nothing passes from pod to pod but through the node's rules.
      type: "ptp",
      ipam: {
        type: "host-local",
        dataDir: join(folder, "cni"),
        ranges: [[{ subnet: podNetwork }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const containerd = ({ folder, sandboxImage }: Node) => `version = 2
root = "${folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  # Without CAP_SYS_RESOURCE runc can't lower a score, and fails on every sandbox.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni.d"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${folder}/registries"
`;

const registryHost = () => `server = "http://${registryAddress()}"
[host."http://${registryAddress()}"]
  capabilities = ["pull", "resolve"]
  [host."http://${registryAddress()}".header]
    authorization = "${registryAuthorization()}"
`;

/** Writes all of them below the node's folder, readable by root alone. */
export function writeNodeConfiguration(node: Node): void {
  const write = (name: string, content: string | object) => {
    const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
    writeFileSync(join(node.folder, name), text, { mode: 0o600 });
  };
  mkdirSync(join(node.folder, "cni.d"), { recursive: true });
  mkdirSync(join(node.folder, "registries", registryAddress()), { recursive: true });
  write("cni.d/pods.conflist", pods(node));
  write(`registries/${registryAddress()}/hosts.toml`, registryHost());
  write("containerd.toml", containerd(node));
  write("kubelet.json", kubelet(node));
  write("kubelet.kubeconfig", kubeconfig(node.cluster, join(node.folder, "kubelet")));
}
