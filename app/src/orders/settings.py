"""What the environment may set. Every variable is the field's name in capitals after `APP_`.

A variable may be a file of that name in SECRETS instead: a container's environment is on its
node's disk.
"""

import os
import ssl
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    FilePath,
    IPvAnyNetwork,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "APP_"
SECRETS = Path("/run/secrets/orders")

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
# asyncpg takes a path for a Unix socket, where there is no TLS, and a list of hosts after commas.
DatabaseHost = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
HostPattern = Annotated[str, StringConstraints(pattern=r"^(\*|(\*\.)?[A-Za-z0-9][A-Za-z0-9.-]*)$")]


def _split(items: object) -> object:
    return [item.strip() for item in items.split(",")] if isinstance(items, str) else items


def _holds_certificates(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        raise ValueError(f"no CA certificates can be read from {path}: {error}") from error
    return path


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("give an absolute path")
    return path


class Settings(BaseSettings):
    """What holds for either kind of database."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    environment: Name
    """Where this runs, for example `prod`; part of every log line."""
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
    ] = "INFO"
    """Lowest level that is logged. Default INFO; probes are logged at DEBUG."""
    docs: bool = False
    """Serve /docs and /openapi.json. Default false."""
    image: str | None = None
    """Image this runs from, as `repository@sha256:…`; kept in the migration history."""

    host: str = "0.0.0.0"  # noqa: S104
    """Address to listen on. Default 0.0.0.0: a pod is reached by its own address."""
    port: Port = 8000
    """TCP port to listen on. Default 8000."""
    metrics_port: Port | None = None
    """TCP port that tells how many requests are in flight, at /metrics. Default none."""
    workers: PositiveInt = 1
    """Processes that serve. Default 1: Kubernetes adds pods. Each has a pool of its own."""
    allowed_hosts: Annotated[
        tuple[HostPattern, ...], NoDecode, BeforeValidator(_split), Field(min_length=1)
    ]
    """Host headers to answer, separated by commas; `*.example.com` covers every subdomain."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)] = ()
    """Networks, separated by commas, of proxies that say the truth in `X-Forwarded-For` and
    `X-Forwarded-Proto`. Default none: what anybody else says there is ignored."""
    keep_alive_seconds: PositiveInt = 75
    """How long an idle connection stays open. Default 75: longer than the load balancer's 60."""
    request_timeout_seconds: PositiveFloat = 20
    """Longest that a request may take to arrive, and to be answered then. Default 20."""
    graceful_timeout_seconds: PositiveInt = 25
    """How long SIGTERM waits for requests in flight. Default 25."""

    database_pool_size: PositiveInt = 10
    """Connections kept open. Default 10."""
    database_command_timeout_seconds: PositiveFloat = 2
    """Longest that one statement of the API may take; its transaction, connecting included, gets
    half a second more. Default 2."""

    migration_lock_wait_seconds: Annotated[float, Field(ge=0)] = 30
    """How long a migrator waits for another one to finish. Default 30."""
    migration_statement_timeout_ms: PositiveInt = 60_000
    """Longest that one statement of a migration may take. Default 60000."""

    @property
    def ports(self) -> list[int]:
        return [self.port] if self.metrics_port is None else [self.port, self.metrics_port]


class PostgresSettings(Settings):
    database_host: DatabaseHost
    """Host name of PostgreSQL, as in its certificate."""
    database_port: Port = 5432
    """TCP port of PostgreSQL. Default 5432."""
    database_name: str
    """Database to use."""
    database_user: str
    """Role to log in as."""
    database_password: SecretStr
    """Password of the role."""
    database_ca_file: Annotated[FilePath, AfterValidator(_holds_certificates)]
    """PEM file of the CAs that may have signed PostgreSQL's certificate."""
    database_max_overflow: Annotated[int, Field(ge=0)] = 0
    """Connections opened beyond the pool under load. Default 0: each is closed after use, and the
    next one costs a TLS handshake."""
    database_pool_pre_ping: bool = True
    """Replace a pooled connection that is broken before its use, which survives a failover; one
    that was idle for a second is tested by a ping. Default true."""
    database_pool_recycle_seconds: PositiveInt = 1800
    """Age at which a pooled connection is replaced. Default 1800."""
    database_connect_timeout_seconds: PositiveFloat = 3
    """Longest that opening a connection may take. Default 3."""

    migration_lock_timeout_ms: PositiveInt = 1000
    """How long one try may wait for a table lock, and stall its readers. Default 1000."""


class SqliteSettings(Settings):
    database_file: Annotated[Path, AfterValidator(_absolute)]
    """The database's file. `orders migrate` makes it; its folder must be there."""


class SettingsError(Exception):
    """Says which variables are wrong, never what a secret one holds."""


def load_settings() -> Settings:
    """Settings from the environment; a variable that is misspelt is an error, not a default.

    With APP_DATABASE_FILE it is SQLite.
    """
    kind = SqliteSettings if os.environ.get(f"{PREFIX}DATABASE_FILE") else PostgresSettings
    known = {PREFIX + field.upper() for field in kind.model_fields}
    problems = [
        f"{name}: unknown setting"
        for name in sorted(os.environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]
    try:
        settings = kind(_secrets_dir=SECRETS if SECRETS.is_dir() else None)
    except ValidationError as error:
        problems += [
            f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}"
            for e in error.errors(include_input=False, include_context=False)
        ]
    if problems:
        raise SettingsError("; ".join(problems))
    return settings
