"""Runs the service: in one process, because Kubernetes does the scaling, unless more are set."""

import gc
import socket
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from orders.app import create_app
from orders.health import Readiness
from orders.in_flight import InFlight
from orders.protocol import limited_protocol
from orders.settings import Settings


class Server(uvicorn.Server):
    """Turns the service unready at the first sign of a shutdown, and ends connections in order."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness) -> None:
        super().__init__(config)
        self._readiness = readiness

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._readiness.stopping = True
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.end_connections()
        await super().shutdown(sockets)

    def end_connections(self) -> None:
        """Each is closed after its next answer, which says so: no request is sent in vain."""
        close = (b"connection", b"close")
        self.server_state.default_headers.append(close)
        # From which uvicorn makes the former anew each second.
        self.config.encoded_headers.append(close)


def serve(settings: Settings) -> None:
    readiness = Readiness(settings)
    app: ASGIApp = create_app(settings, readiness)
    in_flight: InFlight | None = None
    if settings.metrics_port is not None:
        # Gunicorn's reload starts as many processes again before it stops those that there are.
        app = in_flight = InFlight(app, settings.metrics_port, 2 * settings.workers)
    options: dict[str, Any] = {
        "loop": "uvloop",
        "http": limited_protocol(settings.request_timeout_seconds),
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        # The caller's address and scheme are in the log: no header from elsewhere may forge them.
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": [str(network) for network in settings.trusted_proxies],
        "timeout_keep_alive": settings.keep_alive_seconds,
        "timeout_graceful_shutdown": settings.graceful_timeout_seconds,
    }
    # What is loaded by now stays: no need for the garbage collector to look at it again and again.
    gc.collect()
    gc.freeze()
    if settings.workers > 1:
        # Gunicorn's memory is for those who use it.
        from orders.workers import Workers

        Workers(app, readiness, options, settings, in_flight).run()
    else:
        configs = [uvicorn.Config(app, settings.host, port, **options) for port in settings.ports]
        Server(configs[0], readiness).run([config.bind_socket() for config in configs])
