"""Copies an SQLite file to S3 while it is in use: SQLite's online backup, gzip, one PUT.

It runs in the service's own image, and so with nothing but Python's library. AWS' variables are
those that every SDK reads; EKS Pod Identity sets most of them.
"""

import gzip
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

SCRATCH = ".backup-"
"""What the folder of a copy in the making begins with. It is on the volume of the file, since a
node's own disk may be smaller."""

COPIES = 2
"""Of the file's size, what a copy takes at most: the copy itself, and what gzip makes of it."""

MOST_BYTES = 5 * 2**30
"""What S3 takes in one PUT ("Uploading objects" in its user guide, 2026-11)."""

TIMEOUT_SECONDS = 60

STEP_PAGES = 500
"""About 2 MB: a writer waits for milliseconds, and less than any time limit of its own."""

PATIENCE_SECONDS = 900
"""For a file that changes while it is copied. The Job's own limit is later, and has no words."""


class BackupError(Exception):
    """Says in one line what is wrong, and what repairs it."""


def main() -> None:
    started = time.monotonic()
    file = Path(os.environ["BACKUP_FILE"])
    for leftover in file.parent.glob(f"{SCRATCH}*"):
        shutil.rmtree(leftover)
    refuse_small_volume(file)
    with TemporaryDirectory(prefix=SCRATCH, dir=file.parent) as folder:
        packed = pack(copy(file, Path(folder)))
        now = datetime.now(UTC)
        key = f"{os.environ['BACKUP_PREFIX']}{now:%Y-%m-%dT%H-%M-%SZ}.db.gz"
        upload(packed, os.environ["BACKUP_BUCKET"], key, now)
        size, packed_size = (path.stat().st_size for path in (packed.with_suffix(""), packed))
    seconds = time.monotonic() - started
    print(f"{size} bytes, packed {packed_size}, are now {key}; it took {seconds:.1f} s")


def refuse_small_volume(file: Path) -> None:
    """A volume that fills up would stop the service."""
    if not file.exists():
        raise BackupError(f"{file} isn't there: has a migration made it?")
    journal = file.with_name(f"{file.name}-wal")
    size = file.stat().st_size + (journal.stat().st_size if journal.exists() else 0)
    free = shutil.disk_usage(file.parent).free
    if free < COPIES * size:
        raise BackupError(
            f"a copy of {size} bytes needs {COPIES * size}, and the volume has {free} left: "
            "raise databaseStorageGiB"
        )


def copy(file: Path, folder: Path) -> Path:
    """One moment of the file. Others write on meanwhile."""
    target = folder / "copy.db"
    deadline = time.monotonic() + PATIENCE_SECONDS

    def give_up(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise BackupError(
                f"{file} changed faster than it was copied for {PATIENCE_SECONDS} seconds: with "
                "PRAGMA journal_mode = WAL, which stays in the file, it is copied in one step"
            )

    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(target)) as made,
    ):
        (mode,) = source.execute("PRAGMA journal_mode").fetchone()
        # In WAL mode nobody waits for readers. In others writers do, for each step: small ones
        # let them in between, though each change of theirs begins the copy anew.
        source.backup(made, pages=-1 if mode == "wal" else STEP_PAGES, progress=give_up, sleep=0.01)
        (verdict,) = made.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise BackupError(f"{file} is damaged, and wasn't copied: {verdict}")
    return target


def pack(path: Path) -> Path:
    packed = path.with_suffix(".db.gz")
    with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as target:
        shutil.copyfileobj(plain, target)
    if packed.stat().st_size > MOST_BYTES:
        raise BackupError(
            f"packed, the copy has {packed.stat().st_size} bytes, and S3 takes {MOST_BYTES}: "
            "this is more than a file is for, move to PostgreSQL"
        )
    return packed


def upload(path: Path, bucket: str, key: str, now: datetime) -> None:
    region = os.environ["AWS_REGION"]
    address = object_url(bucket, key, region, os.environ.get("AWS_ENDPOINT_URL_S3"))
    identity = credentials()
    with path.open("rb") as body:
        digest = hashlib.file_digest(body, "sha256").hexdigest()
        headers = {
            "Host": urllib.parse.urlsplit(address).netloc,
            "X-Amz-Content-Sha256": digest,
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Security-Token": identity["Token"],
        }
        headers["Authorization"] = authorization("PUT", address, headers, identity, region)
        headers["Content-Length"] = str(path.stat().st_size)
        headers["Content-Type"] = "application/gzip"
        body.seek(0)
        send(urllib.request.Request(address, data=body, headers=headers, method="PUT"))  # noqa: S310


def object_url(bucket: str, key: str, region: str, endpoint: str | None) -> str:
    path = urllib.parse.quote(key, safe="/~")
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}/{path}"
    return f"https://{bucket}.s3.{region}.amazonaws.com/{path}"


def credentials() -> dict[str, str]:
    """Of the pod, from EKS Pod Identity's agent on the node."""
    token = Path(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text()
    request = urllib.request.Request(  # noqa: S310
        os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": token}
    )
    identity: dict[str, str] = json.loads(send(request))
    return identity


def authorization(
    method: str, address: str, headers: dict[str, str], identity: dict[str, str], region: str
) -> str:
    """AWS' Signature Version 4 of a request without a query, all of whose headers are signed."""
    date_time = headers["X-Amz-Date"]
    scope = f"{date_time[:8]}/{region}/s3/aws4_request"
    lower = sorted((name.lower(), value) for name, value in headers.items())
    signed = ";".join(name for name, _ in lower)
    lines = [f"{name}:{value}" for name, value in lower]
    path = urllib.parse.urlsplit(address).path
    request = [method, path, "", *lines, "", signed, headers["X-Amz-Content-Sha256"]]
    hashed = hashlib.sha256("\n".join(request).encode()).hexdigest()
    key = f"AWS4{identity['SecretAccessKey']}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part).digest()
    signature = _hmac(key, f"AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{hashed}").hexdigest()
    credential = f"Credential={identity['AccessKeyId']}/{scope}"
    return f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={signed}, Signature={signature}"


def _hmac(key: bytes, text: str) -> "hmac.HMAC":
    return hmac.new(key, text.encode(), hashlib.sha256)


def send(request: urllib.request.Request) -> bytes:
    # As AWS' own tools: another authority than the system's.
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    # No proxy: one would see the credentials, and S3 is reached through the VPC.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        said = error.read(1000).decode(errors="replace")
        raise BackupError(f"{request.full_url} answered {error.code}: {said}") from error
    except OSError as error:
        raise BackupError(f"{request.full_url} can't be reached: {error}") from error


if __name__ == "__main__":
    try:
        main()
    except (BackupError, OSError, sqlite3.Error) as error:
        sys.exit(f"no backup: {error}")
    except KeyError as error:
        sys.exit(f"no backup: the variable {error} isn't set")
