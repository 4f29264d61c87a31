#!/usr/bin/env bash
# Makes the release in this script's folder the one that serves, or leaves the one before serving. Of the machine's
# folder, `current` is what serves, `previous` what served before; to roll back: `bash previous/deploy.sh`.
# With a registry's user as its argument, it reads the password from its input.
set -euo pipefail
if [[ $(id -u) != 0 ]]; then exec sudo bash "$0" "$@"; fi
release=$(cd "$(dirname "$0")" && pwd)
cd "$release/.."
# shellcheck source=/dev/null
source "$release/.env"
# shellcheck source=vm/release/prepare.sh
source "$release/prepare.sh"

if (($# > 0)); then
  trap 'docker logout "${IMAGE%%/*}" >/dev/null' EXIT
  docker login --username "$1" --password-stdin "${IMAGE%%/*}" >/dev/null
fi
exec 9>lock
flock --nonblock 9 || { echo "another deploy or restore is at work here" >&2; exit 1; }

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
give_up() {
  echo "$1: ${PWD##*/} stays at the release before" >&2
  exit 1
}

echo "pulling the images"
in_release "$release" --profile "*" pull --quiet

if [[ ! -d current ]]; then
  # Nothing serves yet. Compose knows the order: database, migration, app, proxy.
  mv "$release" current
  if in_release current up --detach --wait --wait-timeout 600; then exit; fi
  in_release current logs --no-log-prefix --tail 20 >&2
  mv current "$release"
  exit 1
fi

if has "$release" migration; then
  # A file has a single writer, so that the version that serves stops for it; a server has not.
  if [[ $DATABASE == sqlite ]]; then in_release current stop app; fi
  echo "migrating"
  docker rm --force "$NAME-migration" >/dev/null 2>&1 || true
  if ! (cd "$release" && timeout "$MIGRATION_SECONDS" docker compose run --rm --no-deps --no-TTY --name "$NAME-migration" migration); then
    docker rm --force "$NAME-migration" >/dev/null 2>&1 || true
    if [[ $DATABASE == sqlite ]]; then serve current; fi
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

if [[ $release != "$PWD/current" ]]; then
  mv "$release" incoming
  rm -rf previous
  mv current previous
  mv incoming current
fi
echo "switching"
if ! serve current; then
  in_release current logs --no-log-prefix --tail 20 >&2
  rm -rf rejected
  mv current rejected
  mv previous current
  serve current
  give_up "the new release doesn't serve"
fi
# Not those of releases that one may want back soon.
docker image prune --all --force --filter until=336h >/dev/null
echo "serving $IMAGE"
