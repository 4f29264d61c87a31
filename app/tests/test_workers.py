"""Several workers in one container: none of their comings and goings may lose a request."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.conftest import Env, Serve, Service, on_postgresql
from tests.test_http import POST_HEAD, address, raw, raw_problem

pytestmark = on_postgresql

CLIENTS = 4
REQUEST = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
SHORT_LIVED = (
    "import orders.workers as w; w.MOST_REQUESTS = 60, 20; import orders.cli as c; c.main()"
)


@pytest.fixture
def two_workers(shared_env: Env) -> Env:
    # Nobody reads the log while the service runs: the requests' lines would fill the pipe.
    return shared_env | {"APP_WORKERS": "2", "APP_LOG_LEVEL": "WARNING"}


@asynccontextmanager
async def traffic(service: Service, *, reuse: bool) -> AsyncIterator[Counter[str]]:
    """What comes of requests that clients send one after the other until the block ends."""
    outcomes: Counter[str] = Counter()
    ending = asyncio.Event()

    async def client() -> None:
        limits = httpx.Limits(max_keepalive_connections=1 if reuse else 0)
        async with httpx.AsyncClient(limits=limits, timeout=30) as client:
            while not ending.is_set():
                try:
                    answer = await client.get(f"{service.url}/orders?limit=1")
                    outcomes[str(answer.status_code)] += 1
                except httpx.ConnectError:
                    outcomes["refused"] += 1
                    await asyncio.sleep(0.05)
                except httpx.TransportError as error:
                    outcomes[repr(error)] += 1

    clients = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    try:
        yield outcomes
    finally:
        ending.set()
        await asyncio.gather(*clients)


async def until(outcomes: Counter[str], count: int) -> None:
    async with asyncio.timeout(60):
        while outcomes["200"] < count:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_sigterm_under_load_fails_no_request_that_it_took(
    two_workers: Env, serve: Serve, workers: str
) -> None:
    service = serve(two_workers | {"APP_WORKERS": workers})
    async with traffic(service, reuse=True) as outcomes:
        await until(outcomes, 100)
        service.process.terminate()
        async with asyncio.timeout(30):
            while service.process.poll() is None:
                await asyncio.sleep(0.05)
    assert set(outcomes) == {"200", "refused"}, outcomes


@pytest.mark.parametrize("reuse", [True, False])
async def test_workers_that_retire_fail_no_request(
    two_workers: Env, serve: Serve, reuse: bool
) -> None:
    service = serve(two_workers, [sys.executable, "-c", SHORT_LIVED])
    seen = service.workers
    async with traffic(service, reuse=reuse) as outcomes, asyncio.timeout(60):
        while len(seen) < 5:
            seen |= service.workers
            await asyncio.sleep(0.02)
    assert set(outcomes) == {"200"}, outcomes


async def test_a_worker_that_retires_answers_on_every_connection_it_had(
    two_workers: Env, serve: Serve
) -> None:
    service = serve(two_workers, [sys.executable, "-c", SHORT_LIVED])
    first = service.workers
    idle = [await asyncio.open_connection(*address(service)) for _ in range(20)]
    for reader, writer in idle:
        writer.write(REQUEST)
        assert b"connection: close" not in await reader.readuntil(b"}")
    for reader, writer in idle:
        answer = b""
        while b"connection: close" not in answer:
            writer.write(REQUEST)
            answer = await reader.readuntil(b"}")
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        writer.close()
        await asyncio.sleep(0.2)
    async with asyncio.timeout(60):
        while service.workers == first or len(service.workers) < 2:
            await asyncio.sleep(0.05)


async def test_a_killed_worker_is_replaced_and_takes_only_its_own_requests_along(
    two_workers: Env, serve: Serve
) -> None:
    service = serve(two_workers)
    killed = min(service.workers)
    async with traffic(service, reuse=True) as outcomes:
        await until(outcomes, 50)
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(30):
            while killed in service.workers or len(service.workers) < 2:
                await asyncio.sleep(0.05)
        await until(outcomes, outcomes["200"] + 100)
    # Each client has one request under way.
    assert sum(outcomes.values()) - outcomes["200"] <= CLIENTS, outcomes
    assert "refused" not in outcomes
    finished = service.stop()
    assert finished.code == 0
    assert [entry["level"] for entry in finished.log] == ["ERROR"]
    assert "SIGKILL" in finished.last


def test_workers_have_the_limits_of_a_single_process(two_workers: Env, serve: Serve) -> None:
    service = serve(two_workers | {"APP_REQUEST_TIMEOUT_SECONDS": "1"})
    for half, status in [(b"GET /orders HTTP/1.1\r\nx-slow: ", 408), (POST_HEAD + b"{", 408)]:
        assert raw_problem(raw(service, half))["status"] == status
