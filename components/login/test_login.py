"""The login as the Jobs open and shut it, on a real server, by each driver that an image may have.

The owner is what RDS' master user is: no superuser, but it may make roles and end sessions
("Understanding the rds_superuser role" in RDS' user guide, and aboutbits/postgresql-operator#70,
which lists what it may read; 2026-11).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import trustme
from psycopg.errors import InsufficientPrivilege, OperationalError
from tests.postgres import PASSWORD, Postgres, running_postgres

SCRIPT = Path(__file__).with_name("login.py")
DRIVERS = ("psycopg", "psycopg2", "asyncpg", "pg8000")

AS_ITSELF = """
import os, runpy, sys
script, hidden = sys.argv[1], sys.argv[2].split(",")
sys.modules.update(dict.fromkeys(hidden))
sys.argv = [script, sys.argv[3]]
# As for a script that Python is started with.
sys.path[0] = os.path.dirname(script)
runpy.run_path(script, run_name="__main__")
"""


class Service:
    """One whose owner is `orders`, and whose logins are `orders_app_a` and `orders_app_b`."""

    def __init__(self, server: Postgres, folder: Path, name: str = "orders") -> None:
        self.server, self.folder, self.name = server, folder, name
        self.number = 1
        self.passwords = {"a": "a-first", "b": "b-first"}

    def step(
        self, step: str = "open", *drivers: str, others: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        """Without a driver's name, with all of them."""
        current, other = ("a", "b") if self.number % 2 else ("b", "a")
        (self.folder / "owner").write_text("owner's")
        (self.folder / "login").write_text(self.passwords[current])
        hidden = ",".join(set(DRIVERS) - set(drivers)) if drivers or others else "-"
        environment = {
            "PATH": os.environ["PATH"],
            "PGHOST": "localhost",
            "PGPORT": str(self.server.port),
            "PGDATABASE": "orders",
            "PGUSER": "orders",
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": str(self.server.ca_file),
            "PGCONNECT_TIMEOUT": "10",
            "LOGIN_PASSWORD_FOLDER": str(self.folder),
            "LOGIN_GROUP": f"{self.name}_app",
            "LOGIN_CURRENT": f"{self.name}_app_{current}",
            "LOGIN_OTHER": f"{self.name}_app_{other}",
            "LOGIN_NUMBER": str(self.number),
            "LOGIN_GRACE_SECONDS": "0",
        }
        return subprocess.run(
            [sys.executable, "-c", AS_ITSELF, str(SCRIPT), hidden, step],
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
        )

    def succeed(self, step: str = "open", *drivers: str) -> str:
        done = self.step(step, *drivers)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rotate(self, number: int) -> None:
        self.number = number
        self.passwords["a" if number % 2 else "b"] = f"password-{number}"

    def session(
        self, user: str, password: str, database: str = "orders"
    ) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host="localhost",
            port=self.server.port,
            dbname=database,
            user=user,
            password=password,
            sslmode="verify-full",
            sslrootcert=str(self.server.ca_file),
            autocommit=True,
        )

    def owner(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return self.session("orders", "owner's")

    def superuser(self, database: str = "orders") -> "psycopg.Connection[tuple[Any, ...]]":
        return self.session("postgres", PASSWORD, database)

    def app(self, login: str = "a") -> "psycopg.Connection[tuple[Any, ...]]":
        return self.session(f"{self.name}_app_{login}", self.passwords[login])

    def may_log_in(self, login: str, password: str | None = None) -> bool:
        try:
            self.session(f"{self.name}_app_{login}", password or self.passwords[login]).close()
        except OperationalError:
            return False
        return True


def migrate(service: Service) -> None:
    """As Alembic does: a table of its own, and one with a sequence."""
    with service.owner() as owner:
        owner.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        owner.execute("INSERT INTO alembic_version VALUES ('0001')")
        owner.execute("CREATE TABLE orders (id serial PRIMARY KEY, customer text)")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def service(server: Postgres, tmp_path: Path) -> Iterator[Service]:
    service = Service(server, tmp_path)
    with service.superuser("postgres") as superuser:
        superuser.execute("CREATE ROLE orders LOGIN CREATEDB CREATEROLE PASSWORD 'owner''s'")
        superuser.execute("GRANT pg_signal_backend TO orders")
        superuser.execute("CREATE DATABASE orders OWNER orders")
    yield service
    with service.superuser("postgres") as superuser:
        superuser.execute("DROP DATABASE orders WITH (FORCE)")
        # The owner last: it granted the others what they have.
        for (role,) in superuser.execute(
            "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' "
            "ORDER BY rolname = 'orders', rolname DESC"
        ).fetchall():
            superuser.execute(f'DROP ROLE "{role}"')


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_app_reads_and_writes_rows_and_alters_nothing(service: Service, driver: str) -> None:
    service.succeed("open", driver)
    migrate(service)
    # By default privileges, the app may write to whatever the migration has just made.
    service.succeed("open", driver)
    with service.app() as app:
        app.execute("INSERT INTO orders (customer) VALUES ('Ada')")
        app.execute("UPDATE orders SET customer = 'Grace'")
        assert app.execute("SELECT id, customer FROM orders").fetchall() == [(1, "Grace")]
        app.execute("DELETE FROM orders")
        assert app.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        for refused in (
            "UPDATE alembic_version SET version_num = '0000'",
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "ALTER TABLE orders ADD COLUMN mine int",
            "DROP TABLE orders",
            "TRUNCATE orders",
            "CREATE INDEX ON orders (customer)",
            "SET ROLE orders",
            "ALTER ROLE orders PASSWORD 'mine'",
            "CREATE ROLE mine",
            "CREATE DATABASE mine",
        ):
            with pytest.raises(InsufficientPrivilege):
                app.execute(refused)


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_old_login_works_until_it_is_shut(service: Service, driver: str) -> None:
    service.succeed("open", driver)
    assert not service.may_log_in("b")
    service.rotate(2)
    service.succeed("open", driver)
    assert service.may_log_in("a")
    assert service.may_log_in("b")
    left_behind, moved = service.app("a"), service.app("b")
    assert "ended: 1" in service.succeed("shut", driver)
    assert not service.may_log_in("a")
    with pytest.raises(OperationalError):
        left_behind.execute("SELECT 1")
    assert moved.execute("SELECT 1").fetchall() == [(1,)]
    left_behind.close()
    moved.close()
    assert service.succeed("shut", driver) == "orders_app_a is shut\n"


def test_what_is_made_later_is_the_apps_too_in_every_schema(service: Service) -> None:
    service.succeed()
    with service.owner() as owner:
        owner.execute("CREATE SCHEMA sales")
        owner.execute(
            "CREATE TABLE sales.invoices (id bigint GENERATED ALWAYS AS IDENTITY, sum int)"
        )
        owner.execute("CREATE VIEW sales.large AS SELECT * FROM sales.invoices WHERE sum > 9")
    with service.app() as app:
        app.execute("INSERT INTO sales.invoices (sum) VALUES (10)")
        assert app.execute("SELECT sum FROM sales.large").fetchall() == [(10,)]
        with pytest.raises(InsufficientPrivilege):
            app.execute("CREATE TABLE sales.mine (id int)")


def test_what_was_there_before_is_the_apps_too(service: Service) -> None:
    with service.owner() as owner:
        owner.execute('CREATE SCHEMA "Sales, old"')
        owner.execute('CREATE TABLE "Sales, old"."Invoices" (id serial, sum int)')
    migrate(service)
    service.succeed()
    with service.app() as app:
        app.execute('INSERT INTO "Sales, old"."Invoices" (sum) VALUES (1)')
        app.execute("INSERT INTO orders (customer) VALUES ('Ada')")
        with pytest.raises(InsufficientPrivilege):
            app.execute("DELETE FROM alembic_version")


def test_rights_that_somebody_took_or_gave_are_put_right(service: Service) -> None:
    service.succeed()
    migrate(service)
    with service.owner() as owner:
        owner.execute("REVOKE INSERT ON orders FROM orders_app")
        owner.execute("GRANT TRUNCATE ON orders TO orders_app")
        owner.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    service.succeed()
    with service.app() as app:
        app.execute("INSERT INTO orders (customer) VALUES ('Ada')")
        for refused in ("TRUNCATE orders", "CREATE TABLE mine (id int)"):
            with pytest.raises(InsufficientPrivilege):
                app.execute(refused)


def test_a_table_of_somebody_else_is_said_and_holds_up_nothing(service: Service) -> None:
    with service.superuser() as superuser:
        superuser.execute("CREATE ROLE earlier")
        superuser.execute("CREATE TABLE public.theirs (id int)")
        superuser.execute("ALTER TABLE public.theirs OWNER TO earlier")
    assert (
        "public.theirs belongs to earlier: orders_app has no rights on it but" in service.succeed()
    )
    assert service.may_log_in("a")


def test_a_server_that_logs_statements_logs_no_password(service: Service) -> None:
    with service.superuser() as superuser:
        superuser.execute("ALTER SYSTEM SET log_statement = 'all'")
        superuser.execute("SELECT pg_reload_conf()")
    try:
        service.passwords["a"] = "never-to-be-seen"
        service.succeed()
    finally:
        with service.superuser() as superuser:
            superuser.execute("ALTER SYSTEM RESET log_statement")
            superuser.execute("SELECT pg_reload_conf()")
    log = (service.server.directory / "log").read_text()
    assert 'ALTER ROLE "orders_app_a" LOGIN PASSWORD' in log
    assert "never-to-be-seen" not in log
    assert service.may_log_in("a")


def test_back_to_the_number_before_is_back_to_its_password(service: Service) -> None:
    service.succeed()
    service.rotate(2)
    service.succeed()
    service.succeed("shut")
    service.number = 1
    service.succeed()
    assert service.may_log_in("a")
    assert service.may_log_in("b")
    service.succeed("shut")
    assert not service.may_log_in("b")


@pytest.mark.parametrize("is_half_way", [True, False])
def test_no_login_that_pods_may_use_gets_another_password(
    service: Service, is_half_way: bool
) -> None:
    service.succeed()
    before = dict(service.passwords)
    if is_half_way:
        service.rotate(2)
        service.succeed()
    service.rotate(3)
    refused = service.step()
    assert refused.returncode == 1
    way = 2 if is_half_way else 4
    assert refused.stderr == (
        "databaseCredential: got 3, while pods may still log in as orders_app_a with the password "
        f"of 1; allowed: 1, {way}; fix: pulumi config set databaseCredential {way}\n"
    )
    assert service.may_log_in("a", before["a"])
    service.rotate(way)
    service.succeed()
    service.succeed("shut")
    assert not service.may_log_in("a", before["a"])
    assert service.may_log_in("b")


def test_a_number_that_is_done_lets_the_next_but_one_have_the_login_again(service: Service) -> None:
    for number in (1, 2, 3):
        service.rotate(number)
        service.succeed()
        service.succeed("shut")
    assert service.may_log_in("a", "password-3")
    assert not service.may_log_in("a", "password-1")
    assert not service.may_log_in("b")


def test_a_login_that_was_dropped_or_got_another_password_is_repaired(service: Service) -> None:
    service.succeed()
    with service.owner() as owner:
        owner.execute("ALTER ROLE orders_app_a PASSWORD 'by hand'")
    service.succeed()
    assert service.may_log_in("a")
    with service.owner() as owner:
        owner.execute("DROP ROLE orders_app_a")
    service.rotate(2)
    service.succeed()
    service.succeed("shut")
    assert service.may_log_in("b")


def test_two_services_of_one_database_take_turns(service: Service, tmp_path: Path) -> None:
    migrate(service)
    folder = tmp_path / "mailer"
    folder.mkdir()
    mailer = Service(service.server, folder, "mailer")
    with ThreadPoolExecutor() as side_by_side:
        for done in side_by_side.map(lambda one: one.step(), [service, mailer] * 3):
            assert done.returncode == 0, done.stderr
    with mailer.app() as app:
        app.execute("INSERT INTO orders (customer) VALUES ('Ada')")
        with pytest.raises(InsufficientPrivilege):
            app.execute("SET ROLE orders_app")


def test_a_failure_changes_nothing_and_quotes_no_statement(service: Service) -> None:
    service.succeed()
    service.rotate(2)
    holder = service.superuser()
    holder.execute("BEGIN")
    holder.execute("LOCK pg_default_acl IN ACCESS EXCLUSIVE MODE")
    failed = service.step()
    holder.close()
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "lock timeout" in failed.stderr
    assert not service.may_log_in("b")
    assert service.may_log_in("a")


def test_an_image_without_a_driver_is_told_so(service: Service) -> None:
    refused = service.step("open", others=True)
    assert refused.returncode == 1
    assert "none of psycopg, psycopg2, asyncpg, pg8000 is among the packages of" in refused.stderr


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_wrong_authority_is_refused(service: Service, tmp_path: Path, driver: str) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    directory = service.server.directory
    service.server.directory = tmp_path
    refused = service.step("open", driver)
    service.server.directory = directory
    assert refused.returncode == 1
    assert "certificate" in refused.stderr
