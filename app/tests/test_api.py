import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import NEW_ORDER, Env, Serve, query


def create(api: httpx.Client, **changes: Any) -> httpx.Response:
    return api.post("/orders", json=NEW_ORDER | changes)


def create_with_line(api: httpx.Client, **changes: Any) -> httpx.Response:
    return create(api, lines=[NEW_ORDER["lines"][0] | changes])


def post_raw(api: httpx.Client, body: str) -> httpx.Response:
    return api.post("/orders", content=body, headers={"content-type": "application/json"})


def test_create_and_read(api: httpx.Client) -> None:
    created = create(api)
    assert created.status_code == 201
    order = created.json()
    assert order | NEW_ORDER == order
    assert order["status"] == "placed"
    assert api.get(f"/orders/{order['id']}").json() == order


def test_whole_numbers_may_have_a_decimal_point(api: httpx.Client) -> None:
    assert create_with_line(api, quantity=3.0).json()["lines"][0]["quantity"] == 3


def test_cancelling_twice_is_fine(api: httpx.Client) -> None:
    order = create(api).json()
    first = api.post(f"/orders/{order['id']}/cancel")
    assert first.status_code == 200
    assert first.json()["status"] == "cancelled"
    assert first.json()["cancelled_at"]
    assert api.post(f"/orders/{order['id']}/cancel").json() == first.json()


async def test_a_shipped_order_cannot_be_cancelled(api: httpx.Client, shared_env: Env) -> None:
    order = create(api).json()
    await query(shared_env, f"UPDATE orders SET status = 'shipped' WHERE id = {order['id']}")
    refused = api.post(f"/orders/{order['id']}/cancel")
    assert refused.status_code == 409
    assert "shipped" in refused.json()["detail"]
    assert api.get(f"/orders/{order['id']}").json()["status"] == "shipped"


def test_unknown_orders(api: httpx.Client) -> None:
    assert api.get(f"/orders/{2**63 - 1}").status_code == 404
    assert api.post(f"/orders/{2**63 - 1}/cancel").status_code == 404


def test_pages_hold_every_order_once(api: httpx.Client) -> None:
    created = [create(api).json()["id"] for _ in range(5)]
    seen: list[int] = []
    page: dict[str, Any] = {"next": created[0] - 1}
    while page["next"] is not None:
        page = api.get("/orders", params={"after": page["next"], "limit": 2}).json()
        assert len(page["items"]) <= 2
        seen += [order["id"] for order in page["items"]]
    assert seen == created


@pytest.mark.parametrize(
    "changes",
    [
        {"customer": "a\x00b"},
        {"customer": ""},
        {"customer": "a" * 201},
        {"customer": 1},
        {"customer": "   "},
        {"customer": "\u00a0\u2003"},
        {"customer": "\u200b\u200d\ufeff"},
        {"customer": "\u0301"},
        {"customer": "\u3164"},
        {"customer": "\ue000"},
        {"lines": []},
        {"lines": [NEW_ORDER["lines"][0]] * 101},
        {"unknown": 1},
        {"id": 1},
    ],
)
def test_refuses_order(api: httpx.Client, changes: dict[str, Any]) -> None:
    refused = create(api, **changes)
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "changes",
    [
        {"sku": "a\x00"},
        {"sku": "a\n"},
        {"sku": "a" * 65},
        {"quantity": 0},
        {"quantity": 2**31},
        {"quantity": 2**63},
        {"quantity": 10**400},
        {"quantity": "3"},
        {"quantity": 1.5},
        {"quantity": 1e300},
        {"quantity": True},
        {"unit_price_cents": -1},
        {"unit_price_cents": 2**31},
        {"unknown": 1},
    ],
)
def test_refuses_line(api: httpx.Client, changes: dict[str, Any]) -> None:
    assert create_with_line(api, **changes).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 30_000,
        '{"customer": "\\ud800", "lines": []}',
        '{"\\ud800": 1}',
        '{"customer": NaN, "lines": []}',
        '{"customer": ' + "9" * 5000 + "}",
        "\xff",
        "null",
    ],
)
def test_refuses_malformed_bodies(api: httpx.Client, body: str) -> None:
    assert post_raw(api, body).status_code in (400, 422)


