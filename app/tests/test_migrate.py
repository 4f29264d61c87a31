import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from orders.migrate import alembic_config
from orders.models import Base
from orders.postgres import ADVISORY_LOCK, connector, wait_where_nobody_is_held_up
from orders.settings import PostgresSettings
from tests.conftest import Env, finish, migrate, on_postgresql, query, start

IMAGE = "registry.example/orders@sha256:" + "a" * 64


@asynccontextmanager
async def connection_to(env: Env) -> AsyncIterator[AsyncConnection]:
    values: dict[str, Any] = {
        name.removeprefix("APP_").lower(): value for name, value in env.items() if name != "PATH"
    }
    if "database_file" in values:
        file = URL.create("sqlite+aiosqlite", database=values["database_file"])
        engine = create_async_engine(file)
    else:
        connect = connector(PostgresSettings(**values))
        engine = create_async_engine("postgresql+asyncpg://", async_creator=connect)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def migrate_to(env: Env, revision: str) -> None:
    def upgrade(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), revision)

    async with connection_to(env) as connection:
        await connection.run_sync(upgrade)


async def history(env: Env) -> list[tuple[Any, ...]]:
    columns = "from_revision, to_revision, image"
    return await query(env, f"SELECT {columns} FROM migration_history ORDER BY id")


async def test_ten_at_once(env: Env) -> None:
    processes = [start("migrate", env | {"APP_IMAGE": IMAGE}) for _ in range(10)]
    finished = [await asyncio.to_thread(finish, process) for process in processes]
    assert [one.code for one in finished] == [0] * 10
    assert await history(env) == [(None, "0001", IMAGE), ("0001", "0002", IMAGE)]


async def test_models_match_the_migrations(env: Env) -> None:
    def differences(connection: Connection) -> list[Any]:
        # SQLite has no identities, which count as defaults.
        opts = {"compare_server_default": connection.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, Base.metadata))

    assert migrate(env).code == 0
    async with connection_to(env) as connection:
        assert await connection.run_sync(differences) == []


async def test_a_failure_is_the_last_line(env: Env) -> None:
    await query(env, "CREATE TABLE order_lines (id INTEGER)")
    finished = migrate(env)
    assert finished.code == 1
    assert "revision 0001" in finished.last
    assert re.search(r'Error: (table|relation) "?order_lines"? already exists', finished.last)
    assert len(finished.last) < 1500
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        await query(env, "SELECT * FROM orders")

    await query(env, "DROP TABLE order_lines")
    assert migrate(env).code == 0


@on_postgresql
def test_a_refused_login_is_one_line(env: Env) -> None:
    finished = migrate(env | {"APP_DATABASE_PASSWORD": "wrong"})
    assert finished.code == 1
    assert "InvalidPasswordError" in finished.last
    assert len(finished.log) == 1


async def test_an_unknown_revision_is_left_alone(env: Env) -> None:
    assert migrate(env).code == 0
    await query(env, "UPDATE alembic_version SET version_num = '9999'")
    finished = migrate(env)
    assert finished.code == 0
    assert "9999" in finished.last
    assert "left alone" in finished.last
    assert await query(env, "SELECT version_num FROM alembic_version") == [("9999",)]


@on_postgresql
async def test_gives_up_when_another_holds_the_lock(env: Env, sql: asyncpg.Connection) -> None:
    await sql.execute(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
    finished = migrate(env | {"APP_MIGRATION_LOCK_WAIT_SECONDS": "1"})
    assert finished.code == 1
    assert "another migrator" in finished.last
    assert await sql.fetchval("SELECT to_regclass('orders')") is None


@on_postgresql
async def test_a_long_transaction_delays_readers_only_briefly(
    env: Env, sql: asyncpg.Connection
) -> None:
    await migrate_to(env, "0001")
    async with connection_to(env) as reader:
        async with sql.transaction():
            await sql.execute("SELECT FROM orders")
            process = start("migrate", env)
            longest, waiting_since = 0.0, float("inf")
            while time.perf_counter() - waiting_since < 2:
                if await sql.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                    waiting_since = min(waiting_since, time.perf_counter())
                assert process.poll() is None
                asked = time.perf_counter()
                await reader.exec_driver_sql("SELECT FROM orders")
                await reader.rollback()
                longest = max(longest, time.perf_counter() - asked)
                await asyncio.sleep(0.01)
        finished = await asyncio.to_thread(finish, process)
    assert finished.code == 0
    assert any("waits for a table lock" in entry["message"] for entry in finished.log)
    assert 0.5 < longest < 1.5


@on_postgresql
async def test_an_index_concurrently_waits_for_long_transactions(
    env: Env, sql: asyncpg.Connection
) -> None:
    def build(connection: Connection) -> None:
        wait_where_nobody_is_held_up(connection)
        connection.exec_driver_sql("SET lock_timeout = '100ms'")
        connection.exec_driver_sql("CREATE INDEX CONCURRENTLY late ON orders (customer)")

    assert migrate(env).code == 0
    async with connection_to(env) as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        async with sql.transaction():
            await sql.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE")
            building = asyncio.create_task(connection.run_sync(build))
            await asyncio.sleep(1)
            assert not building.done()
        await building
        timeout = await connection.exec_driver_sql("SHOW lock_timeout")
        assert timeout.scalar() == "0"
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'late'::regclass"
    assert await sql.fetchval(valid)


@on_postgresql
@pytest.mark.parametrize("signal", [9, 15])
async def test_killed_in_the_middle(env: Env, sql: asyncpg.Connection, signal: int) -> None:
    await migrate_to(env, "0001")
    async with sql.transaction():
        await sql.execute("SELECT FROM orders")
        process = start("migrate", env | {"APP_MIGRATION_LOCK_TIMEOUT_MS": "60000"})
        while not await sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.1)
        process.send_signal(signal)
        await asyncio.to_thread(process.communicate)
        assert process.returncode in (-9, 128 + 15)
    assert migrate(env).code == 0
    assert [to for _, to, _ in await history(env)] == ["0001", "0002"]
