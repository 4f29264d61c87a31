"""PostgreSQL: always over TLS, always with a limit on the time that something may take."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import Connection, Engine, NullPool, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from orders.driver import AnotherMigratorError
from orders.settings import PostgresSettings

IDLE_SECONDS = 1.0
"""After how long unused a pooled connection is tested. Under load the test would only cost time."""

PING_SECONDS = 1.0
"""How long that test may take: enough of a statement's time is left to connect anew."""

ADVISORY_LOCK = 0x6F7264657273
"""The key under which migrators of this database queue ("orders" in ASCII)."""

POLL_SECONDS = 0.5
"""Between two looks at the advisory lock."""

# Connection failure, login refused (a password in rotation), read-only (a failover), rolled back
# by a conflict, no such database, out of resources, lock not available, operator intervention.
OUTAGE_SQLSTATES = ("08", "28", "25006", "40", "3D", "53", "55P03", "57")
LOCK_NOT_AVAILABLE = "55P03"

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class Postgres:
    # Without BEGIN and ROLLBACK, which are a round trip each.
    reading = {"isolation_level": "AUTOCOMMIT"}  # noqa: RUF012

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._connect = connector(settings)

    def engine(self) -> AsyncEngine:
        settings = self._settings
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connector(settings, settings.database_command_timeout_seconds),
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            pool_recycle=settings.database_pool_recycle_seconds,
            # Few connections that are always in use rather than many that are often idle.
            pool_use_lifo=True,
            # Parameters are customers' data, and errors are logged.
            hide_parameters=True,
        )
        if settings.database_pool_pre_ping:
            replace_broken_connections(engine.sync_engine)
        return engine

    async def ping(self) -> None:
        connection = await self._connect()
        try:
            await connection.execute("SELECT 1")
            await connection.close()
        finally:
            connection.terminate()

    def is_outage(self, error: Exception) -> bool:
        return sqlstate(error).startswith(OUTAGE_SQLSTATES)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        settings = self._settings
        connect = connector(
            settings,
            lock_timeout=str(settings.migration_lock_timeout_ms),
            statement_timeout=str(settings.migration_statement_timeout_ms),
            # A migrator whose node is lost gives the lock back after 30 s rather than two hours.
            tcp_keepalives_idle="15",
            tcp_keepalives_interval="5",
            tcp_keepalives_count="3",
        )
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=connect, poolclass=NullPool
        )
        # One connection for the lock and the work: if it breaks, both are over.
        async with engine.connect() as connection:
            await _take_turn(connection, settings.migration_lock_wait_seconds)
            await connection.run_sync(wait_where_nobody_is_held_up)
            yield connection

    def is_table_lock(self, error: Exception) -> bool:
        return sqlstate(error) == LOCK_NOT_AVAILABLE


def connector(
    settings: PostgresSettings, command_timeout: float | None = None, **server_settings: str
) -> Connect:
    """Opens connections whose server certificate must match both the CA file and the host name."""
    return partial(
        asyncpg.connect,
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
        user=settings.database_user,
        password=settings.database_password.get_secret_value(),
        ssl=ssl.create_default_context(cafile=settings.database_ca_file),
        timeout=settings.database_connect_timeout_seconds,
        command_timeout=command_timeout,
        server_settings={"application_name": "orders", **server_settings},
    )


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of an error, or an empty string."""
    if isinstance(error, DBAPIError):
        error = error.driver_exception
    return getattr(error, "sqlstate", None) or ""


def replace_broken_connections(engine: Engine) -> None:
    """SQLAlchemy's pool_pre_ping, but without a ping for connections in steady use."""

    @event.listens_for(engine, "checkin")
    def remember(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["last_used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def test(adapter: Any, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if "last_used" not in entry.info:
            return  # It is new.
        connection: asyncpg.Connection = adapter.driver_connection
        if connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - entry.info["last_used"] > IDLE_SECONDS:
            try:
                adapter.run_async(lambda driver: driver.execute(";", timeout=PING_SECONDS))
            except Exception as error:
                connection.terminate()
                raise InvalidatePoolError from error


async def _take_turn(connection: AsyncConnection, wait_seconds: float) -> None:
    """Locks by asking again and again.

    A blocking pg_advisory_lock would hold a snapshot, and CREATE INDEX CONCURRENTLY in the
    migrator ahead would wait for it forever.
    """
    deadline = time.monotonic() + wait_seconds
    while not await connection.scalar(select(func.pg_try_advisory_lock(ADVISORY_LOCK))):
        await connection.commit()
        if time.monotonic() >= deadline:
            raise AnotherMigratorError(wait_seconds)
        await asyncio.sleep(POLL_SECONDS)
    await connection.commit()


def wait_where_nobody_is_held_up(connection: Connection) -> None:
    """Lifts lock_timeout for `… CONCURRENTLY`.

    It waits for every older transaction, in nobody's way, and would leave an invalid index when
    it is cut short.
    """

    @event.listens_for(connection, "before_cursor_execute")
    def lift(_connection: Connection, cursor: DBAPICursor, statement: str, *_: Any) -> None:
        if "CONCURRENTLY" in statement.upper():
            cursor.execute("SET lock_timeout = 0")

    @event.listens_for(connection, "after_cursor_execute")
    def restore(_connection: Connection, cursor: DBAPICursor, statement: str, *_: Any) -> None:
        if "CONCURRENTLY" in statement.upper():
            cursor.execute("RESET lock_timeout")
