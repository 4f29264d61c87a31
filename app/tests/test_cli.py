"""What a command loads is most of its start: each loads no more than it needs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "others"),
    [
        ("cli", {"alembic", "fastapi", "sqlalchemy", "uvicorn"}),
        ("migrate", {"fastapi", "uvicorn"}),
        ("server", {"alembic", "gunicorn"}),
    ],
)
def test_loads_what_it_needs(module: str, others: set[str]) -> None:
    script = f"import orders.{module}, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert not others & set(loaded.stdout.split())
