"""How many requests are under way, told at a port of its own to whoever adds pods for them."""

import mmap

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from orders import health
from orders.problems import problem

PATH = "/metrics"

NAME = "http_server_active_requests"
"""OpenTelemetry's `http.server.active_requests` in Prometheus' spelling ("Semantic conventions for
HTTP metrics" at opentelemetry.io; `pkg/translator/prometheus` of its Collector; 2026-11)."""

TEXT = f"""# HELP {NAME} Number of active HTTP server requests.
# TYPE {NAME} gauge
{NAME} %d
"""


class InFlight:
    """Counts requests, but no probes, and tells the sum of all processes.

    Each has a place in memory that they share. Whoever takes a place begins at zero, so that a
    process that was killed leaves nothing behind.
    """

    def __init__(self, app: ASGIApp, port: int, places: int) -> None:
        self.app = app
        self.port = port
        self.places = range(places)
        self._counts = memoryview(mmap.mmap(-1, places * 8)).cast("q")
        self._place = 0

    def take(self, place: int) -> None:
        """For this process, and those that it forks."""
        self._place = place
        self._counts[place] = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["server"][1] == self.port:
            told = PlainTextResponse(
                TEXT % sum(self._counts), media_type="text/plain; version=0.0.4"
            )
            answer = told if scope["path"] == PATH else problem(404)
            return await answer(scope, receive, send)
        if scope["path"] in health.PATHS:
            return await self.app(scope, receive, send)
        self._counts[self._place] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._counts[self._place] -= 1
