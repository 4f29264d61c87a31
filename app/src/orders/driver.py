"""What the service asks of a kind of database. `postgres` and `sqlite` answer."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class AnotherMigratorError(Exception):
    """It has had the database to itself for longer than one waits."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(
            f"another migrator has held the lock for {wait_seconds:g} s "
            "(APP_MIGRATION_LOCK_WAIT_SECONDS); try again when it has ended"
        )


class Driver(Protocol):
    reading: dict[str, Any]
    """Options of a connection that only reads."""

    def engine(self) -> AsyncEngine:
        """The pool that serves requests."""

    async def ping(self) -> None:
        """Looks whether the database answers, on a connection of its own."""

    def is_outage(self, error: Exception) -> bool:
        """Whether trying again later may help."""

    def migrating(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The connection of the only migrator at work."""

    def is_table_lock(self, error: Exception) -> bool:
        """Whether a migration only has to wait for a table that others use."""
