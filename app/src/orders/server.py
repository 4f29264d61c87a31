"""Runs the service: one process, because Kubernetes does the scaling."""

import gc
from types import FrameType

import uvicorn

from orders.app import create_app
from orders.health import Readiness
from orders.protocol import limited_protocol
from orders.settings import Settings


class Server(uvicorn.Server):
    """Turns the service unready at the first sign of a shutdown."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness) -> None:
        super().__init__(config)
        self._readiness = readiness

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._readiness.stopping = True
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    readiness = Readiness(settings)
    config = uvicorn.Config(
        create_app(settings, readiness),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=limited_protocol(settings.request_timeout_seconds),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here uses the caller's address or scheme, so no header may forge them.
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.graceful_timeout_seconds,
    )
    # What is loaded by now stays: no need for the garbage collector to look at it again and again.
    gc.collect()
    gc.freeze()
    Server(config, readiness).run()
