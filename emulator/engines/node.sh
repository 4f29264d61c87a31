#!/usr/bin/env bash
# The box of a node.
set -euo pipefail
cluster=$1 node=$2 bin=$3 address=$4 pods=$5 zone=$6 pool=$7 cgroup=$8 nodejs=$9 vpc=${10}
name=${node##*/}
# shellcheck source=box.sh
source "${0%/*}/box.sh"

logs=$node/log
mkdir -p "$logs" "$node/kubelet"
enter "$name" "$address" "$pods"
# Load balancers ask from addresses of their subnets.
ip route add "$vpc" dev eth0
# The kubelet's sockets are below its folder, and the path of a UNIX socket ends at 107 bytes.
mkdir /run/kubelet
mount --bind "$node/kubelet" /run/kubelet
# The kubelet keeps links to pods' logs in /var/log/containers, whatever its settings say.
mount --bind "$logs" /var/log
echo 1 >/proc/sys/net/ipv4/ip_forward
# A way into a Service may lead to another node's pod: who takes it must not be shown a shorter one, past the NAT here.
for scope in all eth0; do echo 0 >"/proc/sys/net/ipv4/conf/$scope/send_redirects"; done
# Whoever looks for one of this node's pods finds it here, at once.
echo 1 >/proc/sys/net/ipv4/conf/eth0/proxy_arp
echo 0 >/proc/sys/net/ipv4/neigh/eth0/proxy_delay
# Of its own: a kubelet ends what it finds beside its own pods. A node's CPUs are its pods'; here builds, engines and
# other machines compete for them, and a group counts as little as one of their threads unless it says more: as eight.
if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
  # cgroup v2: one hierarchy, where a group has the controllers that the one above hands down.
  controllers=$(</sys/fs/cgroup/cgroup.controllers)
  echo "+${controllers// / +}" >/sys/fs/cgroup/cgroup.subtree_control
  mkdir -p "/sys/fs/cgroup/$cgroup"
  echo 800 >"/sys/fs/cgroup/$cgroup/cpu.weight"
else
  for hierarchy in /sys/fs/cgroup/*/; do mkdir -p "$hierarchy$cgroup"; done
  echo 8192 >"/sys/fs/cgroup/cpu/$cgroup/cpu.shares"
fi

labels=(
  "topology.kubernetes.io/zone=$zone"
  "topology.kubernetes.io/region=${zone%?}"
  eks.amazonaws.com/compute-type=auto
  "karpenter.sh/nodepool=$pool"
  karpenter.sh/capacity-type=on-demand
)
start containerd containerd --config "$node/containerd.toml"
until [[ -S /run/containerd/containerd.sock ]]; do
  kill -0 $! || end_with_first
  sleep 0.1
done
# EKS Pod Identity's own address, for pods of this node.
ip address add 169.254.170.23/32 dev lo
start pod-identity-agent "$nodejs" "${0%/*}/../pod-identity/agent.ts" "${cluster##*/}"
start block-storage "$nodejs" "${0%/*}/block-storage-node.ts" "$name" "$zone"
# As systemd does: containerd refuses the kubelet until it has found the pods of before a stop.
start_again() {
  for _ in {1..10}; do
    "$@" || true
    sleep 1
  done
}
start kubelet start_again "$bin/kubelet" --config "$node/kubelet.json" --kubeconfig "$node/kubelet.kubeconfig" \
  --root-dir /run/kubelet --hostname-override "$name" --node-ip "$address" \
  --node-labels "$(IFS=,; echo "${labels[*]}")"
start kube-proxy "$bin/kube-proxy" --config "$cluster/kube-proxy.json" --hostname-override "$name"

end_with_first
