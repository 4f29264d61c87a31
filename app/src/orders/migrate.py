"""Brings the database to the newest revision that this image knows.

Any number of migrators may start at once: they take turns, and the first does the work. A
database that is newer than the image, as after a rollback, is left alone.
"""

import logging
import time
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert

from orders.database import driver, reason
from orders.driver import AnotherMigratorError, Driver
from orders.models import MigrationHistory
from orders.settings import Settings

logger = logging.getLogger(__name__)

ATTEMPTS = 10
"""How often a revision is tried while other transactions hold the tables it needs."""

PAUSE_SECONDS = 2.0
"""Between two attempts: lets the readers pass that the last one held up."""


class MigrationError(Exception):
    """Says in one line what failed; kubectl and Pulumi show the end of the log."""


async def migrate(settings: Settings) -> None:
    database = driver(settings)
    try:
        async with database.migrating() as connection:
            await connection.run_sync(_upgrade, database, settings.image)
    except MigrationError:
        raise
    except AnotherMigratorError as error:
        raise MigrationError(str(error)) from error
    except Exception as error:
        raise MigrationError(f"migration failed: {reason(error)}") from error


def _upgrade(connection: Connection, database: Driver, image: str | None) -> None:
    config = alembic_config(connection, image)
    scripts = ScriptDirectory.from_config(config)
    # SQLite's migrator is in a transaction already. In PostgreSQL each revision gets its own.
    in_one_transaction = connection.in_transaction()
    current = MigrationContext.configure(connection).get_current_revision()
    if not in_one_transaction:
        connection.rollback()

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
        _apply(config, revision, database)
    logger.info("the database is at revision %s", scripts.get_current_head())


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


def _apply(config: Config, revision: str, database: Driver) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return command.upgrade(config, revision)
        except Exception as error:
            if not database.is_table_lock(error) or attempt == ATTEMPTS:
                tries = f" (attempt {attempt})" if attempt > 1 else ""
                raise MigrationError(
                    f"migration to revision {revision} failed{tries}: {reason(error)}"
                ) from error
            logger.info("revision %s waits for a table lock (attempt %d)", revision, attempt)
            time.sleep(PAUSE_SECONDS)
    return None
