"""uvicorn's HTTP protocol, with limits on what isn't a request yet.

On its own it waits forever for a first request (Kludex/uvicorn#1192) and for the rest of one that
has begun, whose head may have any size. Middleware can't help: it is called when the head is there.
"""

import asyncio
import logging
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from orders.problems import problem

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
"""Longest request line with headers, unless they come in one piece."""


def limited_protocol(seconds: float) -> type[HttpToolsProtocol]:
    """One on which a request, its body included, has so long to arrive."""

    class LimitedProtocol(HttpToolsProtocol):
        _deadline: TimerHandle | None = None
        _in_head = False
        _in_request = False
        _head_bytes = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # As after a response: this long without a request.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._unset_keepalive_if_required()
            self._arrived()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            # Most requests come in one piece, and cost no timer.
            if self._deadline is None and (self._in_request or self._answered()):
                self._deadline = self.loop.call_later(seconds, self._give_up)
            if self._in_head:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._refuse(431, f"The head may have {MAX_HEAD_BYTES} bytes")

        def on_message_begin(self) -> None:
            self._in_head = self._in_request = True
            self._head_bytes = 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._in_request = False
            self._arrived()
            super().on_message_complete()

        def send_400_response(self, msg: str) -> None:
            self._refuse(400, msg)

        def _answered(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _arrived(self) -> None:
            if self._deadline:
                self._deadline.cancel()
                self._deadline = None

        def _give_up(self) -> None:
            if self._in_head:
                self._refuse(408, f"The head did not arrive within {seconds:g} s")
            elif self._answered():
                self.transport.close()
            # Otherwise the middleware, which has the same limit, answers that the body is late.

        def _refuse(self, status: int, detail: str) -> None:
            logger.info("refused a request: %s", detail)
            response = problem(status, detail, headers={"Connection": "close"})
            headers = [name + b": " + value + b"\r\n" for name, value in response.raw_headers]
            self.transport.write(
                b"".join([STATUS_LINE[status], *headers, b"\r\n", bytes(response.body)])
            )
            self.transport.close()

    return LimitedProtocol
