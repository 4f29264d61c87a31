# shellcheck shell=bash
# Sourced by PostgreSQL's image when it has made an empty database: the service's role owns its database, and is no superuser.
psql --set ON_ERROR_STOP=1 --username postgres --set name="$DATABASE_NAME" \
  --set password="$(</run/secrets/password)" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
SQL
