"""Puts the service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from orders import health, routes
from orders.database import Database
from orders.health import Readiness
from orders.middleware import Guard, RequestLog
from orders.problems import add_problem_handlers
from orders.settings import Settings

MAX_BODY_BYTES = 64 * 1024
"""Largest body that is read, about seven times the largest valid order."""


def create_api(settings: Settings, readiness: Readiness) -> FastAPI:
    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        api.state.readiness = readiness
        api.state.database = Database(settings)
        try:
            yield
        finally:
            await api.state.database.close()

    api = FastAPI(
        title="Orders",
        lifespan=lifespan,
        openapi_url="/openapi.json" if settings.docs else None,
        redoc_url=None,
        # A redirect would be built from the Host header and from the wrong scheme.
        redirect_slashes=False,
        # Not by include_router, whose routes are looked up twice for each request.
        routes=[*health.router.routes, *routes.router.routes],
    )
    add_problem_handlers(api)
    return api


def create_app(settings: Settings, readiness: Readiness) -> ASGIApp:
    """The API inside what must also see FastAPI's own answers to errors."""
    guard = Guard(
        create_api(settings, readiness),
        allowed_hosts=settings.allowed_hosts,
        max_body_bytes=MAX_BODY_BYTES,
        seconds=settings.request_timeout_seconds,
    )
    return RequestLog(guard)
