// The configuration files of a cluster's parts; node.sh starts them with these.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataPath, podNetwork } from "./instance.ts";
import { registryAddress, registryAuthorization } from "./registry.ts";

interface Cluster {
  folder: string;
  /** The node's address; the API server listens there. */
  address: string;
  sandboxImage: string;
  callerToken: string;
  callerArn: string;
}

const base64 = (file: string): string => readFileSync(file).toString("base64");

function kubeconfig({ folder, address }: Cluster, user: string) {
  const pki = (file: string) => join(folder, "pki", file);
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "emulator",
    contexts: [{ name: "emulator", context: { cluster: "emulator", user } }],
    clusters: [
      {
        name: "emulator",
        cluster: { server: `https://${address}:6443`, "certificate-authority-data": base64(pki("ca.crt")) },
      },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(pki(`${user}.crt`)),
          "client-key-data": base64(pki(`${user}.key`)),
        },
      },
    ],
  };
}

const kubelet = ({ folder, address }: Cluster) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: join(folder, "pki", "ca.crt") },
  },
  authorization: { mode: "Webhook" },
  tlsCertFile: join(folder, "pki", "kubelet.crt"),
  tlsPrivateKeyFile: join(folder, "pki", "kubelet.key"),
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  cgroupDriver: "cgroupfs",
  failCgroupV1: false,
  failSwapOn: false,
  clusterDomain: "cluster.local",
  clusterDNS: [address],
  resolvConf: "",
  serializeImagePulls: false,
  // The disk is the person's: leave it to them how full it is.
  evictionHard: { "memory.available": "100Mi" },
  imageGCHighThresholdPercent: 100,
});

const proxy = ({ folder }: Cluster) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "iptables",
  clusterCIDR: podNetwork(),
  clientConnection: { kubeconfig: join(folder, "kube-proxy.kubeconfig") },
  // These kernel settings belong to the host.
  conntrack: { maxPerCore: 0, min: 0 },
});

const podNetworkConfiguration = ({ folder }: Cluster) => ({
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        dataDir: join(folder, "cni"),
        ranges: [[{ subnet: podNetwork() }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const containerd = ({ folder, sandboxImage }: Cluster) => `version = 2
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

/** Resolves Services in the cluster, and RDS' names as AWS' resolver in a VPC does. */
const dns = (cluster: Cluster) => `.:53 {
  bind ${cluster.address}
  errors
  hosts ${dataPath("dns", "hosts")} {
    ttl 5
    reload 1s
    fallthrough
  }
  kubernetes cluster.local {
    kubeconfig ${cluster.folder}/coredns.kubeconfig
    ttl 5
  }
}
`;

const encryption = () => ({
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "EncryptionConfiguration",
  resources: [
    {
      resources: ["secrets"],
      providers: [{ secretbox: { keys: [{ name: "key", secret: randomBytes(32).toString("base64") }] } }],
    },
  ],
});

/** Writes all of them below the cluster's folder, readable by root alone. */
export function writeConfiguration(cluster: Cluster): void {
  const write = (name: string, content: string | object) => {
    const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
    writeFileSync(join(cluster.folder, name), text, { mode: 0o600 });
  };
  for (const user of [
    "admin",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "coredns",
  ]) {
    write(`${user}.kubeconfig`, kubeconfig(cluster, user));
  }
  mkdirSync(join(cluster.folder, "cni.d"));
  mkdirSync(join(cluster.folder, "registries", registryAddress()), { recursive: true });
  write("cni.d/pods.conflist", podNetworkConfiguration(cluster));
  write(`registries/${registryAddress()}/hosts.toml`, registryHost());
  write("containerd.toml", containerd(cluster));
  write("kubelet.json", kubelet(cluster));
  write("kube-proxy.json", proxy(cluster));
  write("encryption.json", encryption());
  write("Corefile", dns(cluster));
  write("tokens.csv", `${cluster.callerToken},${cluster.callerArn},caller\n`);
}
