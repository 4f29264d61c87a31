"""Connections to PostgreSQL: always over TLS, always with a limit on the time they may take."""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from orders.settings import Settings

logger = logging.getLogger(__name__)

TRANSACTION_MARGIN_SECONDS = 0.5
"""What a transaction gets beyond one statement's limit, from waiting for a connection to its
commit. An outage is answered by then, whatever a driver's timeouts add up to."""

IDLE_SECONDS = 1.0
"""After how long unused a pooled connection is tested. Under load the test would only cost time."""

PING_SECONDS = 1.0
"""How long that test may take: enough of a statement's time is left to connect anew."""

CLOSE_SECONDS = 2.0
"""Longest that closing the pool may take: a frozen database must not delay the shutdown."""

# Connection failure, login refused (a password in rotation), read-only (a failover), rolled back
# by a conflict, no such database, out of resources, lock not available, operator intervention.
OUTAGE_SQLSTATES = ("08", "28", "25006", "40", "3D", "53", "55P03", "57")

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[AsyncSession, P], Awaitable[T]]
Connect = Callable[[], Awaitable[asyncpg.Connection]]


class DatabaseUnavailableError(Exception):
    """The database can't be reached or didn't answer in time; trying again may help."""


def connector(
    settings: Settings, command_timeout: float | None = None, **server_settings: str
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


def reason(error: BaseException) -> str:
    """The error's kind and first line, and its statement: what follows may quote rows."""
    statement = ""
    if isinstance(error, DBAPIError):
        if error.statement:
            statement = f" [SQL: {' '.join(error.statement.split())[:400]}]"
        error = error.driver_exception
    message = str(error).partition("\n")[0][:600]
    return f"{type(error).__name__}: {message}{statement}"


def is_outage(error: Exception) -> bool:
    return (
        isinstance(error, OSError)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
        or sqlstate(error).startswith(OUTAGE_SQLSTATES)
    )


class Database:
    def __init__(self, settings: Settings) -> None:
        self._engine = create_async_engine(
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
            replace_broken_connections(self._engine.sync_engine)
        self._writes = async_sessionmaker(self._engine, expire_on_commit=False)
        # Without BEGIN and ROLLBACK, which are a round trip each.
        autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reads = async_sessionmaker(autocommit, expire_on_commit=False)
        self._limit = settings.database_command_timeout_seconds + TRANSACTION_MARGIN_SECONDS
        self._abandoned: set[asyncio.Task[Any]] = set()

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work(session, …)`, each statement of which sees what is committed by then."""

        async def reading() -> T:
            async with self._reads() as session:
                return await work(session, *args, **kwargs)

        return await self._within_limit(reading())

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work(session, …)` in a transaction that is committed when it returns."""

        async def writing() -> T:
            async with self._writes() as session:
                result = await work(session, *args, **kwargs)
                await session.commit()
                return result

        return await self._within_limit(writing())

    async def _within_limit(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        try:
            finished, _ = await asyncio.wait({task}, timeout=self._limit)
            if not finished:
                raise TimeoutError(f"nothing within {self._limit:g} s")
            return task.result()
        except Exception as error:
            if not is_outage(error):
                raise
            logger.warning("the database does not answer: %s", reason(error))
            raise DatabaseUnavailableError from error
        finally:
            # Nobody waits for the task to end: saying goodbye to a frozen database takes seconds.
            if task.cancel():
                self._abandoned.add(task)
                task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            # Or asyncio logs the error as it is, with the rows that it quotes.
            task.exception()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._engine.dispose()
        except TimeoutError:
            logger.warning("the database did not answer while the pool was closed")


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
