"""Tests run the command `orders` itself, on a real PostgreSQL and on a file of SQLite."""

import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import asyncpg
import httpx
import pytest
import pytest_asyncio

from tests.postgres import PASSWORD, Postgres, free_port, running_postgres

ORDERS = Path(sys.executable).with_name("orders")

Env = dict[str, str]
Process = subprocess.Popen[str]

Kind = Literal["postgresql", "sqlite"]


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """A test that has a database runs on each kind, unless it is marked with one of these."""
    chosen: Kind = request.param
    return chosen


def _only(kind: Kind) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", [kind], indirect=True, scope="session")


on_postgresql, on_sqlite = _only("postgresql"), _only("sqlite")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """One that the test may stop or freeze."""
    with running_postgres() as server:
        yield server


COMMON = {
    "PATH": os.environ["PATH"],
    "APP_ENVIRONMENT": "test",
    "APP_ALLOWED_HOSTS": "127.0.0.1",
    "APP_HOST": "127.0.0.1",
}


def environment(postgres: Postgres, database: str) -> Env:
    return COMMON | {
        "APP_DATABASE_HOST": "localhost",
        "APP_DATABASE_PORT": str(postgres.port),
        "APP_DATABASE_NAME": database,
        "APP_DATABASE_USER": "postgres",
        "APP_DATABASE_PASSWORD": PASSWORD,
        "APP_DATABASE_CA_FILE": str(postgres.ca_file),
    }


async def connect(env: Env) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=env["APP_DATABASE_HOST"],
        port=int(env["APP_DATABASE_PORT"]),
        user=env["APP_DATABASE_USER"],
        password=env["APP_DATABASE_PASSWORD"],
        database=env["APP_DATABASE_NAME"],
        ssl=ssl.create_default_context(cafile=env["APP_DATABASE_CA_FILE"]),
    )


def open_file(env: Env) -> closing[sqlite3.Connection]:
    """Without transactions of Python's own."""
    return closing(sqlite3.connect(env["APP_DATABASE_FILE"], isolation_level=None))


async def query(env: Env, statement: str) -> list[tuple[Any, ...]]:
    """Runs a statement of either kind, past the service."""
    if "APP_DATABASE_FILE" in env:
        with open_file(env) as file:
            return file.execute(statement).fetchall()
    connection = await connect(env)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def create_database(request: pytest.FixtureRequest, kind: Kind) -> Env:
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path_factory").mktemp("sqlite")
        return COMMON | {"APP_DATABASE_FILE": str(folder / "a file?.db")}
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"test_{uuid.uuid4().hex}"
    await query(environment(postgres, "postgres"), f"CREATE DATABASE {name}")
    return environment(postgres, name)


@pytest.fixture
async def env(request: pytest.FixtureRequest, kind: Kind) -> Env:
    """The settings of a new and empty database."""
    return await create_database(request, kind)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_env(request: pytest.FixtureRequest, kind: Kind) -> Env:
    """The settings of a migrated database that tests share."""
    env = await create_database(request, kind)
    assert migrate(env).code == 0
    return env


@pytest.fixture
async def sql(env: Env) -> AsyncIterator[asyncpg.Connection]:
    """For tests on PostgreSQL."""
    connection = await connect(env)
    yield connection
    await connection.close()


@dataclass
class Finished:
    code: int
    log: list[dict[str, Any]]

    @property
    def last(self) -> str:
        message: str = self.log[-1]["message"]
        return message


def start(command: str, env: Env, program: Sequence[str | Path] = (ORDERS,)) -> Process:
    return subprocess.Popen(
        [*program, command],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def finish(process: Process, seconds: float = 60) -> Finished:
    """Waits for the end; every line of the output must be JSON."""
    output, _ = process.communicate(timeout=seconds)
    return Finished(process.returncode, [json.loads(line) for line in output.splitlines()])


def migrate(env: Env) -> Finished:
    return finish(start("migrate", env))


NEW_ORDER: dict[str, Any] = {
    "customer": "Ada",
    "lines": [{"sku": "tea-1", "quantity": 2, "unit_price_cents": 450}],
}


@dataclass
class Service:
    process: Process
    url: str

    @property
    def workers(self) -> set[int]:
        pid = self.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def stop(self) -> Finished:
        self.process.send_signal(signal.SIGTERM)
        return finish(self.process)

    def kill(self) -> None:
        # Workers too, as in a container whose first process ends.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def run_service(env: Env, program: Sequence[str | Path] = (ORDERS,)) -> Service:
    port = free_port()
    process = start("serve", env | {"APP_PORT": str(port)}, program)
    service = Service(process, f"http://127.0.0.1:{port}")
    for _ in range(300):
        try:
            httpx.get(f"{service.url}/healthz")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return service
    service.kill()
    raise RuntimeError("the service didn't start")


@pytest.fixture(scope="session")
def shared_service(shared_env: Env) -> Iterator[Service]:
    service = run_service(shared_env)
    yield service
    service.kill()


@pytest.fixture
def api(shared_service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared_service.url) as client:
        yield client


class Serve(Protocol):
    def __call__(self, env: Env, program: Sequence[str | Path] = (ORDERS,)) -> Service: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Service] = []

    def run(env: Env, program: Sequence[str | Path] = (ORDERS,)) -> Service:
        started.append(run_service(env, program))
        return started[-1]

    yield run
    for service in started:
        service.kill()
