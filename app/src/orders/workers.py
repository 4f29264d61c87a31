"""Several processes behind one port: gunicorn starts and watches them, uvicorn runs in each."""

import logging
import sys
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from starlette.types import ASGIApp
from uvicorn_worker import UvicornWorker

from orders.health import Readiness
from orders.in_flight import InFlight
from orders.server import Server
from orders.settings import Settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 60
"""After which a process that doesn't answer gunicorn is replaced."""

CLOSE_SECONDS = 5
"""What a process has beyond its requests' time, to shut down."""

MOST_REQUESTS = 2000, 200
"""After how many requests a process is replaced, more or less: whatever leaks, leaks no further."""


class Workers(BaseApplication):
    def __init__(
        self,
        app: ASGIApp,
        readiness: Readiness,
        options: dict[str, Any],
        settings: Settings,
        in_flight: InFlight | None,
    ) -> None:
        self._app = app
        self._in_flight = in_flight
        # RetiringServer has a limit of its own.
        kwargs = {**options, "limit_max_requests": None}
        self._worker_class = type(
            "Worker", (Worker,), {"CONFIG_KWARGS": kwargs, "readiness": readiness}
        )
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = self._settings
        most, more_or_less = MOST_REQUESTS
        for name, value in {
            "bind": [f"[{settings.host}]:{port}" for port in settings.ports],
            "workers": settings.workers,
            "worker_class": self._worker_class,
            "logger_class": Log,
            "preload_app": True,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": settings.graceful_timeout_seconds + CLOSE_SECONDS,
            "max_requests": most - more_or_less,
            "max_requests_jitter": 2 * more_or_less,
            # Memory, so that no slow disk makes a process look dead.
            "worker_tmp_dir": "/dev/shm",  # noqa: S108
            "control_socket_disable": True,
            "pre_fork": self._give_place,
        }.items():
            self.cfg.set(name, value)

    def _give_place(self, arbiter: Any, worker: "Worker") -> None:
        if self._in_flight:
            taken = {other.place for other in arbiter.WORKERS.values()}
            worker.place = next(place for place in self._in_flight.places if place not in taken)
            self._in_flight.take(worker.place)

    def load(self) -> ASGIApp:
        return self._app


class Worker(UvicornWorker):  # type: ignore[misc]
    readiness: Readiness
    place: int
    """Of its count of requests in flight."""

    def run(self) -> None:
        self.config.app = self.wsgi
        server = RetiringServer(self.config, self.readiness, self.max_requests)
        server.run(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


class RetiringServer(Server):
    """Ends after so many requests, and loses none of those that clients send meanwhile.

    uvicorn's own limit closes connections on which a request may be under way. This one lets each
    have its next answer, or its keep-alive time. Until they are gone new ones are accepted still,
    for one request each: the process takes its share of the load, and then gunicorn replaces it.
    """

    def __init__(self, config: Any, readiness: Readiness, most_requests: int) -> None:
        super().__init__(config, readiness)
        self._most_requests = most_requests
        self._last_connections: set[Any] | None = None

    async def on_tick(self, counter: int) -> bool:
        stopping = await super().on_tick(counter)
        if self._last_connections is None:
            if self.server_state.total_requests < self._most_requests:
                return stopping
            logger.info("retiring after %d requests", self.server_state.total_requests)
            self.end_connections()
            self._last_connections = set(self.server_state.connections)
        self._last_connections &= self.server_state.connections
        return stopping or not self._last_connections


class Log(Logger):
    """Gunicorn's log goes where all others go."""

    def setup(self, cfg: Config) -> None:
        everything = logging.getLogger()
        self.error_log.handlers = everything.handlers
        self.error_log.setLevel(everything.level)
