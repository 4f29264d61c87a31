"""The connection to PostgreSQL is verified against the CA file and the host name, or refused."""

from pathlib import Path

import httpx
import trustme

from tests.conftest import Env, Serve, environment, migrate, on_postgresql
from tests.postgres import Postgres


@on_postgresql
def test_another_ca_is_refused(env: Env, serve: Serve, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    env["APP_DATABASE_CA_FILE"] = str(other)
    finished = migrate(env)
    assert finished.code == 1
    assert "CERTIFICATE_VERIFY_FAILED" in finished.last
    service = serve(env)
    assert httpx.get(f"{service.url}/orders").status_code == 503
    assert httpx.get(f"{service.url}/readyz").status_code == 503


@on_postgresql
def test_another_host_name_is_refused(env: Env) -> None:
    finished = migrate(env | {"APP_DATABASE_HOST": "127.0.0.1"})
    assert finished.code == 1
    assert "CERTIFICATE_VERIFY_FAILED" in finished.last


def test_a_server_without_tls_is_refused(own_postgres: Postgres) -> None:
    own_postgres.stop()
    own_postgres.start(tls=False)
    finished = migrate(environment(own_postgres, "postgres"))
    assert finished.code == 1
    assert "SSL" in finished.last
