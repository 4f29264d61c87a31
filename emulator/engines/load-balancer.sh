#!/usr/bin/env bash
# The box of a load balancer.
set -euo pipefail
folder=$1 address=$2 pods=$3 nodejs=$4 name=$5
sources=("${@:6}")
# shellcheck source=box.sh
source "${0%/*}/box.sh"

logs=$folder/log
mkdir -p "$logs"
enter load-balancer "$address" "$pods"
# Who talks to targets: nodes know the way back.
for source in "${sources[@]}"; do ip address add "$source/32" dev eth0; done
start proxy "$nodejs" "${0%/*}/../load-balancer/main.ts" "$name"

end_with_first
