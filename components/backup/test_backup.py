"""The backup as the CronJob runs it, against servers that stand for S3 and Pod Identity's agent."""

import gzip
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from backup import (
    COPIES,
    PATIENCE_SECONDS,
    BackupError,
    authorization,
    copy,
    object_url,
    refuse_small_volume,
)

SCRIPT = Path(__file__).with_name("backup.py")
IDENTITY = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret", "Token": "session"}


def test_the_signature_is_that_of_aws_own_example() -> None:
    """ "Signature Calculations for the Authorization Header" in S3's API reference, PUT Object."""
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    headers = {
        "Date": "Fri, 24 May 2013 00:00:00 GMT",
        "Host": "examplebucket.s3.amazonaws.com",
        "X-Amz-Content-Sha256": hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
        "X-Amz-Date": "20130524T000000Z",
        "X-Amz-Storage-Class": "REDUCED_REDUNDANCY",
    }
    address = "https://examplebucket.s3.amazonaws.com/test%24file.text"
    identity = IDENTITY | {"SecretAccessKey": secret}
    assert authorization("PUT", address, headers, identity, "us-east-1") == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )


def test_addresses() -> None:
    assert object_url("b", "a/c$ d~.gz", "eu-west-1", None) == (
        "https://b.s3.eu-west-1.amazonaws.com/a/c%24%20d~.gz"
    )
    assert object_url("b", "k", "eu-west-1", "https://s3.example/") == "https://s3.example/b/k"


