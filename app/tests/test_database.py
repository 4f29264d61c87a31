import asyncio
import gc
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from orders.database import Database, DatabaseUnavailableError
from orders.settings import load_settings
from tests.conftest import Env


def test_the_error_of_abandoned_work_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, shared_env: Env
) -> None:
    """asyncio would log it whole, with the rows that PostgreSQL quotes."""
    for name, value in (shared_env | {"APP_DATABASE_COMMAND_TIMEOUT_SECONDS": "1"}).items():
        monkeypatch.setenv(name, value)
    logged: list[dict[str, Any]] = []

    async def fails_when_cancelled(_: AsyncSession) -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise ValueError("a customer's row") from None

    async def read() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
        database = Database(load_settings())
        with pytest.raises(DatabaseUnavailableError):
            await database.read(fails_when_cancelled)
        await asyncio.sleep(0.1)
        gc.collect()
        await database.close()

    asyncio.run(read())
    assert logged == []
