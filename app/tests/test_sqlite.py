"""What only holds for a file."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from orders.database import Database, DatabaseUnavailableError
from orders.migrate import MigrationError
from orders.migrate import migrate as migrate_here
from orders.settings import Settings, load_settings
from tests.conftest import (
    NEW_ORDER,
    Env,
    Serve,
    finish,
    migrate,
    on_sqlite,
    open_file,
    query,
    start,
)

pytestmark = on_sqlite

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

Load = Callable[[Env], Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    def load(env: Env) -> Settings:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


async def test_a_service_without_its_file_waits_for_it(env: Env, serve: Serve) -> None:
    service = serve(env)
    for path, status in [("orders", 503), ("readyz", 503), ("healthz", 200)]:
        assert httpx.get(f"{service.url}/{path}").status_code == status
    assert migrate(env).code == 0
    await asyncio.sleep(1)  # Until the readiness answer from before has expired.
    for path in ["orders", "readyz", "healthz"]:
        assert httpx.get(f"{service.url}/{path}").status_code == 200


async def test_writers_queue(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env)
    async with httpx.AsyncClient(timeout=30) as client:
        url = f"{service.url}/orders"
        # No more than a busy machine writes within the seconds that one of them waits.
        answers = await asyncio.gather(*(client.post(url, json=NEW_ORDER) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 30


async def test_readers_wait_for_no_writer(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env)
    with open_file(shared_env) as file:
        file.execute("BEGIN IMMEDIATE")
        file.execute("UPDATE orders SET customer = 'nobody'")
        started = time.perf_counter()
        page = httpx.get(f"{service.url}/orders")
        assert time.perf_counter() - started < 1
    assert "nobody" not in page.text


async def test_a_statement_ends_at_its_limit(shared_env: Env, load: Load) -> None:
    database = Database(load(shared_env | {"APP_DATABASE_COMMAND_TIMEOUT_SECONDS": "0.5"}))

    async def endless(session: AsyncSession) -> None:
        await session.execute(text(ENDLESS))

    with pytest.raises(DatabaseUnavailableError) as error:
        await database.read(endless)
    assert "interrupted" in str(error.value.__cause__)
    await database.close()


async def test_references_hold(shared_env: Env, load: Load) -> None:
    database = Database(load(shared_env))

    async def insert(session: AsyncSession) -> None:
        await session.execute(text("INSERT INTO order_lines VALUES (999999, 0, 'a', 1, 1)"))

    with pytest.raises(IntegrityError):
        await database.write(insert)
    await database.close()


async def test_numbers_are_used_once(env: Env, serve: Serve) -> None:
    assert migrate(env).code == 0
    service = serve(env)
    first = httpx.post(f"{service.url}/orders", json=NEW_ORDER).json()["id"]
    await query(env, "DELETE FROM orders")
    assert httpx.post(f"{service.url}/orders", json=NEW_ORDER).json()["id"] > first


def dump(env: Env) -> list[str]:
    with open_file(env) as file:
        return list(file.iterdump())


async def test_a_failed_migration_leaves_the_file_as_it_was(env: Env) -> None:
    """All revisions or none: the image before goes on with what it left."""
    await query(env, "CREATE VIEW migration_history AS SELECT 1")  # What 0001 makes last.
    before = dump(env)
    assert migrate(env).code == 1
    assert dump(env) == before


async def test_rows_without_what_they_refer_to_fail_a_migration(env: Env) -> None:
    assert migrate(env).code == 0
    await query(env, "INSERT INTO order_lines VALUES (999999, 0, 'a', 1, 1)")
    finished = migrate(env)
    assert finished.code == 1
    assert "a row of order_lines refers to none of orders" in finished.last


async def test_gives_up_when_another_writes(env: Env) -> None:
    with open_file(env) as file:
        file.execute("BEGIN IMMEDIATE")
        finished = migrate(env | {"APP_MIGRATION_LOCK_WAIT_SECONDS": "1"})
    assert finished.code == 1
    assert "another migrator" in finished.last
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await query(env, "SELECT * FROM orders")


async def test_a_migration_ends_at_its_limit(
    env: Env, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(connection: Any, *_: Any) -> None:
        connection.exec_driver_sql(ENDLESS)

    monkeypatch.setattr("orders.migrate._upgrade", upgrade)
    with pytest.raises(MigrationError, match="interrupted"):
        await migrate_here(load(env | {"APP_MIGRATION_STATEMENT_TIMEOUT_MS": "300"}))


async def test_a_killed_migrator_leaves_the_file_as_it_was(env: Env) -> None:
    """The next one goes on: SQLite undoes what was not committed."""
    process = start("migrate", env)
    journal = Path(env["APP_DATABASE_FILE"] + "-wal")
    while not (journal.exists() and journal.stat().st_size):
        assert process.poll() is None
    process.kill()
    await asyncio.to_thread(process.communicate)
    assert (await asyncio.to_thread(finish, start("migrate", env))).code == 0
    revisions = await query(env, "SELECT to_revision FROM migration_history ORDER BY id")
    assert revisions == [("0001",), ("0002",)]
