"""The command `orders`: `serve` or `migrate`. Each loads what it needs, and no more."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from orders.logs import configure_logging
from orders.settings import Settings, SettingsError, load_settings

logger = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="orders", description="Orders API")
    parser.add_argument("command", choices=["serve", "migrate"])
    command = parser.parse_args().command

    configure_logging()
    try:
        settings = load_settings()
    except SettingsError as error:
        _end(error)
    configure_logging(settings.log_level, environment=settings.environment)
    if command == "serve":
        _serve(settings)
    else:
        _migrate(settings)


@contextmanager
def _loading() -> Iterator[None]:
    """What is loaded stays: the garbage collector need not look at it again and again."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _serve(settings: Settings) -> None:
    with _loading():
        from orders.server import serve
    serve(settings)


def _migrate(settings: Settings) -> None:
    # It tells of each of its plugins when it is loaded.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    with _loading():
        from orders.migrate import MigrationError, migrate
    # A container's first process ignores SIGTERM unless told otherwise. PostgreSQL rolls back and
    # unlocks when the connection breaks.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    try:
        asyncio.run(migrate(settings))
    except MigrationError as error:
        _end(error)


def _end(error: Exception) -> NoReturn:
    # The last line of the log, short enough for a pod's termination message.
    logger.debug("cause", exc_info=True)
    logger.error(str(error))
    sys.exit(1)
