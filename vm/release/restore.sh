#!/usr/bin/env bash
# `bash current/restore.sh data/backups/<file>`: goes back to a backup. The data of now is kept beside it.
set -euo pipefail
if [[ $(id -u) != 0 ]]; then exec sudo bash "$0" "$@"; fi
backup=$(realpath "${1:?usage: bash current/restore.sh data/backups/<file>}")
cd "$(dirname "$0")"
# shellcheck source=/dev/null
source .env
exec 9>../lock
flock --nonblock 9 || { echo "a deploy or another restore is at work here" >&2; exit 1; }
kept=before_$(date -u +%Y%m%dt%H%M%S)

in_database() { docker compose exec --no-TTY database "$@"; }
sql() { in_database psql --username postgres --set ON_ERROR_STOP=1 --quiet --set name="$DATABASE_NAME" --set kept="${DATABASE_NAME}_$kept"; }
# Whatever happens after this, the service runs again.
stop() {
  trap 'docker start "$NAME-app-1" "$NAME-backup-1" >/dev/null' EXIT
  docker compose stop app backup
}

case $DATABASE in
postgresql)
  # Into a database of its own: whatever is wrong with the backup, the service serves on.
  sql <<<'drop database if exists restored;'
  in_database createdb --username postgres --owner "$DATABASE_NAME" restored
  in_database pg_restore --username postgres --dbname restored --no-owner --role "$DATABASE_NAME" --exit-on-error --single-transaction <"$backup"
  stop
  # Who is still in it would hold up the renaming. Both names change, or neither.
  sql <<'SQL'
select pg_terminate_backend(pid) from pg_stat_activity where datname = :'name' \g /dev/null
begin;
alter database :"name" rename to :"kept";
alter database restored rename to :"name";
commit;
SQL
  ;;
sqlite)
  file=../data/service/${DATABASE_FILE##*/}
  if [[ $(head --bytes 15 "$backup") != "SQLite format 3" ]]; then
    echo "$backup is no SQLite file" >&2
    exit 1
  fi
  install --owner "$APP_UID" --group "$APP_UID" --mode 0600 "$backup" "$file.restored"
  stop
  # What is committed may be in the write-ahead log alone, which belongs to the file by its name.
  for part in "" -wal -shm; do
    if [[ -e $file$part ]]; then mv "$file$part" "$file.$kept$part"; fi
  done
  mv "$file.restored" "$file"
  ;;
*)
  echo "the service has no database" >&2
  exit 1
  ;;
esac
# The migration brings an older backup to the version that runs.
if ! docker compose up --detach --wait --wait-timeout 300; then
  docker compose logs --no-log-prefix --tail 20 migration app >&2
  echo "the data of ${backup##*/} is in place, but the service doesn't serve with it; what was there is called $kept" >&2
  exit 1
fi
echo "restored ${backup##*/}; what was there is called $kept"