def test_refuses_other_content_types(api: httpx.Client) -> None:
    body = json.dumps(NEW_ORDER)
    refused = api.post("/orders", content=body, headers={"content-type": "text/plain"})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=101",
        "limit=x",
        "limit=%00",
        "after=-1",
        f"after={2**63}",
        "after=%00",
        "after=" + "9" * 5000,
        "unknown=1",
    ],
)
def test_refuses_query(api: httpx.Client, query: str) -> None:
    assert api.get(f"/orders?{query}").status_code == 422


@pytest.mark.parametrize("order_id", ["0", "-1", "x", "%00", "%ff", str(2**63), "9" * 5000])
def test_refuses_order_id(api: httpx.Client, order_id: str) -> None:
    assert api.get(f"/orders/{order_id}").status_code == 422
    assert api.post(f"/orders/{order_id}/cancel").status_code == 422


def test_refuses_huge_bodies(api: httpx.Client) -> None:
    assert post_raw(api, " " * 50_000_000).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    refused = api.post("/orders", content=chunks(), headers={"content-type": "application/json"})
    assert refused.status_code == 413
    assert refused.headers["x-request-id"]


def test_the_largest_valid_order_fits(api: httpx.Client) -> None:
    line = {"sku": "s" * 64, "quantity": 10_000, "unit_price_cents": 100_000_000}
    assert create(api, customer="\U0001f980" * 200, lines=[line] * 100).status_code == 201


def test_refuses_spoofed_hosts_but_answers_probes(api: httpx.Client) -> None:
    spoofed = {"host": "evil.example"}
    assert api.get("/orders", headers=spoofed).status_code == 400
    assert api.get("/healthz", headers=spoofed).status_code == 200
    assert api.get("/readyz", headers=spoofed).status_code == 200


def test_unknown_paths_and_methods(api: httpx.Client) -> None:
    for response, status in [
        (api.get("/nothing"), 404),
        (api.get("/orders/"), 404),
        (api.put("/orders"), 405),
        (api.options("/orders"), 405),
        (api.get("/docs"), 404),
        (api.get("/openapi.json"), 404),
    ]:
        assert response.status_code == status, response.url
        assert response.headers["content-type"] == "application/problem+json"


def test_request_ids(api: httpx.Client) -> None:
    kept = api.get("/orders?limit=1", headers={"x-request-id": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    for insane in ["a" * 65, "a b", '{"a":1}', ""]:
        response = api.get("/nothing", headers={"x-request-id": insane})
        assert response.headers["x-request-id"] != insane
        assert response.json()["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_probes_have_ids_and_log_lines_at_debug_alone(
    shared_env: Env, serve: Serve, level: str
) -> None:
    service = serve(shared_env | {"APP_LOG_LEVEL": level})
    answers = [
        httpx.get(f"{service.url}/healthz", headers={"x-request-id": "probe-1"}),
        httpx.get(f"{service.url}/readyz", headers={"x-request-id": "probe-1"}),
        httpx.post(f"{service.url}/healthz", headers={"x-request-id": "probe-1"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 405]
    ids = [answer.headers.get("x-request-id") for answer in answers]
    logged = [entry["path"] for entry in service.stop().log if "path" in entry]
    if level == "DEBUG":
        assert ids == ["probe-1"] * 3
        assert logged[-3:] == ["/healthz", "/readyz", "/healthz"]
    else:
        assert ids == [None] * 3
        assert logged == []


def test_docs_describe_every_answer(shared_env: Env, serve: Serve) -> None:
    service = serve(shared_env | {"APP_DOCS": "true"})
    assert httpx.get(f"{service.url}/docs").status_code == 200
    paths = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert len(operations) == 6
    for operation in operations:
        success = next(answer for code, answer in operation["responses"].items() if code < "300")
        assert success["content"]["application/json"]["schema"]["$ref"]


async def test_logs_are_json_and_name_the_request(env: Env, serve: Serve) -> None:
    await query(env, "CREATE TABLE something_else (id INTEGER)")
    service = serve(env)  # Not migrated: a bug, as far as the service knows.
    response = httpx.get(f"{service.url}/orders?after=1", headers={"x-request-id": "bug-1"})
    assert response.status_code == 500
    assert response.json() == {
        "title": "Internal Server Error",
        "status": 500,
        "request_id": "bug-1",
    }
    finished = await asyncio.to_thread(service.stop)
    error, access = [entry for entry in finished.log if entry.get("request_id") == "bug-1"]
    assert "no such table" in error["exception"] or "UndefinedTable" in error["exception"]
    assert access | {"method": "GET", "path": "/orders", "status": 500} == access
    assert access["environment"] == "test"
