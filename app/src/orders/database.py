"""The service's connections: always with a limit on the time that something may take."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from orders.driver import Driver
from orders.postgres import Postgres
from orders.settings import PostgresSettings, Settings, SqliteSettings
from orders.sqlite import Sqlite

logger = logging.getLogger(__name__)

TRANSACTION_MARGIN_SECONDS = 0.5
"""What a transaction gets beyond one statement's limit, from waiting for a connection to its
commit. An outage is answered by then, whatever a driver's timeouts add up to."""

CLOSE_SECONDS = 2.0
"""Longest that closing the pool may take: a frozen database must not delay the shutdown."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[AsyncSession, P], Awaitable[T]]


class DatabaseUnavailableError(Exception):
    """The database can't be reached or didn't answer in time; trying again may help."""


def driver(settings: Settings) -> Driver:
    match settings:
        case PostgresSettings():
            return Postgres(settings)
        case SqliteSettings():
            return Sqlite(settings)
    raise TypeError(f"no kind of database: {type(settings).__name__}")


def reason(error: BaseException) -> str:
    """The error's kind and first line, and its statement: what follows may quote rows."""
    statement = ""
    if isinstance(error, DBAPIError):
        if error.statement:
            statement = f" [SQL: {' '.join(error.statement.split())[:400]}]"
        error = error.driver_exception
    message = str(error).partition("\n")[0][:600]
    return f"{type(error).__name__}: {message}{statement}"


class Database:
    def __init__(self, settings: Settings) -> None:
        self._driver = driver(settings)
        self._engine = self._driver.engine()
        self._writes = async_sessionmaker(self._engine, expire_on_commit=False)
        reading = self._engine.execution_options(**self._driver.reading)
        self._reads = async_sessionmaker(reading, expire_on_commit=False)
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
            if not self._is_outage(error):
                raise
            logger.warning("the database does not answer: %s", reason(error))
            raise DatabaseUnavailableError from error
        finally:
            # Nobody waits for the task to end: saying goodbye to a frozen database takes seconds.
            if task.cancel():
                self._abandoned.add(task)
                task.add_done_callback(self._forget)

    def _is_outage(self, error: Exception) -> bool:
        return (
            isinstance(error, OSError)
            or (isinstance(error, DBAPIError) and error.connection_invalidated)
            or self._driver.is_outage(error)
        )

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
