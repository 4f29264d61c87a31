"""Requests in flight, as whoever adds pods for them gets to hear."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.conftest import Env, Serve, Service, on_sqlite
from tests.postgres import free_port
from tests.test_http import POST_HEAD, address

pytestmark = on_sqlite


@pytest.fixture(params=["1", "3"])
def workers(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def counted(shared_env: Env, workers: str) -> Env:
    return shared_env | {"APP_WORKERS": workers, "APP_METRICS_PORT": str(free_port())}


def metrics(env: Env, path: str = "/metrics") -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{env['APP_METRICS_PORT']}{path}")


def in_flight(env: Env) -> int:
    name, value = metrics(env).text.splitlines()[-1].split(" ")
    assert name == "http_server_active_requests"
    return int(value)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


Begin = Callable[[Service], socket.socket]


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Sends a request whose body isn't there yet."""
    with ExitStack() as connections:

        def begin(service: Service) -> socket.socket:
            connection = socket.create_connection(address(service), timeout=20)
            connections.enter_context(connection)
            connection.sendall(POST_HEAD + b"{")
            return connection

        yield begin


def test_requests_of_all_processes_count_until_they_are_over(
    counted: Env, serve: Serve, begin: Begin
) -> None:
    service = serve(counted)
    assert in_flight(counted) == 0
    requests = [begin(service) for _ in range(12)]
    until(lambda: in_flight(counted) == 12)
    # Whoever answers, it is the sum; and neither this question nor a probe is in it.
    assert httpx.get(f"{service.url}/readyz").status_code == 200
    assert [in_flight(counted) for _ in range(10)] == [12] * 10
    for request in requests[:5]:
        request.close()
    until(lambda: in_flight(counted) == 7)
    for request in requests[5:]:
        request.sendall(b" " * 99)
        assert request.recv(100).startswith(b"HTTP/1.1 422 ")
    until(lambda: in_flight(counted) == 0)


@pytest.mark.parametrize("workers", ["3"], indirect=True)
def test_a_killed_process_leaves_no_count_behind(counted: Env, serve: Serve, begin: Begin) -> None:
    service = serve(counted)
    for _ in range(12):
        begin(service)
    until(lambda: in_flight(counted) == 12)
    killed = service.workers
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(service.workers - killed) == 3)
    assert [in_flight(counted) for _ in range(10)] == [0] * 10
    begin(service)
    until(lambda: in_flight(counted) == 1)


def test_the_port_is_for_metrics_alone_and_no_other_port_has_them(
    counted: Env, serve: Serve
) -> None:
    service = serve(counted)
    answer = metrics(counted)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE http_server_active_requests gauge\n" in answer.text
    for path in ["/orders", "/healthz", "/metrics/"]:
        assert metrics(counted, path).status_code == 404, path
    assert httpx.get(f"{service.url}/metrics").status_code == 404
