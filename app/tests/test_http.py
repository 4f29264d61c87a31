"""What holds for every route: errors are problems, methods are named, half a request ends."""

import asyncio
import json
import socket
import time
from typing import Any

import httpx
import pytest

from tests.conftest import NEW_ORDER, Env, Serve, Service, on_postgresql

pytestmark = on_postgresql

JSON = {"content-type": "application/json"}


def address(service: Service) -> tuple[str, int]:
    url = httpx.URL(service.url)
    assert url.port
    return url.host, url.port


def raw(service: Service, request: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection(address(service), timeout=20) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


def raw_problem(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head, answer
    document: dict[str, Any] = json.loads(body)
    assert f" {document['status']} {document['title']}" in head.decode().splitlines()[0]
    return document


@pytest.mark.parametrize(
    ("method", "path", "extra", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/orders/0", {}, 422),
        ("GET", f"/orders/{2**63 - 1}", {}, 404),
        ("GET", "/orders", {"headers": {"host": "evil.example"}}, 400),
        ("GET", "/orders", {"headers": {"host": "127.0.0.1.evil.example"}}, 400),
        ("GET", "/orders", {"headers": {"host": "127.0.0.1:x"}}, 400),
        ("GET", "/orders", {"headers": {"host": ""}}, 400),
        ("PUT", "/orders", {}, 405),
        ("POST", "/orders/1", {}, 405),
        ("POST", "/orders", {"headers": JSON, "content": "{"}, 422),
        ("POST", "/orders", {"headers": JSON, "content": " " * 70_000}, 413),
        ("POST", "/nothing", {"headers": JSON, "content": " " * 70_000}, 413),
        ("POST", "/orders", {"headers": JSON | {"content-encoding": "gzip"}, "content": "x"}, 415),
        ("POST", "/orders", {"headers": JSON | {"content-encoding": "br"}, "content": "x"}, 415),
    ],
)
def test_errors_are_problems(
    api: httpx.Client, method: str, path: str, extra: dict[str, Any], status: int
) -> None:
    answer = api.request(method, path, **extra)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["title"] == answer.reason_phrase
    assert document["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "127.0.0.1:"])
def test_known_hosts(api: httpx.Client, host: str) -> None:
    assert api.get("/orders?limit=1", headers={"host": host}).status_code == 200


def test_subdomains_and_upper_case_are_known_hosts(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env | {"APP_ALLOWED_HOSTS": "*.Example.com"})
    for host, status in [
        ("a.example.com", 200),
        ("A.B.EXAMPLE.COM:80", 200),
        ("example.com", 400),
        ("aexample.com", 400),
    ]:
        answer = httpx.get(f"{service.url}/orders?limit=1", headers={"host": host})
        assert answer.status_code == status, host


def test_an_unread_encoding_says_what_is_read(api: httpx.Client) -> None:
    refused = api.post("/orders", content=b"x", headers=JSON | {"content-encoding": "gzip"})
    assert refused.headers["accept-encoding"] == "identity"
    plain = JSON | {"content-encoding": "identity"}
    assert api.post("/orders", json=NEW_ORDER, headers=plain).status_code == 201


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/orders", "GET, HEAD, POST"),
        ("/orders/1", "GET, HEAD"),
        ("/orders/1/cancel", "POST"),
        ("/healthz", "GET, HEAD"),
    ],
)
def test_allow_names_every_method_of_a_path(api: httpx.Client, path: str, allowed: str) -> None:
    for method in ["DELETE", "OPTIONS", "PATCH", "PROPFIND"]:
        refused = api.request(method, path)
        assert refused.status_code == 405
        assert refused.headers["allow"] == allowed


def test_head_is_get_without_the_body(api: httpx.Client) -> None:
    order = api.post("/orders", json=NEW_ORDER).json()
    for path in [f"/orders/{order['id']}", "/orders?limit=1", "/healthz", "/readyz"]:
        got, head = api.get(path), api.head(path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == str(len(got.content))
        assert head.headers["content-type"] == got.headers["content-type"]
    assert api.head("/nothing").status_code == 404
    assert api.head("/orders/1/cancel").headers["allow"] == "POST"
    # Nothing is left on the connection that the next answer could be mistaken for.
    assert api.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"],
)
def test_what_is_not_http_is_a_problem(shared_service: Service, request_: bytes) -> None:
    assert raw_problem(raw(shared_service, request_))["status"] == 400


def test_an_endless_head_is_cut_short(shared_service: Service) -> None:
    line = b"x-long: " + b"x" * 1000 + b"\r\n"
    with socket.create_connection(address(shared_service), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            connection.sendall(line * 20_000)


POST_HEAD = (
    b"POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    b"content-type: application/json\r\ncontent-length: 100\r\n\r\n"
)


@pytest.mark.parametrize(
    ("half", "status"),
    [
        (b"GET /orders HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ", 408),
        (POST_HEAD + b"{", 408),
        (POST_HEAD.replace(b"content-length: 100", b"transfer-encoding: chunked") + b"5\r\n{", 408),
        # Answered at once; what follows of the body would be read forever.
        (POST_HEAD.replace(b"100", b"100000") + b"{", 413),
        (POST_HEAD.replace(b"/orders", b"/healthz") + b"{", 405),
    ],
)
def test_half_a_request_ends(shared_env: Env, serve: Serve, half: bytes, status: int) -> None:
    service = serve(shared_env | {"APP_REQUEST_TIMEOUT_SECONDS": "2"})
    started = time.perf_counter()
    # A byte now and then doesn't prolong it.
    with socket.create_connection(address(service), timeout=20) as connection:
        connection.sendall(half)
        time.sleep(0.5)
        connection.sendall(b"a")
        answer = connection.makefile("rb").read()
    assert raw_problem(answer)["status"] == status
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"])
def test_connections_without_a_request_end(shared_env: Env, serve: Serve, sent: bytes) -> None:
    limits = {"APP_REQUEST_TIMEOUT_SECONDS": "1", "APP_KEEP_ALIVE_SECONDS": "1"}
    answer = raw(serve(shared_env | limits), sent)
    assert answer.startswith(b"HTTP/1.1 200") if len(sent) > 2 else answer == b""


async def test_half_sent_requests_delay_nobody(shared_env: Env, serve: Serve) -> None:
    # Nobody reads the log while the service runs: 400 lines would fill the pipe.
    quiet = {"APP_LOG_LEVEL": "WARNING"}
    service = serve(shared_env | quiet | {"APP_REQUEST_TIMEOUT_SECONDS": "5"})
    halves = [b"GET /orders HTTP/1.1\r\nhost: 127.0.0.1\r\n"] * 200 + [POST_HEAD + b"{"] * 200
    streams = await asyncio.gather(*(asyncio.open_connection(*address(service)) for _ in halves))
    for (_, writer), half in zip(streams, halves, strict=True):
        writer.write(half)

    async with httpx.AsyncClient(base_url=service.url) as client:
        for _ in range(20):
            started = time.perf_counter()
            assert (await client.get("/orders?limit=1")).status_code == 200
            assert time.perf_counter() - started < 1

    answers = await asyncio.wait_for(asyncio.gather(*(r.read() for r, _ in streams)), 20)
    assert {raw_problem(answer)["status"] for answer in answers} == {408}
    for _, writer in streams:
        writer.close()
    assert (await asyncio.to_thread(service.stop)).log == []
