"""Puts the service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from orders import health, routes
from orders.database import Database
from orders.health import Readiness
from orders.middleware import RequestLog, RequestTimeout, TrustedHosts
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
        max_body_size=MAX_BODY_BYTES,
        middleware=[
            Middleware(TrustedHosts, allowed_hosts=settings.allowed_hosts, www_redirect=False)
        ],
    )
    add_problem_handlers(api)
    api.include_router(health.router)
    api.include_router(routes.router)
    return api


def create_app(settings: Settings, readiness: Readiness) -> ASGIApp:
    """The API inside what must also see FastAPI's own answers to errors and large bodies."""
    api = create_api(settings, readiness)
    return RequestLog(RequestTimeout(api, settings.request_timeout_seconds))
