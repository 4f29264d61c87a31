#!/usr/bin/env bash
# `bash vm/publish.sh <source> <base image> <repository> <user of the registry> [<options of docker build>]`: builds the
# service's image, pushes it and tells `repository@sha256:…`. Reads the registry's password.
set -euo pipefail
source=$1 base=$2 repository=$3 user=$4
tag=$repository:$(date -u +%Y%m%d-%H%M%S)
docker build --quiet --tag "$tag" --build-arg "BASE_IMAGE=$base" "${@:5}" "$source" >&2
# After the build: what it runs never sees the password.
docker login --username "$user" --password-stdin "${repository%%/*}" >&2
docker push --quiet "$tag" >&2
docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$tag" | grep --max-count 1 "^$repository@"
