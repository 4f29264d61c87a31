"""Connects with whichever driver of PostgreSQL there is."""

import asyncio
import os
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

Rows = Sequence[Sequence[Any]]
Run = Callable[[str], Rows]


class NoDriverError(Exception):
    """Says in one line what is missing, and what brings it."""


def connect(password: str) -> Run:
    """Commits each statement by itself, outside of BEGIN and COMMIT."""
    for connector in (with_psycopg, with_asyncpg, with_pg8000):
        with suppress(ImportError):
            return connector(password)
    raise NoDriverError(
        f"none of psycopg, psycopg2, asyncpg, pg8000 is among the packages of {sys.executable}: "
        "install one, and let the image's PATH begin with the folder of the service's own python3"
    )


def with_psycopg(password: str) -> Run:
    """Either version."""
    try:
        psycopg = import_module("psycopg")
    except ImportError:
        psycopg = import_module("psycopg2")
    connection = psycopg.connect(password=password)
    connection.autocommit = True
    return by_cursor(connection)


def with_pg8000(password: str) -> Run:
    pg8000 = import_module("pg8000.dbapi")
    connection = pg8000.connect(
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        database=os.environ["PGDATABASE"],
        user=os.environ["PGUSER"],
        password=password,
        ssl_context=ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"]),
        timeout=int(os.environ["PGCONNECT_TIMEOUT"]),
    )
    connection.autocommit = True
    return by_cursor(connection)


def by_cursor(connection: Any) -> Run:
    def run(statement: str) -> Rows:
        cursor = connection.cursor()
        cursor.execute(statement)
        rows: Rows = cursor.fetchall() if cursor.description else []
        return rows

    return run


def with_asyncpg(password: str) -> Run:
    asyncpg = import_module("asyncpg")
    loop = asyncio.new_event_loop()
    timeout = int(os.environ["PGCONNECT_TIMEOUT"])
    connection = loop.run_until_complete(asyncpg.connect(password=password, timeout=timeout))
    return lambda statement: loop.run_until_complete(connection.fetch(statement))
