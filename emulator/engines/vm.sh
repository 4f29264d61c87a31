#!/usr/bin/env bash
# The box of a machine that has Docker and nothing else.
set -euo pipefail
vm=$1 address=$2 pods=$3 registry=$4 cgroup=$5
# shellcheck source=box.sh
source "${0%/*}/box.sh"

logs=$vm/log
mkdir -p "$logs" "$vm/docker" "$vm/opt" "$vm/home/.docker/cli-plugins"
ln -sf "$vm/../compose/docker-compose" "$vm/home/.docker/cli-plugins/docker-compose"
enter vm "$address" "$pods"
# Its own, as the host has one, too.
mount --bind "$vm/opt" /opt
mount --bind "$vm/home" /root
start dockerd dockerd --data-root "$vm/docker" --insecure-registry "$registry" --cgroup-parent "/$cgroup" --log-level warn
end_with_first
