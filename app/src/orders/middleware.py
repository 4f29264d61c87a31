"""Around every request. Pure ASGI: BaseHTTPMiddleware would copy each message through a queue."""

import asyncio
import logging
import os
import re
import time
from collections.abc import Sequence

from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orders import health
from orders.logs import request_id
from orders.problems import problem

logger = logging.getLogger(__name__)

SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HOST = re.compile(rb"(.+?)(?::\d*)?")
"""A name or an address, and perhaps a port."""


class RequestLog:
    """Gives each request an id, the caller's if it is sane, and logs its end.

    Probes have neither unless DEBUG is logged: there are many, and none is worth a search.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        level = logging.DEBUG if scope["path"] in health.PATHS else logging.INFO
        if level is logging.DEBUG and not logger.isEnabledFor(level):
            return await self.app(scope, receive, send)

        current: bytes = dict(scope["headers"]).get(b"x-request-id", b"")
        if not SANE_ID.fullmatch(current):
            current = os.urandom(16).hex().encode()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", current)]
            await send(message)

        token = request_id.set(current.decode())
        started = time.perf_counter()
        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            # FastAPI has answered 500 and raised again for whoever logs: that's us.
            logger.exception("unhandled error")
        finally:
            if logger.isEnabledFor(level):
                client = scope["client"]
                fields = {
                    # The caller's, as far as a trusted proxy has said it.
                    "client": client[0] if client else None,
                    "scheme": scope["scheme"],
                    "method": scope["method"],
                    # Without the query, which is the caller's business.
                    "path": scope["path"],
                    "status": status,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                }
                logger.log(level, "request", extra={"fields": fields})
            request_id.reset(token)


class Guard:
    """Passes on what a route can handle: to a known host, with a small body that has arrived.

    It also ends what takes too long, and lets HEAD be answered like GET.
    """

    def __init__(
        self, app: ASGIApp, *, allowed_hosts: Sequence[str], max_body_bytes: int, seconds: float
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower().encode() for host in allowed_hosts)
        self.domains = tuple(host[1:] for host in self.hosts if host.startswith(b"*"))
        self.max_body_bytes = max_body_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        if scope["method"] == "HEAD":
            # uvicorn still knows that it is one, and leaves the body out.
            scope = {**scope, "method": "GET"}
        if scope["path"] in health.PATHS:
            # Called by the pod's address, without a body, and with limits of their own.
            return await self.app(scope, receive, send)

        headers: dict[bytes, bytes] = dict(scope["headers"])
        if refusal := self._refusal(headers):
            return await refusal(scope, receive, send)
        arrived = answering = False

        async def watched_send(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            async with asyncio.timeout(self.seconds) as deadline:
                if b"content-length" in headers or b"transfer-encoding" in headers:
                    body = await self._read(receive)
                    if len(body) > self.max_body_bytes:
                        return await self._too_large()(scope, receive, send)
                    receive = replay(body, receive)
                arrived = True
                await self.app(scope, receive, watched_send)
        except ClientDisconnect:
            logger.debug("the client left before its body had arrived")
        except TimeoutError:
            if answering or not deadline.expired():
                raise
            if arrived:
                late = problem(503, f"The request took longer than {self.seconds:g} s")
            else:
                detail = f"The body did not arrive within {self.seconds:g} s"
                late = problem(408, detail, headers={"Connection": "close"})
            await late(scope, receive, send)

    def _refusal(self, headers: dict[bytes, bytes]) -> Response | None:
        if not self._knows(headers.get(b"host", b"")):
            return problem(400, "The Host header is not one of this service's names")
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            detail = "The body must come without a Content-Encoding"
            return problem(415, detail, headers={"Accept-Encoding": "identity"})
        if int(headers.get(b"content-length", 0)) > self.max_body_bytes:
            return self._too_large()
        return None

    def _knows(self, header: bytes) -> bool:
        match = HOST.fullmatch(header.lower())
        return match is not None and (match[1] in self.hosts or match[1].endswith(self.domains))

    def _too_large(self) -> Response:
        return problem(413, f"The body may have {self.max_body_bytes} bytes")

    async def _read(self, receive: Receive) -> bytes:
        """The body, or as much of it as shows that it is too large."""
        body = bytearray()
        while len(body) <= self.max_body_bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one message, and what comes after it as it comes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again
