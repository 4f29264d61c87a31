"""openapi.json is what a review sees of a change to the API.

After a change that is meant: `uv run python -m tests.test_openapi > openapi.json`, in app/.
"""

import json
from pathlib import Path
from unittest.mock import Mock

from orders.app import create_api
from orders.health import Readiness
from orders.settings import Settings

FILE = Path(__file__).parents[1] / "openapi.json"


def generate() -> str:
    # No database, and whatever `docs` says: nothing is served.
    settings = Settings.model_construct(docs=False, allowed_hosts=("*",))
    api = create_api(settings, Mock(spec=Readiness))
    return json.dumps(api.openapi(), indent=2)


def test_the_committed_document_is_the_apps() -> None:
    assert json.loads(FILE.read_text()) == json.loads(generate()), __doc__


if __name__ == "__main__":
    print(generate())
