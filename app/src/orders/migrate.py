"""Brings the database to the newest revision that this image knows.

Any number of migrators may start at once: they take turns, and the first does the work. A
database that is newer than the image, as after a rollback, is left alone.
"""

import asyncio
import logging
import time
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, event, func, insert, select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from orders.database import connector, reason, sqlstate
from orders.models import MigrationHistory
from orders.settings import Settings

logger = logging.getLogger(__name__)

ADVISORY_LOCK = 0x6F7264657273
"""The key under which migrators of this database queue ("orders" in ASCII)."""

ATTEMPTS = 10
"""How often a revision is tried while other transactions hold the tables it needs."""

PAUSE_SECONDS = 2.0
"""Between two attempts: lets the readers pass that the last one held up."""

POLL_SECONDS = 0.5
"""Between two looks at the advisory lock."""

LOCK_NOT_AVAILABLE = "55P03"


class MigrationError(Exception):
    """Says in one line what failed; kubectl and Pulumi show the end of the log."""


async def migrate(settings: Settings) -> None:
    connect = connector(
        settings,
        lock_timeout=str(settings.migration_lock_timeout_ms),
        statement_timeout=str(settings.migration_statement_timeout_ms),
        # A migrator whose node is lost gives the lock back after 30 s rather than two hours.
        tcp_keepalives_idle="15",
        tcp_keepalives_interval="5",
        tcp_keepalives_count="3",
    )
    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        # One connection for the lock and the work: if it breaks, both are over.
        async with engine.connect() as connection:
            await _take_turn(connection, settings.migration_lock_wait_seconds)
            await connection.run_sync(_upgrade, settings.image)
    except MigrationError:
        raise
    except Exception as error:
        raise MigrationError(f"migration failed: {reason(error)}") from error


async def _take_turn(connection: AsyncConnection, wait_seconds: float) -> None:
    """Locks by asking again and again.

    A blocking pg_advisory_lock would hold a snapshot, and CREATE INDEX CONCURRENTLY in the
    migrator ahead would wait for it forever.
    """
    deadline = time.monotonic() + wait_seconds
    while not await connection.scalar(select(func.pg_try_advisory_lock(ADVISORY_LOCK))):
        await connection.commit()
        if time.monotonic() >= deadline:
            raise MigrationError(
                f"another migrator has held the lock for {wait_seconds:g} s "
                "(APP_MIGRATION_LOCK_WAIT_SECONDS); try again when it has ended"
            )
        await asyncio.sleep(POLL_SECONDS)
    await connection.commit()


def _upgrade(connection: Connection, image: str | None) -> None:
    config = alembic_config(connection, image)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    wait_where_nobody_is_held_up(connection)

    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        logger.warning(
            "the database is at revision %s, which this image doesn't know; "
            "its newest is %s. The schema is left alone.",
            current,
            scripts.get_current_head(),
        )
        return

    pending = [script.revision for script in scripts.iterate_revisions("head", current or "base")]
    for revision in reversed(pending):
        _apply(config, revision)
    logger.info("the database is at revision %s", scripts.get_current_head())


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


def alembic_config(connection: Connection, image: str | None = None) -> Config:
    """For env.py, which runs on this connection and adds a row of history for each revision."""

    def record(*, step: MigrationInfo, **_: Any) -> None:
        connection.execute(
            insert(MigrationHistory).values(
                from_revision=next(iter(step.source_revision_ids), None),
                to_revision=step.up_revision_id,
                image=image,
            )
        )

    config = Config(attributes={"connection": connection, "record": record})
    config.set_main_option("script_location", "orders:migrations")
    return config


def _apply(config: Config, revision: str) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return command.upgrade(config, revision)
        except Exception as error:
            if sqlstate(error) != LOCK_NOT_AVAILABLE or attempt == ATTEMPTS:
                tries = f" (attempt {attempt})" if attempt > 1 else ""
                raise MigrationError(
                    f"migration to revision {revision} failed{tries}: {reason(error)}"
                ) from error
            logger.info("revision %s waits for a table lock (attempt %d)", revision, attempt)
            time.sleep(PAUSE_SECONDS)
    return None
