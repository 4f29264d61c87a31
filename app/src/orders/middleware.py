"""Around every request. Pure ASGI: BaseHTTPMiddleware would copy each message through a queue."""

import asyncio
import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orders import health
from orders.logs import request_id
from orders.problems import problem

logger = logging.getLogger(__name__)

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """Gives each request an id, the caller's if it is sane, and logs its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        supplied = Headers(scope=scope).get("x-request-id", "")
        current = supplied if SANE_ID.fullmatch(supplied) else uuid.uuid4().hex
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = current
            await send(message)

        token = request_id.set(current)
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            # FastAPI has answered 500 and raised again for whoever logs: that's us.
            logger.exception("unhandled error")
        finally:
            level = logging.DEBUG if scope["path"] in health.PATHS else logging.INFO
            fields = {
                "method": scope["method"],
                # Without the query, which is the caller's business.
                "path": scope["path"],
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            }
            logger.log(level, "request", extra={"fields": fields})
            request_id.reset(token)


class RequestTimeout:
    """Answers 503 to a request that takes longer than `seconds`, its body included."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        answering = False

        async def watched_send(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            async with asyncio.timeout(self.seconds) as deadline:
                await self.app(scope, receive, watched_send)
        except TimeoutError:
            if answering or not deadline.expired():
                raise
            response = problem(503, f"The request took longer than {self.seconds:g} s")
            await response(scope, receive, send)


class TrustedHosts(TrustedHostMiddleware):
    """Lets probes pass: the kubelet and the load balancer call them by the pod's address."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in health.PATHS:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
