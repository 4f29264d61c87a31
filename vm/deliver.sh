#!/usr/bin/env bash
# `bash vm/deliver.sh <ssh destination> <folder of a release> <user of the registry>`: brings a release to a VM and
# deploys it there. Reads the registry's password.
set -euo pipefail
destination=$1 release=$2 user=$3
# shellcheck source=/dev/null
source "$release/.env"
next=/opt/$NAME/next
tar --create --gzip --directory "$release" . |
  ssh "$destination" "sudo rm -rf $next && sudo mkdir -p $next && sudo tar --extract --gzip --no-same-owner --directory $next"
ssh "$destination" "sudo bash $next/deploy.sh $user"
