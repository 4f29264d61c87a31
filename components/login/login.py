"""Opens the service's login to its database, or shuts the one before. The owner runs it.

It runs in the service's own image, before the migration and after a rollout, with whichever driver
of PostgreSQL the image has. libpq's variables, such as PGHOST, say where the database is: psycopg,
psycopg2 and asyncpg read them by themselves.
"""

import base64
import hashlib
import hmac
import os
import secrets
import sys
import time
from pathlib import Path

from drivers import NoDriverError, Rows, Run, connect

LOCK = 0x6C6F67696E
"""Of PostgreSQL's advisory locks ("login" in ASCII): services of one database take turns, since
two that grant on the same object at once fail."""

REMARK = "fastapi-eks databaseCredential "
"""Before the number that a login is open for, in the comment on its role."""

VERSION_TABLES = "('alembic_version')"
"""What the service may read, but not write: where a migration goes on from."""

OWN_SCHEMAS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
"""Those that aren't PostgreSQL's."""

RIGHTS = {
    "table": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "version table": ("SELECT",),
    "sequence": ("SELECT", "USAGE"),
}


class LoginError(Exception):
    """Says in one line what is wrong, and what repairs it."""


def main(step: str) -> None:
    passwords = Path(os.environ["LOGIN_PASSWORD_FOLDER"])
    run = connect((passwords / "owner").read_text())
    group, current, other = (os.environ[f"LOGIN_{name}"] for name in ("GROUP", "CURRENT", "OTHER"))
    # A migration of another service may hold what is granted here.
    run("SET lock_timeout = '10s'")
    run("SET statement_timeout = '60s'")
    if step == "open":
        password = (passwords / "login").read_text()
        open_login(run, group, current, other, int(os.environ["LOGIN_NUMBER"]), password)
    else:
        shut_login(run, other, int(os.environ["LOGIN_GRACE_SECONDS"]))


def open_login(run: Run, group: str, current: str, other: str, number: int, password: str) -> None:
    """In one transaction: all of it holds, or nothing has changed."""
    run("BEGIN")
    run(f"SELECT pg_advisory_xact_lock({LOCK})")
    for role in (group, current, other):
        if not run(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            run(f'CREATE ROLE "{role}" NOLOGIN')
    refuse_login_in_use(run, current, other, number)
    run(f'GRANT "{group}" TO "{current}", "{other}"')
    run(f"""ALTER ROLE "{current}" LOGIN PASSWORD '{verifier(password)}'""")
    run(f"""COMMENT ON ROLE "{current}" IS '{REMARK}{number}'""")
    strangers = grant(run, group)
    run("COMMIT")
    for owner, relation in strangers:
        print(f"{relation} belongs to {owner}: {group} has no rights on it but what {owner} grants")
    print(f"{current} is open for databaseCredential {number}")


def refuse_login_in_use(run: Run, current: str, other: str, number: int) -> None:
    """Pods may still log in with a password of before: another one would shut them out."""
    rows = run(
        f"""SELECT rolname,
        substring(shobj_description(oid, 'pg_authid') FROM '{REMARK}([0-9]+)')
        FROM pg_roles WHERE rolname IN ('{current}', '{other}') AND rolcanlogin"""
    )
    open_for = {str(role): known for role, known in rows}
    known = open_for.get(current) or str(number)
    if known == str(number):
        return
    way = open_for.get(other) or str(number + 1)
    raise LoginError(
        f"databaseCredential: got {number}, while pods may still log in as {current} "
        f"with the password of {known}; allowed: {known}, {way}; "
        f"fix: pulumi config set databaseCredential {way}"
    )


def grant(run: Run, group: str) -> Rows:
    """Rows alone, of whatever the owner has and will have. Returns what it doesn't own."""
    (database,) = run("SELECT quote_ident(current_database())")[0]
    run(f'GRANT CONNECT ON DATABASE {database} TO "{group}"')
    run(f'ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO "{group}"')
    for kind in ("table", "sequence"):
        rights = ", ".join(RIGHTS[kind])
        run(f'ALTER DEFAULT PRIVILEGES GRANT {rights} ON {kind}S TO "{group}"')
    grant_schemas(run, group)
    return grant_relations(run, group)


def grant_schemas(run: Run, group: str) -> None:
    for schema, is_usable, is_open in run(
        f"""SELECT quote_ident(nspname), has_schema_privilege('{group}', oid, 'USAGE'),
        has_schema_privilege('{group}', oid, 'CREATE') FROM pg_namespace
        WHERE {OWN_SCHEMAS} AND pg_has_role(nspowner, 'USAGE')"""
    ):
        if not is_usable:
            run(f'GRANT USAGE ON SCHEMA {schema} TO "{group}"')
        # PostgreSQL before 15 let everybody make tables in `public`, and an upgrade keeps that.
        if is_open:
            run(f'REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, "{group}"')


def grant_relations(run: Run, group: str) -> Rows:
    relations = run(
        f"""SELECT quote_ident(nspname) || '.' || quote_ident(relname),
        CASE WHEN relkind = 'S' THEN 'sequence' WHEN relname IN {VERSION_TABLES}
        THEN 'version table' ELSE 'table' END,
        ARRAY(SELECT privilege_type::text FROM aclexplode(relacl)
            WHERE grantee = '{group}'::regrole),
        pg_has_role(relowner, 'USAGE'), pg_get_userbyid(relowner)
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {OWN_SCHEMAS}
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = c.oid AND deptype = 'e')"""
    )
    for relation, kind, held, is_ours, _ in relations:
        what = "SEQUENCE" if kind == "sequence" else "TABLE"
        missing = [right for right in RIGHTS[kind] if right not in held]
        surplus = [right for right in held if right not in RIGHTS[kind]]
        # What is right already is left alone: a grant is a write to the catalogue.
        if missing and is_ours:
            run(f'GRANT {", ".join(missing)} ON {what} {relation} TO "{group}"')
        if surplus and is_ours:
            run(f'REVOKE {", ".join(surplus)} ON {what} {relation} FROM "{group}"')
    return [(owner, relation) for relation, _, _, is_ours, owner in relations if not is_ours]


def shut_login(run: Run, login: str, grace_seconds: int) -> None:
    if not run(f"SELECT 1 FROM pg_roles WHERE rolname = '{login}' AND rolcanlogin"):
        print(f"{login} is shut")
        return
    # The last of the pods that log in so was told to stop before this began.
    time.sleep(grace_seconds)
    run(f'ALTER ROLE "{login}" NOLOGIN')
    ended = run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'")
    print(f"{login} is shut; sessions that it still had, and that are ended: {len(ended)}")


def verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803), as psql's \\password sends it: a server may
    log statements, and this lets nobody in."""
    iterations, salt = 4096, secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key, server_key = (
        hmac.digest(salted, text, "sha256") for text in (b"Client Key", b"Server Key")
    )
    stored, server, salt_text = (
        base64.b64encode(key).decode()
        for key in (hashlib.sha256(client_key).digest(), server_key, salt)
    )
    return f"SCRAM-SHA-256${iterations}:{salt_text}${stored}:{server}"


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (LoginError, NoDriverError) as error:
        sys.exit(str(error))
    except Exception as error:
        # Drivers have no error in common. Its text may go on with the statement.
        said, *_ = str(error).splitlines() or [""]
        sys.exit(f"the database's login: {type(error).__name__}: {said}")
