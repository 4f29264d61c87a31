#!/usr/bin/env bash
# `bash deploy.sh [<registry> <user>]`, with the registry's password as input: makes the release in this script's folder
# the one that serves, or leaves the one before serving. Of the machine's folder, `current` is what serves, `previous`
# what served before; to roll back: `bash previous/deploy.sh`.
set -euo pipefail
umask 077
if [[ $(id -u) != 0 ]]; then exec sudo bash "$0" "$@"; fi
release=$(cd "$(dirname "$0")" && pwd)
# In a session of its own, which writes to a file: a connection that drops ends what shows the file, not the deploy.
if [[ ${DETACHED:-} != "$release" ]]; then
  : >"$release/deploy.log"
  DETACHED=$release setsid --wait bash "$release/deploy.sh" "$@" <&0 >>"$release/deploy.log" 2>&1 &
  tail --follow --lines +1 --sleep-interval 0.2 --pid "$!" "$release/deploy.log"
  wait "$!"
  exit
fi

cd "$release/.."
exec 9>lock
flock --nonblock 9 || { echo "another deploy or restore is at work here" >&2; exit 1; }
# What a switch was interrupted with: each release stays what it was, or becomes what it was to be.
if [[ -d incoming ]]; then
  if [[ ! -d current ]]; then
    mv --no-target-directory incoming current
  elif [[ ! -d previous ]]; then
    mv --no-target-directory incoming previous
  fi
  rm -rf incoming
fi
# Deliveries that came to nothing.
find . -maxdepth 1 -name 'next-*' -mtime +1 ! -path "./${release##*/}" -exec rm -rf {} +
# shellcheck source=/dev/null
source "$release/.env"
# shellcheck source=vm/release/prepare.sh
source "$release/prepare.sh"

registry=
stopped=
finish() {
  if [[ -n $registry ]]; then docker logout "$registry" >/dev/null; fi
  if [[ -n $stopped ]]; then docker start "$stopped" >/dev/null; fi
}
trap finish EXIT
if (($# > 0)); then
  registry=$1
  docker login --username "$2" --password-stdin "$registry" >/dev/null
fi

in_release() { (cd "$1" && docker compose "${@:2}"); }
# Without a pipe: grep would end at the first match, and Compose with an error.
has() { [[ " $(in_release "$1" --profile "*" config --services | tr '\n' ' ')" == *" $2 "* ]]; }
# All but the migration, which runs by itself, and the backup: a failed one is no reason to go back.
serving() { in_release "$1" config --services | grep --invert-match --line-regexp --regexp migration --regexp backup; }
serve() {
  # shellcheck disable=SC2046
  in_release "$1" up --detach --wait --wait-timeout 300 --no-deps --remove-orphans $(serving "$1") || return 1
  if has "$1" backup; then in_release "$1" up --detach --no-deps backup; fi
}
# $1 becomes current, and what was current becomes $2.
swap() {
  mv --no-target-directory "$1" incoming
  rm -rf "$2"
  mv --no-target-directory current "$2"
  mv --no-target-directory incoming current
}
give_up() {
  echo "$1: ${PWD##*/} stays at the release before" >&2
  exit 1
}

# What is here needs no registry: a rollback works without one.
echo "pulling the images that are missing"
in_release "$release" --profile "*" pull --quiet --policy missing

if [[ ! -d current ]]; then
  # Nothing serves yet. Compose knows the order: database, migration, app, proxy.
  mv "$release" current
  if in_release current up --detach --wait --wait-timeout 600; then exit; fi
  in_release current logs --no-log-prefix --tail 20 >&2
  mv current "$release"
  exit 1
fi

# The database has been through the migration of a release that served, and one that is older may know no revision that
# came after it.
if [[ $release != "$PWD/previous" ]] && has "$release" migration; then
  # A file has a single writer, so that the version that serves stops for it; a server has not.
  if [[ $DATABASE == sqlite ]]; then
    stopped=$NAME-app-1
    in_release current stop app
  fi
  echo "migrating"
  docker rm --force "$NAME-migration" >/dev/null 2>&1 || true
  if ! (cd "$release" && timeout "$MIGRATION_SECONDS" docker compose run --rm --no-deps --no-TTY --name "$NAME-migration" migration); then
    docker rm --force "$NAME-migration" >/dev/null 2>&1 || true
    give_up "the migration failed"
  fi
fi

# Whether it gets healthy is seen before it is sent a request.
if has "$release" candidate; then
  echo "trying the new version"
  if ! in_release "$release" up --detach --wait --wait-timeout 180 --no-deps candidate; then
    in_release "$release" logs --no-log-prefix --tail 20 candidate >&2
    in_release "$release" --profile "*" rm --stop --force candidate
    give_up "the new version doesn't get healthy"
  fi
  in_release "$release" --profile "*" rm --stop --force candidate
fi

echo "switching"
if [[ $release != "$PWD/current" ]]; then swap "$release" previous; fi
if ! serve current; then
  in_release current logs --no-log-prefix --tail 20 >&2
  if [[ $release == "$PWD/current" ]]; then exit 1; fi
  swap previous rejected
  serve current
  give_up "the new release doesn't serve"
fi
stopped=
# Images of this service that no release here names. Docker keeps those that a container uses.
{
  docker image ls --digests --format '{{.Repository}}@{{.Digest}}' "${IMAGE%@*}" |
    grep --fixed-strings @sha256: |
    grep --invert-match --fixed-strings --line-regexp "$(sed --quiet 's/^IMAGE=//p' ./*/.env)" |
    xargs --no-run-if-empty docker image rm >/dev/null
} || true
echo "serving $IMAGE"
