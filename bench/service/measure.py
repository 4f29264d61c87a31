"""The service beside a bare FastAPI app: one process each, one PostgreSQL with TLS, wrk as load.

Runs alternate and a ratio is the median of the pairs' ratios, so that a busy machine slows both
alike. CPU time a request, of the process alone, is what a busy machine changes least.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from tests.conftest import NEW_ORDER, ORDERS, environment, migrate
from tests.postgres import free_port, running_postgres

PAIRS = 11
SECONDS = 2
CONNECTIONS = 8
ORDER_COUNT = 200

THROUGHPUT_GOAL = 0.9
P99_GOAL = 1.3

POST_SCRIPT = f"""
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = {json.dumps(json.dumps(NEW_ORDER))}
"""
ROUTES = {
    "GET /healthz": "/healthz",
    "GET /orders/{id}": "/orders/7",
    "GET /orders?limit=10": "/orders?limit=10",
    "POST /orders": "/orders",
}
BARE = Path(__file__).with_name("bare.py")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass
class App:
    pid: int
    url: str

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    throughput: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@contextmanager
def running(command: list[str | Path], env: dict[str, str], log: Path) -> Iterator[App]:
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=env | {"APP_PORT": str(port)}, stdout=output, stderr=output
        )
    try:
        app = App(process.pid, f"http://127.0.0.1:{port}")
        for _ in range(300):
            try:
                httpx.get(f"{app.url}/healthz")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise RuntimeError(f"{command} didn't start:\n{log.read_text()}")
        yield app
    finally:
        process.terminate()
        process.wait()


def load(app: App, path: str, script: Path | None) -> Run:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", app.url + path]
    command += ["-s", str(script)] if script else []
    before = app.cpu_seconds()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = app.cpu_seconds() - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"requests failed:\n{output}")

    def number(pattern: str) -> float:
        found = re.search(pattern, output)
        assert found, output
        return float(found[1]) * UNITS.get(found[2] if found.lastindex == 2 else "", 1)

    return Run(
        throughput=number(r"Requests/sec: +([\d.]+)"),
        p50_ms=number(r"50% +([\d.]+)(us|ms|s)"),
        p99_ms=number(r"99% +([\d.]+)(us|ms|s)"),
        cpu_us=cpu * 1e6 / number(r"(\d+) requests in"),
    )


def compare(ours: App, bare: App, path: str, script: Path | None) -> list[tuple[Run, Run]]:
    """Pairs of runs after a first one that warms both up; each app begins every other pair."""
    pairs = []
    for i in range(PAIRS + 1):
        if i % 2:
            second, first = load(bare, path, script), load(ours, path, script)
        else:
            first, second = load(ours, path, script), load(bare, path, script)
        pairs.append((first, second))
    return pairs[1:]


def ratio(pairs: list[tuple[Run, Run]], of: Callable[[Run], float]) -> float:
    return round(median(of(ours) / of(bare) for ours, bare in pairs), 2)


def row(*cells: object) -> str:
    return f"| {cells[0]:<20} | " + " | ".join(f"{cell:>11}" for cell in cells[1:]) + " |"


def report(route: str, pairs: list[tuple[Run, Run]]) -> bool:
    """Prints the route's row; tells whether the goal is reached."""
    throughputs = [round(median(pair[i].throughput for pair in pairs)) for i in (0, 1)]
    throughput = ratio(pairs, lambda run: run.throughput)
    p99 = ratio(pairs, lambda run: run.p99_ms)
    p50, cpu = ratio(pairs, lambda run: run.p50_ms), ratio(pairs, lambda run: run.cpu_us)
    print(row(route, *throughputs, throughput, p50, p99, cpu), flush=True)
    return throughput >= THROUGHPUT_GOAL and p99 <= P99_GOAL


def main() -> None:
    if not shutil.which("wrk"):
        sys.exit("bench: wrk is missing, which makes the load: `apt-get install wrk`")
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        folder = Path(name)
        script = folder / "post.lua"
        script.write_text(POST_SCRIPT)
        env = environment(postgres, "postgres")
        assert migrate(env).code == 0
        with (
            running([ORDERS, "serve"], env, folder / "ours.log") as ours,
            running([sys.executable, BARE], env, folder / "bare.log") as bare,
        ):
            for _ in range(ORDER_COUNT):
                httpx.post(f"{ours.url}/orders", json=NEW_ORDER).raise_for_status()
            print(
                f"{PAIRS} pairs of runs of {SECONDS} s with {CONNECTIONS} connections. "
                "A ratio is the service's value by the bare app's, the median of the pairs'.\n"
            )
            print(row("", "service", "bare app", "throughput", "p50", "p99", "CPU time"))
            print(row("", "requests/s", "requests/s", "ratio", "ratio", "ratio", "ratio"))
            missed = [
                route
                for route, path in ROUTES.items()
                if not report(
                    route,
                    compare(ours, bare, path, script if route.startswith("POST") else None),
                )
            ]
    print(f"\nGoal: throughput at least {THROUGHPUT_GOAL}, p99 at most {P99_GOAL}.")
    if missed:
        sys.exit(f"Missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
