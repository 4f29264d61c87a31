#!/bin/sh
# The service `backup`: makes each day's backup from 03:00 UTC on, also one that was missed. `sh backup.sh now` makes one at once.
set -eu

copy() {
  case $DATABASE in
  postgresql) pg_dump --format=custom --file="$1" && pg_restore --list "$1" >/dev/null ;;
  # SQLite's own online copy, whole while others write. A file that isn't there would be made, and copied as an empty one.
  sqlite)
    rm -f "$1"
    python3 -c '
import sqlite3, sys
copy = sqlite3.connect(sys.argv[2])
sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).backup(copy)
(verdict,) = copy.execute("pragma quick_check(1)").fetchone()
sys.exit(0 if verdict == "ok" else f"the copy is damaged: {verdict}")
' "$DATABASE_FILE" "$1"
    ;;
  esac
}

backup() {
  if copy "/backups/unfinished" && mv /backups/unfinished "/backups/$1.backup"; then
    rm -f /backups/failed
    find /backups -name '*.backup' -mtime "+$BACKUP_DAYS" -delete
    echo "made $1.backup"
  else
    touch /backups/failed
    echo "the backup failed" >&2
    return 1
  fi
}

if [ "${1:-}" = now ]; then
  backup "$(date -u +%Y-%m-%dT%H%M%SZ)"
  exit
fi
trap 'exit 0' TERM
while :; do
  today=$(date -u +%Y-%m-%d)
  if [ "$(date -u +%H)" -ge 3 ] && [ ! -e "/backups/$today.backup" ]; then backup "$today" || true; fi
  sleep 60 &
  wait $!
done
