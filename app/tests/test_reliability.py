"""Outages, overload and shutdown, with the limits that /healthz, /readyz and the routes promise."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.conftest import (
    NEW_ORDER,
    Env,
    Serve,
    Service,
    connect,
    environment,
    finish,
    migrate,
    on_postgresql,
    open_file,
)
from tests.postgres import Postgres


def timed_get(url: str) -> tuple[int, float]:
    # Making a client takes a while, which isn't the service's.
    with httpx.Client(timeout=30) as client:
        started = time.perf_counter()
        response = client.get(url)
        return response.status_code, time.perf_counter() - started


@asynccontextmanager
async def locked_order(env: Env, service: Service) -> AsyncIterator[str]:
    """An order that nobody can cancel until the block ends; gives the URL that would."""
    order = httpx.post(f"{service.url}/orders", json=NEW_ORDER).json()
    url = f"{service.url}/orders/{order['id']}/cancel"
    if "APP_DATABASE_FILE" in env:
        with open_file(env) as file:
            file.execute("BEGIN IMMEDIATE")
            yield url
        return
    sql = await connect(env)
    try:
        async with sql.transaction():
            await sql.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", order["id"])
            yield url
    finally:
        await sql.close()


@pytest.mark.parametrize("kind", ["gone", "frozen"])
async def test_outage(own_postgres: Postgres, serve: Serve, kind: str) -> None:
    env = environment(own_postgres, "postgres")
    assert migrate(env).code == 0
    service = serve(env)
    assert timed_get(f"{service.url}/orders")[0] == 200

    if kind == "gone":
        own_postgres.stop()
    else:
        own_postgres.freeze()
    await asyncio.sleep(1)  # Until the readiness answer from before has expired.
    for path, expected, limit in [("orders", 503, 3), ("readyz", 503, 1.5), ("healthz", 200, 0.5)]:
        status, seconds = timed_get(f"{service.url}/{path}")
        assert (status, seconds < limit) == (expected, True), (path, seconds)

    if kind == "gone":
        own_postgres.start()
    else:
        own_postgres.thaw()
    recovered = time.perf_counter()
    while {timed_get(f"{service.url}/{path}")[0] for path in ("orders", "readyz")} != {200}:
        assert time.perf_counter() - recovered < 5
        await asyncio.sleep(0.2)

    finished = service.stop()
    assert not [entry for entry in finished.log if "exception" in entry]


def test_a_frozen_database_does_not_delay_shutdown(own_postgres: Postgres, serve: Serve) -> None:
    env = environment(own_postgres, "postgres")
    assert migrate(env).code == 0
    service = serve(env)
    assert timed_get(f"{service.url}/orders")[0] == 200
    own_postgres.freeze()
    started = time.perf_counter()
    finished = service.stop()
    assert time.perf_counter() - started < 5
    assert "Application shutdown complete." in [entry["message"] for entry in finished.log]


async def test_a_saturated_pool_is_ready(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env | {"APP_DATABASE_POOL_SIZE": "1"})
    async with httpx.AsyncClient(timeout=30) as client:
        async with locked_order(shared_env, service) as cancel:
            started = time.perf_counter()
            cancelling = [asyncio.create_task(client.post(cancel)) for _ in range(3)]
            await asyncio.sleep(0.3)
            assert (await client.get(f"{service.url}/readyz")).status_code == 200
            answers = await asyncio.gather(*cancelling)
            assert [answer.status_code for answer in answers] == [503] * 3
            assert time.perf_counter() - started < 3
        assert (await client.post(cancel)).status_code == 200


async def test_a_longer_limit_for_statements_is_one_for_transactions(
    shared_env: Env, serve: Serve
) -> None:
    service = serve(shared_env | {"APP_DATABASE_COMMAND_TIMEOUT_SECONDS": "6"})
    async with httpx.AsyncClient(timeout=30) as client:
        async with locked_order(shared_env, service) as cancel:
            cancelling = asyncio.create_task(client.post(cancel))
            await asyncio.sleep(3)
            assert not cancelling.done()
        assert (await cancelling).status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sigterm_finishes_what_is_in_flight(
    shared_env: Env, serve: Serve, workers: str
) -> None:
    patient = {"APP_DATABASE_COMMAND_TIMEOUT_SECONDS": "9"}
    service = serve(shared_env | patient | {"APP_WORKERS": workers})
    async with httpx.AsyncClient(timeout=30) as client:
        async with locked_order(shared_env, service) as cancel:
            # Enough for each worker to have some.
            cancelling = [asyncio.create_task(client.post(cancel)) for _ in range(6)]
            await asyncio.sleep(1)
            service.process.terminate()
            await asyncio.sleep(0.7)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{service.url}/healthz")
        answers = await asyncio.gather(*cancelling)
        assert [answer.status_code for answer in answers] == [200] * 6
    finished = await asyncio.to_thread(finish, service.process)
    assert "Application shutdown complete." in [entry["message"] for entry in finished.log]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_unready_once_shutdown_has_begun(shared_env: Env, serve: Serve, workers: str) -> None:
    service = serve(shared_env | {"APP_WORKERS": workers})
    port = httpx.URL(service.url).port
    assert port
    # The port is closed by then: only a request that has already begun can still ask.
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\n")
        time.sleep(0.2)
        service.process.terminate()
        time.sleep(0.5)
        connection.sendall(b"host: x\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 503"), answer
    assert b"Shutting down" in answer


async def test_slow_work_ends(shared_env: Env, serve: Serve) -> None:
    limits = {"APP_REQUEST_TIMEOUT_SECONDS": "1", "APP_DATABASE_COMMAND_TIMEOUT_SECONDS": "9"}
    service = serve(shared_env | limits)
    async with locked_order(shared_env, service) as cancel, httpx.AsyncClient() as client:
        started = time.perf_counter()
        answer = await client.post(cancel)
        assert time.perf_counter() - started < 3
    assert answer.status_code == 503
    assert "1 s" in answer.json()["detail"]


@pytest.mark.parametrize("idle_seconds", [0, 1.5])
def test_a_restart_between_two_requests_fails_neither(
    own_postgres: Postgres, serve: Serve, idle_seconds: float
) -> None:
    env = environment(own_postgres, "postgres")
    assert migrate(env).code == 0
    service = serve(env)
    assert timed_get(f"{service.url}/orders")[0] == 200
    own_postgres.stop()
    own_postgres.start()
    time.sleep(idle_seconds)
    assert [timed_get(f"{service.url}/orders")[0] for _ in range(3)] == [200] * 3


async def test_a_silent_connection_is_replaced(own_postgres: Postgres, serve: Serve) -> None:
    """As after a failover: the other end says nothing, so that only a ping can tell."""
    env = environment(own_postgres, "postgres")
    assert migrate(env).code == 0
    service = serve(env)
    assert timed_get(f"{service.url}/orders")[0] == 200
    sql = await connect(env)
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'orders'"
    backend = await sql.fetchval(query)
    await sql.close()
    await asyncio.sleep(1.5)
    os.kill(backend, signal.SIGSTOP)
    try:
        status, seconds = timed_get(f"{service.url}/orders")
    finally:
        os.kill(backend, signal.SIGCONT)
    assert (status, seconds < 3) == (200, True)


@on_postgresql
@pytest.mark.parametrize(
    ("setting", "value"),
    [("APP_DATABASE_PASSWORD", "wrong"), ("APP_DATABASE_NAME", "missing")],
)
def test_refused_logins_are_outages(
    shared_env: Env, serve: Serve, setting: str, value: str
) -> None:
    service = serve(shared_env | {setting: value})
    assert timed_get(f"{service.url}/orders")[0] == 503
    ready = httpx.get(f"{service.url}/readyz")
    assert ready.status_code == 503
    assert shared_env["APP_DATABASE_USER"] not in ready.text
