#!/usr/bin/env bash
# `bash vm/deliver.sh <ssh destination> <folder of a release> <registry> <its user>`: brings a release to a VM and deploys
# it there. Reads the registry's password.
set -euo pipefail
destination=$1 release=$2 registry=$3 user=$4
# shellcheck source=/dev/null
source "$release/.env"
# Of this delivery alone: another one may be deployed just now.
next=/opt/$NAME/next-$(date -u +%Y%m%dT%H%M%SZ)-$RANDOM
tar --create --gzip --directory "$release" . |
  ssh "$destination" "sudo mkdir -p $next && sudo tar --extract --gzip --no-same-owner --directory $next"
ssh "$destination" "sudo bash $next/deploy.sh $registry $user"
