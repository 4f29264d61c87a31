"""uvicorn's HTTP protocol, with limits on what isn't a request yet.

On its own it waits forever for a first request (Kludex/uvicorn#1192) and for the rest of one that
has begun, whose head may have any size. Middleware can't help: it is called when the head is there.
"""

import asyncio
import logging
from asyncio import TimerHandle

from uvicorn._types import HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from orders.problems import problem

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
"""Longest request line with headers, unless they come in one piece."""

LINGER_SECONDS = 1.0
"""How long a shutdown waits for a request that may be under way to a connection without one."""


def limited_protocol(seconds: float) -> type[HttpToolsProtocol]:
    """One on which a request, its body included, has so long to arrive."""

    class LimitedProtocol(HttpToolsProtocol):
        _deadline: TimerHandle | None = None
        _head_bytes = 0
        _whole: HTTPScope | None = None
        """The last request that has arrived to its end; `scope` is the last that has begun."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # As after a response: this long without a request.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._unset_keepalive_if_required()
            self._stop_deadline()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.scope is self._whole and not self._answered():
                return  # Most requests come in one piece, and need no timer.
            if self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self._give_up)
            if self._in_head():
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._refuse(431, f"The head may have {MAX_HEAD_BYTES} bytes")

        def on_message_complete(self) -> None:
            self._whole = self.scope
            self._head_bytes = 0
            self._stop_deadline()
            super().on_message_complete()

        def shutdown(self) -> None:
            if self._answered():
                self.loop.call_later(LINGER_SECONDS, self._close_unused)
            else:
                super().shutdown()

        def _close_unused(self) -> None:
            if self.scope is self._whole and self._answered():
                self.transport.close()

        def send_400_response(self, msg: str) -> None:
            self._refuse(400, msg)

        def _in_head(self) -> bool:
            return self.scope is not self._whole and "path" not in self.scope

        def _answered(self) -> bool:
            return self.cycle is None or self.cycle.response_complete

        def _stop_deadline(self) -> None:
            if self._deadline:
                self._deadline.cancel()
                self._deadline = None

        def _give_up(self) -> None:
            if self._in_head():
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
