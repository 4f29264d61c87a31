"""A PostgreSQL server of the tests' own, with TLS and a CA."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

PASSWORD = "correct-horse"


def binaries() -> Path:
    """POSTGRES_BIN if set, else the newest that Debian has installed."""
    if chosen := os.environ.get("POSTGRES_BIN"):
        return Path(chosen)
    installed = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        raise RuntimeError("no PostgreSQL: set POSTGRES_BIN or install Debian's postgresql")
    return max(installed, key=lambda path: float(path.parent.name))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Postgres:
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="orders-pg-")))
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def create(self) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        server = authority.issue_cert("localhost")
        server.private_key_pem.write_to_path(self.directory / "server.key")
        server.cert_chain_pems[0].write_to_path(self.directory / "server.pem")
        (self.directory / "server.key").chmod(0o600)
        (self.directory / "password").write_text(PASSWORD)
        self._give_away()
        self._run(
            "initdb", "-D", self._data, "-U", "postgres", "--auth=scram-sha-256", "--no-sync",
            "-E", "UTF8", f"--pwfile={self.directory}/password",
        )  # fmt: skip
        # Without TLS too: it is the service that must insist on it.
        access = "host all all 127.0.0.1/32 scram-sha-256\n"
        (self.directory / "data/pg_hba.conf").write_text(access)

    def start(self, *, tls: bool = True) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "ssl": "on" if tls else "off",
            "ssl_cert_file": self.directory / "server.pem",
            "ssl_key_file": self.directory / "server.key",
            "fsync": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [binaries() / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=log,
                **self._identity(),
            )
        status = self.directory / "data/postmaster.pid"
        for _ in range(200):
            if status.exists() and "ready" in status.read_text():
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL didn't start:\n{(self.directory / 'log').read_text()}")

    def stop(self) -> None:
        if self.process:
            self.thaw()
            self.process.send_signal(signal.SIGINT)
            self.process.wait(10)
            self.process = None

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory)

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def _signal_all(self, number: signal.Signals) -> None:
        """To the server and its backends, which each have a process group of their own."""
        assert self.process
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for pid in [parent, *map(int, children)]:
            os.kill(pid, number)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [binaries() / program, *arguments],
            check=True,
            capture_output=True,
            **self._identity(),
        )

    def _identity(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if os.getuid() != 0:
            return {"cwd": self.directory}
        nobody = pwd.getpwnam("nobody")
        return {
            "cwd": self.directory,
            "user": nobody.pw_uid,
            "group": nobody.pw_gid,
            "extra_groups": [],
        }

    def _give_away(self) -> None:
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in [self.directory, *self.directory.iterdir()]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()
