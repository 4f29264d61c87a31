"""Probes. Liveness never looks at the database: a restart would not bring it back."""

import asyncio
import logging
import time

from fastapi import APIRouter, HTTPException, Request

from orders.database import driver, reason
from orders.problems import may_answer
from orders.schemas import Health
from orders.settings import Settings

logger = logging.getLogger(__name__)

PATHS = frozenset({"/healthz", "/readyz"})
PING_SECONDS = 1.0
CACHE_SECONDS = 1.0

router = APIRouter(tags=["probes"])


class Readiness:
    """Whether to send requests here: the database answers, and no shutdown has begun.

    The ping has a connection of its own, so that a busy pool doesn't look like an outage.
    """

    stopping = False

    def __init__(self, settings: Settings) -> None:
        self._driver = driver(settings)
        self._lock = asyncio.Lock()
        self._expires = 0.0
        self._obstacle: str | None = None

    async def obstacle(self) -> str | None:
        """What stands in the way, or None. Looked up at most once in CACHE_SECONDS."""
        if self.stopping:
            return "Shutting down"
        async with self._lock:
            if time.monotonic() >= self._expires:
                self._obstacle = await self._ping()
                self._expires = time.monotonic() + CACHE_SECONDS
            return self._obstacle

    async def _ping(self) -> str | None:
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._driver.ping()
        except Exception as error:
            logger.warning("not ready: %s", reason(error))
            # The load balancer may show this to anyone: no hosts or user names.
            return f"The database does not answer: {type(error).__name__}"
        return None


@router.get("/healthz", response_model=Health)
async def healthz() -> Health:
    return Health()


@router.get("/readyz", response_model=Health, responses=may_answer(503))
async def readyz(request: Request) -> Health:
    readiness: Readiness = request.app.state.readiness
    if (obstacle := await readiness.obstacle()) is not None:
        raise HTTPException(503, obstacle)
    return Health()
