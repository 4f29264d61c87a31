from pathlib import Path

import pytest
import trustme

from orders.settings import PostgresSettings, Settings, SettingsError, SqliteSettings, load_settings
from tests.conftest import Env, finish, start


@pytest.fixture
def minimal(tmp_path: Path) -> Env:
    ca_file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(ca_file)
    return {
        "APP_ENVIRONMENT": "test",
        "APP_ALLOWED_HOSTS": "a.example, *.b.example",
        "APP_DATABASE_HOST": "db.example",
        "APP_DATABASE_NAME": "orders",
        "APP_DATABASE_USER": "orders",
        "APP_DATABASE_PASSWORD": "hunter2",
        "APP_DATABASE_CA_FILE": str(ca_file),
    }


def load(monkeypatch: pytest.MonkeyPatch, env: Env) -> Settings:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_minimal(monkeypatch: pytest.MonkeyPatch, minimal: Env) -> None:
    settings = load(monkeypatch, minimal)
    assert settings.allowed_hosts == ("a.example", "*.b.example")
    assert not settings.docs
    assert "hunter2" not in repr(settings)


def test_a_secret_may_be_a_file(
    monkeypatch: pytest.MonkeyPatch, minimal: Env, tmp_path: Path
) -> None:
    password = minimal.pop("APP_DATABASE_PASSWORD")
    with pytest.raises(SettingsError, match=r"^APP_DATABASE_PASSWORD: Field required$"):
        load(monkeypatch, minimal)
    (tmp_path / "APP_DATABASE_PASSWORD").write_text(password)
    monkeypatch.setattr("orders.settings.SECRETS", tmp_path)
    settings = load(monkeypatch, minimal)
    assert isinstance(settings, PostgresSettings)
    assert settings.database_password.get_secret_value() == password


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_DATABSE_POOL_SIZE", "5"),
        ("APP_DATABASE_HOST", ""),
        ("APP_DATABASE_HOST", "/var/run/postgresql"),
        ("APP_DATABASE_HOST", "one,two"),
        ("APP_DATABASE_PORT", "tcp://10.0.0.1:5432"),
        ("APP_DATABASE_POOL_SIZE", "0"),
        ("APP_DATABASE_MAX_OVERFLOW", "-1"),
        ("APP_DATABASE_CA_FILE", "/nowhere"),
        ("APP_DATABASE_CA_FILE", __file__),
        ("APP_ALLOWED_HOSTS", "http://a.example"),
        ("APP_TRUSTED_PROXIES", "10.0.0.1/16"),
        ("APP_TRUSTED_PROXIES", "*"),
        ("APP_TRUSTED_PROXIES", "10.0.0.0/16,load-balancer"),
        ("APP_LOG_LEVEL", "loud"),
        ("APP_REQUEST_TIMEOUT_SECONDS", "0"),
    ],
)
def test_wrong_settings_are_named(
    monkeypatch: pytest.MonkeyPatch, minimal: Env, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: [^;]+$") as error:
        load(monkeypatch, minimal | {name: value})
    assert "hunter2" not in str(error.value)


FILE = {
    "APP_ENVIRONMENT": "test",
    "APP_ALLOWED_HOSTS": "a.example",
    "APP_DATABASE_FILE": "/data/orders.db",
}


def test_a_file_is_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, FILE)
    assert isinstance(settings, SqliteSettings)
    assert settings.database_file == Path("/data/orders.db")


@pytest.mark.parametrize(
    ("name", "value"),
    [("APP_DATABASE_FILE", "orders.db"), ("APP_DATABASE_HOST", "db.example")],
)
def test_a_file_is_absolute_and_has_no_host(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: [^;]+$"):
        load(monkeypatch, FILE | {name: value})


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_every_problem_is_in_one_last_line(minimal: Env, command: str) -> None:
    del minimal["APP_DATABASE_USER"]
    finished = finish(start(command, minimal | {"APP_PORT": "x"}))
    assert finished.code == 1
    assert "APP_DATABASE_USER" in finished.last
    assert "APP_PORT" in finished.last
    assert "hunter2" not in str(finished.log)
