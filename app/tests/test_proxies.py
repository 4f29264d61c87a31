"""What a load balancer in front says of its callers is true; what anybody else says isn't."""

import httpx
import pytest

from tests.conftest import Env, Serve, Service, on_sqlite

pytestmark = on_sqlite

CALLER = "203.0.113.7"
FORWARDED = {"x-forwarded-for": CALLER, "x-forwarded-proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "headers", "client", "scheme"),
    [
        ("127.0.0.0/8", FORWARDED, CALLER, "https"),
        ("10.0.128.0/24, 127.0.0.0/8", FORWARDED, CALLER, "https"),
        # The load balancer puts the address that it sees behind what the caller made up.
        ("127.0.0.0/8", {"x-forwarded-for": f"192.0.2.1, {CALLER}"}, CALLER, "http"),
        ("127.0.0.0/8", {"x-forwarded-for": f"{CALLER}, 127.0.0.9"}, CALLER, "http"),
        ("127.0.0.0/8", {"x-forwarded-proto": "javascript"}, "127.0.0.1", "http"),
        ("127.0.0.0/8", {}, "127.0.0.1", "http"),
        ("10.0.128.0/24", FORWARDED, "127.0.0.1", "http"),
        ("", FORWARDED, "127.0.0.1", "http"),
    ],
)
def test_the_logged_caller(
    shared_env: Env, serve: Serve, trusted: str, headers: dict[str, str], client: str, scheme: str
) -> None:
    service = serve(shared_env | {"APP_TRUSTED_PROXIES": trusted})
    assert logged(service, headers) == (client, scheme)


@pytest.mark.parametrize("trusted", ["127.0.0.0/8", ""])
def test_workers_trust_the_same(shared_env: Env, serve: Serve, trusted: str) -> None:
    # Gunicorn and uvicorn have a variable of their own for it.
    env = {"APP_TRUSTED_PROXIES": trusted, "APP_WORKERS": "2", "FORWARDED_ALLOW_IPS": "*"}
    expected = (CALLER, "https") if trusted else ("127.0.0.1", "http")
    assert logged(serve(shared_env | env), FORWARDED) == expected


def test_health_checks_come_to_a_pods_own_address(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env)
    for path in ["/healthz", "/readyz"]:
        answer = httpx.get(f"{service.url}{path}", headers={"host": "10.0.33.7:8000"})
        assert answer.status_code == 200, path


def logged(service: Service, headers: dict[str, str]) -> tuple[str, str]:
    httpx.get(f"{service.url}/orders", headers=headers | {"x-request-id": "proxied"})
    [entry] = [line for line in service.stop().log if line.get("request_id") == "proxied"]
    return entry["client"], entry["scheme"]
