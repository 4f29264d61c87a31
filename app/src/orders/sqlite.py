"""SQLite: one file in WAL mode, which one process writes to at a time while others read."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, Engine, NullPool, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from orders.driver import AnotherMigratorError
from orders.settings import SqliteSettings

POLL_SECONDS = 0.5
"""Between two tries to be the one who writes."""

STEPS = 10_000
"""Of SQLite's virtual machine, between two looks at a statement's limit: less than 1 ms."""

# Locked by a writer, gone or not to be written, full, broken, a statement at its limit.
OUTAGES = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR")
INTERRUPTED = "SQLITE_INTERRUPT"


class Sqlite:
    # A transaction that only reads waits for nobody, and nobody for it.
    reading = {"begin": "BEGIN"}  # noqa: RUF012

    def __init__(self, settings: SqliteSettings) -> None:
        self._settings = settings

    def engine(self) -> AsyncEngine:
        settings = self._settings
        limit = settings.database_command_timeout_seconds
        engine = create_async_engine(
            self._url("rw"),
            connect_args={"timeout": limit},
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_use_lifo=True,
            # Parameters are customers' data, and errors are logged.
            hide_parameters=True,
        )
        begin_explicitly(engine.sync_engine)
        limit_statements(engine.sync_engine, limit)
        event.listen(engine.sync_engine, "connect", keep_references)
        return engine

    async def ping(self) -> None:
        url = f"{self._settings.database_file.as_uri()}?mode=ro"
        async with aiosqlite.connect(url, uri=True) as connection:
            await connection.execute("SELECT count(*) FROM sqlite_schema")

    def is_outage(self, error: Exception) -> bool:
        return error_name(error).startswith((*OUTAGES, INTERRUPTED))

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """All revisions in one transaction: one that fails leaves the file as it was.

        References aren't enforced meanwhile, since SQLite changes most of a table by copying and
        dropping it, but checked at the end.
        """
        settings = self._settings
        engine = create_async_engine(
            self._url("rwc"), connect_args={"timeout": 0}, poolclass=NullPool
        )
        begin_explicitly(engine.sync_engine)
        limit_statements(engine.sync_engine, settings.migration_statement_timeout_ms / 1000)
        async with engine.connect() as connection:
            await _take_turn(connection, settings.migration_lock_wait_seconds)
            yield connection
            broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()
            if broken:
                raise RuntimeError(f"a row of {broken.table} refers to none of {broken.parent}")
            await connection.commit()

    def is_table_lock(self, _: Exception) -> bool:
        return False

    def _url(self, mode: str) -> URL:
        # Without a mode, a service whose file is missing would begin with an empty one.
        file = self._settings.database_file.as_uri()
        return URL.create("sqlite+aiosqlite", database=file, query={"mode": mode, "uri": "true"})


def error_name(error: BaseException) -> str:
    """SQLite's name of an error, or an empty string."""
    if isinstance(error, DBAPIError):
        error = error.driver_exception
    return str(getattr(error, "sqlite_errorname", ""))


def begin_explicitly(engine: Engine) -> None:
    """Python's sqlite3 begins no transaction before DDL, and a late one before a change.

    Whoever is to write says so at once: SQLite lets no transaction that has read become one that
    writes if another has written meanwhile, and doesn't wait then.
    """

    @event.listens_for(engine, "connect")
    def leave_it_to_us(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        how = connection.get_execution_options().get("begin", "BEGIN IMMEDIATE")
        connection.exec_driver_sql(how)


def limit_statements(engine: Engine, seconds: float) -> None:
    """Interrupts a statement that takes longer: its thread can't be cancelled."""

    @event.listens_for(engine, "connect")
    def watch(connection: Any, entry: ConnectionPoolEntry) -> None:
        def is_late() -> bool:
            deadline: float = entry.info.get("deadline", float("inf"))
            return time.monotonic() > deadline

        connection.run_async(lambda driver: driver.set_progress_handler(is_late, STEPS))

    @event.listens_for(engine, "before_cursor_execute")
    def start(connection: Connection, *_: Any) -> None:
        connection.info["deadline"] = time.monotonic() + seconds


def keep_references(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def _take_turn(connection: AsyncConnection, wait_seconds: float) -> None:
    """Writes alone from here on. The first one sets WAL mode, which stays the file's."""
    deadline = time.monotonic() + wait_seconds
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, aiosqlite.Connection)  # noqa: S101
    while True:
        try:
            await driver.execute("PRAGMA journal_mode = WAL")
            await connection.begin()
        except (OperationalError, sqlite3.OperationalError) as error:
            if not error_name(error).startswith("SQLITE_BUSY"):
                raise
            if time.monotonic() >= deadline:
                raise AnotherMigratorError(wait_seconds) from error
            await asyncio.sleep(POLL_SECONDS)
        else:
            return
