"""Errors as RFC 9457 problem details."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from orders.database import DatabaseUnavailableError
from orders.logs import request_id


class Problem(BaseModel):
    title: str
    status: int
    detail: str | None = None
    request_id: str | None = None
    errors: list[str] | None = None


def problem(
    status: int,
    detail: str | None = None,
    errors: list[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        request_id=request_id.get(),
        errors=errors,
    )
    # The name of a field may hold half a surrogate pair, which only escapes can carry.
    return Response(
        json.dumps(body.model_dump(exclude_none=True)),
        status,
        headers,
        media_type="application/problem+json",
    )


def add_problem_handlers(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, error.detail, headers=error.headers)

    @app.exception_handler(405)
    async def method_not_allowed(request: Request, _: HTTPException) -> Response:
        methods = ", ".join(sorted(_methods(request)))
        return problem(405, f"Allowed here: {methods}", headers={"Allow": methods})

    @app.exception_handler(RequestValidationError)
    async def invalid_request(_: Request, error: RequestValidationError) -> Response:
        # Without the input: it may be secret, huge, or impossible to encode.
        fields = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        return problem(422, "The request is not valid", fields)

    @app.exception_handler(DatabaseUnavailableError)
    async def database_unavailable(_: Request, __: DatabaseUnavailableError) -> Response:
        return problem(503, "The database does not answer", headers={"Retry-After": "1"})

    @app.exception_handler(Exception)
    async def unexpected_error(_: Request, __: Exception) -> Response:
        return problem(500)


def _methods(request: Request) -> set[str]:
    """Those of every route with this path: Starlette names the first one's alone."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return methods | {"HEAD"} if "GET" in methods else methods


def may_answer(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"content": content} for status in statuses}
