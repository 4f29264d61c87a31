"""The command `orders`: `serve` or `migrate`."""

import argparse
import asyncio
import logging
import os
import signal
import sys

from orders.logs import configure_logging
from orders.migrate import MigrationError, migrate
from orders.server import serve
from orders.settings import SettingsError, load_settings

logger = logging.getLogger(__name__)


def main() -> None:
    parser = argparse.ArgumentParser(prog="orders", description="Orders API")
    parser.add_argument("command", choices=["serve", "migrate"])
    command = parser.parse_args().command

    configure_logging()
    try:
        settings = load_settings()
        configure_logging(settings.log_level, environment=settings.environment)
        if command == "serve":
            serve(settings)
        else:
            # A container's first process ignores SIGTERM unless told otherwise. PostgreSQL rolls
            # back and unlocks when the connection breaks.
            signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
            asyncio.run(migrate(settings))
    except (SettingsError, MigrationError) as error:
        # The last line of the log, short enough for a pod's termination message.
        logger.debug("cause", exc_info=True)
        logger.error(str(error))
        sys.exit(1)
