// The configuration files of a control plane, and what all nodes share; control-plane.sh and node.sh start parts with these.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dataPath, podNetwork } from "./instance.ts";
import { clusterAddress, clusterFolder } from "./kubernetes.ts";

export interface Caller {
  /** Of the IAM principal who makes the cluster. */
  arn: string;
  token: string;
  /** Whether that makes it an administrator. */
  isAdministrator: boolean;
}

const base64 = (file: string): string => readFileSync(file).toString("base64");

/** For whom a certificate was issued: `<identity>.crt` and `<identity>.key`. */
export const kubeconfig = (cluster: string, identity: string) => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "emulator",
  contexts: [{ name: "emulator", context: { cluster: "emulator", user: "emulator" } }],
  clusters: [
    {
      name: "emulator",
      cluster: {
        server: `https://${clusterAddress(cluster)}:6443`,
        "certificate-authority-data": base64(clusterFolder(cluster, "pki", "ca.crt")),
      },
    },
  ],
  users: [
    {
      name: "emulator",
      user: {
        "client-certificate-data": base64(`${identity}.crt`),
        "client-key-data": base64(`${identity}.key`),
      },
    },
  ],
});

const proxy = (cluster: string) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "iptables",
  clusterCIDR: podNetwork(),
  clientConnection: { kubeconfig: clusterFolder(cluster, "kube-proxy.kubeconfig") },
  // These kernel settings belong to the host.
  conntrack: { maxPerCore: 0, min: 0 },
});

/** Resolves Services in the cluster, and RDS' names as AWS' resolver in a VPC does. */
const dns = (cluster: string) => `.:53 {
  bind ${clusterAddress(cluster)}
  errors
  hosts ${dataPath("dns", "hosts")} {
    ttl 5
    reload 1s
    fallthrough
  }
  kubernetes cluster.local {
    kubeconfig ${clusterFolder(cluster, "coredns.kubeconfig")}
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

/** Kubernetes' group of those whom RBAC doesn't bind: EKS' authenticator, too, needs no API to let the creator in. */
const token = ({ token, arn, isAdministrator }: Caller): string =>
  `${token},${arn},caller${isAdministrator ? ",system:masters" : ""}\n`;

/** Writes all of them below the cluster's folder, readable by root alone. */
export function writeClusterConfiguration(cluster: string, caller: Caller): void {
  const write = (name: string, content: string | object) => {
    const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
    writeFileSync(clusterFolder(cluster, name), text, { mode: 0o600 });
  };
  for (const user of ["admin", "kube-controller-manager", "kube-scheduler", "kube-proxy", "coredns"]) {
    write(`${user}.kubeconfig`, kubeconfig(cluster, clusterFolder(cluster, "pki", user)));
  }
  write("kube-proxy.json", proxy(cluster));
  write("encryption.json", encryption());
  write("Corefile", dns(cluster));
  write("tokens.csv", token(caller));
}
