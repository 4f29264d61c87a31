#!/usr/bin/env bash
# The first process of a cluster's namespaces: when it ends, by itself or killed from outside, everything in them is gone.
set -euo pipefail
cluster=$1 bin=$2 address=$3 services=$4
region=$(<"$cluster/region")

mount -t proc proc /proc
mount -t tmpfs tmpfs /run
# The kubelet keeps links to pods' logs in /var/log/containers, whatever its settings say.
mkdir -p "$cluster"/{log,etcd,kubelet}
mount --bind "$cluster/log" /var/log
hostname node
until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip address add "$address/24" dev eth0
ip link set eth0 up
ip route add default via "${address%.*}.1"
echo 1 >/proc/sys/net/ipv4/ip_forward

declare -A names
start() {
  local name=$1
  shift
  "$@" >>"$cluster/log/$name.log" 2>&1 &
  names[$!]=$name
}

# One part less is a broken cluster: it ends as a whole, so that it is seen.
end_with_first() {
  local ended
  wait -n -p ended || true
  echo "${names[$ended]} ended:"
  tail -n 8 "$cluster/log/${names[$ended]}.log"
  exit 1
}

start containerd containerd --config "$cluster/containerd.toml"
start etcd etcd --data-dir "$cluster/etcd" --unsafe-no-fsync --log-level warn \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380
pki=$cluster/pki
start kube-apiserver "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
  --bind-address "$address" --advertise-address "$address" --service-cluster-ip-range "$services" \
  --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" \
  --client-ca-file "$pki/ca.crt" --token-auth-file "$cluster/tokens.csv" --anonymous-auth=false \
  --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
  --encryption-provider-config "$cluster/encryption.json" \
  --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types InternalIP \
  --kubelet-client-certificate "$pki/apiserver-kubelet-client.crt" \
  --kubelet-client-key "$pki/apiserver-kubelet-client.key" \
  --requestheader-client-ca-file "$pki/front-proxy-ca.crt" --requestheader-allowed-names front-proxy-client \
  --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
  --requestheader-extra-headers-prefix X-Remote-Extra- \
  --proxy-client-cert-file "$pki/front-proxy-client.crt" --proxy-client-key-file "$pki/front-proxy-client.key" \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-account.crt" \
  --service-account-signing-key-file "$pki/service-account.key"

until "$bin/kubectl" --kubeconfig "$cluster/admin.kubeconfig" get --raw /readyz >/dev/null 2>&1; do
  [[ $(jobs -r | wc -l) -eq ${#names[@]} ]] || end_with_first
  sleep 0.2
done

start kube-controller-manager "$bin/kube-controller-manager" \
  --kubeconfig "$cluster/kube-controller-manager.kubeconfig" --use-service-account-credentials \
  --authentication-kubeconfig "$cluster/kube-controller-manager.kubeconfig" \
  --authorization-kubeconfig "$cluster/kube-controller-manager.kubeconfig" \
  --root-ca-file "$pki/ca.crt" --service-account-private-key-file "$pki/service-account.key" --leader-elect=false
start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$cluster/kube-scheduler.kubeconfig" --leader-elect=false \
  --authentication-kubeconfig "$cluster/kube-scheduler.kubeconfig" \
  --authorization-kubeconfig "$cluster/kube-scheduler.kubeconfig"
start kubelet "$bin/kubelet" --config "$cluster/kubelet.json" --kubeconfig "$cluster/kubelet.kubeconfig" \
  --root-dir "$cluster/kubelet" --hostname-override node --node-ip "$address" \
  --node-labels "topology.kubernetes.io/zone=${region}a,topology.kubernetes.io/region=$region,eks.amazonaws.com/compute-type=auto"
start kube-proxy "$bin/kube-proxy" --config "$cluster/kube-proxy.json" --hostname-override node
start coredns "$bin/coredns" -conf "$cluster/Corefile"

end_with_first
