#!/usr/bin/env bash
# The box of a cluster's control plane, which runs no pods.
set -euo pipefail
cluster=$1 bin=$2 address=$3 pods=$4 services=$5 nodejs=$6
# shellcheck source=box.sh
source "${0%/*}/box.sh"

logs=$cluster/log
mkdir -p "$logs" "$cluster/etcd"
enter control-plane "$address" "$pods"

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
  --requestheader-extra-headers-prefix X-Remote-Extra- --enable-aggregator-routing \
  --proxy-client-cert-file "$pki/front-proxy-client.crt" --proxy-client-key-file "$pki/front-proxy-client.key" \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-account.crt" \
  --service-account-signing-key-file "$pki/service-account.key"

kubectl() { "$bin/kubectl" --kubeconfig "$cluster/admin.kubeconfig" "$@"; }
until kubectl get --raw /readyz >/dev/null 2>&1; do
  [[ $(jobs -r | wc -l) -eq ${#names[@]} ]] || end_with_first
  sleep 0.2
done

start pod-identity-webhook "$nodejs" "${0%/*}/../pod-identity/webhook.ts" "${cluster##*/}"
start load-balancing "$nodejs" "${0%/*}/../load-balancer/controller.ts" "${cluster##*/}"
start kube-controller-manager "$bin/kube-controller-manager" \
  --kubeconfig "$cluster/kube-controller-manager.kubeconfig" --use-service-account-credentials \
  --authentication-kubeconfig "$cluster/kube-controller-manager.kubeconfig" \
  --authorization-kubeconfig "$cluster/kube-controller-manager.kubeconfig" \
  --root-ca-file "$pki/ca.crt" --service-account-private-key-file "$pki/service-account.key" --leader-elect=false
start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$cluster/kube-scheduler.kubeconfig" --leader-elect=false \
  --authentication-kubeconfig "$cluster/kube-scheduler.kubeconfig" \
  --authorization-kubeconfig "$cluster/kube-scheduler.kubeconfig"
kubectl get clusterrolebinding coredns >/dev/null 2>&1 ||
  kubectl create clusterrolebinding coredns --clusterrole=view --user=system:coredns
start block-storage "$nodejs" "${0%/*}/block-storage.ts" "${cluster##*/}"
start coredns "$bin/coredns" -conf "$cluster/Corefile"

end_with_first
