"""Every test runs the command `orders` itself against a real PostgreSQL."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from tests.postgres import PASSWORD, Postgres, free_port

ORDERS = Path(sys.executable).with_name("orders")

Env = dict[str, str]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """One that the test may stop or freeze."""
    with running_postgres() as server:
        yield server


def environment(postgres: Postgres, database: str) -> Env:
    return {
        "PATH": os.environ["PATH"],
        "APP_ENVIRONMENT": "test",
        "APP_ALLOWED_HOSTS": "127.0.0.1",
        "APP_HOST": "127.0.0.1",
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


async def create_database(postgres: Postgres) -> Env:
    name = f"test_{uuid.uuid4().hex}"
    admin = await connect(environment(postgres, "postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return environment(postgres, name)


@pytest.fixture
async def env(postgres: Postgres) -> Env:
    """The settings of a new and empty database."""
    return await create_database(postgres)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_env(postgres: Postgres) -> Env:
    """The settings of a migrated database that tests share."""
    env = await create_database(postgres)
    assert migrate(env).code == 0
    return env


@pytest.fixture
async def sql(env: Env) -> AsyncIterator[asyncpg.Connection]:
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


def start(command: str, env: Env) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ORDERS, command], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def finish(process: subprocess.Popen[str], seconds: float = 60) -> Finished:
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
    process: subprocess.Popen[str]
    url: str

    def stop(self) -> Finished:
        self.process.send_signal(signal.SIGTERM)
        return finish(self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def run_service(env: Env) -> Service:
    port = free_port()
    service = Service(start("serve", env | {"APP_PORT": str(port)}), f"http://127.0.0.1:{port}")
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


Serve = Callable[[Env], Service]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Service] = []

    def run(env: Env) -> Service:
        started.append(run_service(env))
        return started[-1]

    yield run
    for service in started:
        service.kill()