class Aws(ThreadingHTTPServer):
    """Keeps what is put, if the one who puts it has the credentials that it hands out."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Aws

    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == "token of the pod"
        self.answer(200 if is_known else 403, json.dumps(IDENTITY).encode())

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        expected = authorization(
            "PUT",
            self.server.url + self.path,
            {name.title(): self.headers[name] for name in names},
            IDENTITY,
            "eu-west-1",
        )
        is_signed = self.headers["Authorization"] == expected
        is_whole = self.headers["X-Amz-Content-Sha256"] == hashlib.sha256(body).hexdigest()
        has_session = self.headers["X-Amz-Security-Token"] == "session"
        status = self.server.status if is_signed and is_whole and has_session else 403
        if status == 200:
            self.server.objects[self.path] = body
        self.answer(status, b"<Error><Code>AccessDenied</Code></Error>")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def aws() -> Iterator[Aws]:
    server = Aws()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "orders.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT)")
        database.execute("INSERT INTO orders (customer) VALUES ('Ada')")
    return path


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(aws: Aws, file: Path, tmp_path: Path) -> Run:
    token = tmp_path / "token"
    token.write_text("token of the pod")
    usual = {
        "PATH": os.environ["PATH"],
        "BACKUP_FILE": str(file),
        "BACKUP_BUCKET": "copies",
        "BACKUP_PREFIX": "orders/",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_S3": aws.url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.url}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
        # What would see the credentials isn't asked.
        "http_proxy": "http://127.0.0.1:9",
    }

    def run(**changes: str | None) -> "subprocess.CompletedProcess[str]":
        env = {name: value for name, value in (usual | changes).items() if value is not None}
        return subprocess.run(
            [sys.executable, SCRIPT], env=env, text=True, capture_output=True, check=False
        )

    return run


def customers(packed: bytes, folder: Path, mode: str = "wal") -> list[str]:
    restored = folder / "restored.db"
    restored.write_bytes(gzip.decompress(packed))
    with closing(sqlite3.connect(restored)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == (mode,)
        return [name for (name,) in database.execute("SELECT customer FROM orders")]


def test_a_copy_of_a_file_in_use(aws: Aws, file: Path, run: Run, tmp_path: Path) -> None:
    leftover = file.parent / ".backup-killed"
    leftover.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        # Only in the journal; and what isn't committed isn't copied.
        writer.execute("INSERT INTO orders (customer) VALUES ('Grace')")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO orders (customer) VALUES ('nobody')")
        done = run()
        writer.execute("COMMIT")
    assert done.returncode == 0, done.stderr
    assert "packed" in done.stdout
    [(key, packed)] = aws.objects.items()
    assert key.startswith("/copies/orders/20")
    assert key.endswith("Z.db.gz")
    assert customers(packed, tmp_path) == ["Ada", "Grace"]
    assert not list(file.parent.glob(".backup-*"))


def test_writers_go_on_meanwhile(aws: Aws, file: Path, run: Run, tmp_path: Path) -> None:
    # Without a timeout, whoever had to wait would fail at once.
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as writer:
        writer.execute("CREATE TABLE filler (data BLOB)")
        for _ in range(20):
            writer.execute("INSERT INTO filler VALUES (randomblob(1000000))")
        thread = threading.Thread(target=run)
        thread.start()
        written = 0
        while thread.is_alive():
            writer.execute("INSERT INTO orders (customer) VALUES ('Grace')")
            written += 1
            time.sleep(0.001)
        thread.join()
    [packed] = aws.objects.values()
    assert 0 < customers(packed, tmp_path).count("Grace") <= written


def test_without_wal_writers_come_in_between(
    monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as writer:
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("CREATE TABLE filler AS SELECT randomblob(1000000)")
        written: list[str] = []

        def between_steps() -> float:
            if len(written) < 3:
                writer.execute("INSERT INTO orders (customer) VALUES ('Grace')")
                written.append("Grace")
            return 0

        monkeypatch.setattr("backup.time", SimpleNamespace(monotonic=between_steps))
        monkeypatch.setattr("backup.STEP_PAGES", 10)
        copied = copy(file, tmp_path).read_bytes()
    assert customers(gzip.compress(copied), tmp_path, "delete") == ["Ada", *written]


def test_a_file_that_never_rests_is_given_up(
    monkeypatch: pytest.MonkeyPatch, file: Path, tmp_path: Path
) -> None:
    clock = iter([0, PATIENCE_SECONDS, PATIENCE_SECONDS + 1])
    monkeypatch.setattr("backup.time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr("backup.STEP_PAGES", 1)
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    with pytest.raises(BackupError, match=r"faster than it was copied.*journal_mode = WAL"):
        copy(file, tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BACKUP_FILE": "/nowhere/orders.db"}, "isn't there"),
        ({"AWS_REGION": None}, "AWS_REGION"),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}, "can't be reached"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": None}, "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        ({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/dev/null"}, "answered 403"),
    ],
)
def test_what_is_wrong_is_one_line(
    aws: Aws, run: Run, file: Path, changes: dict[str, str | None], said: str
) -> None:
    done = run(**changes)
    assert done.returncode == 1
    assert done.stderr.startswith("no backup: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert aws.objects == {}
    assert not list(file.parent.glob(".backup-*"))


def test_a_refusal_of_s3_fails(aws: Aws, run: Run) -> None:
    aws.status = 503
    done = run()
    assert done.returncode == 1
    assert "answered 503: <Error><Code>AccessDenied" in done.stderr


def test_a_damaged_file_is_not_copied(aws: Aws, file: Path, run: Run) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for _ in range(1000):
            database.execute("INSERT INTO orders (customer) VALUES (hex(randomblob(100)))")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[8192:12288] = os.urandom(4096)
    file.write_bytes(content)
    done = run()
    assert done.returncode == 1
    assert "damaged" in done.stderr or "malformed" in done.stderr
    assert aws.objects == {}


@pytest.mark.parametrize(("missing", "is_refused"), [(1, True), (0, False)])
def test_a_volume_too_small_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, file: Path, missing: int, is_refused: bool
) -> None:
    left = SimpleNamespace(free=COPIES * file.stat().st_size - missing)
    monkeypatch.setattr("backup.shutil.disk_usage", lambda _: left)
    expected = pytest.raises(BackupError, match="raise databaseStorageGiB")
    with expected if is_refused else nullcontext():
        refuse_small_volume(file)
