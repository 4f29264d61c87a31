"""The adapter as its pod runs it, between servers that stand for the cluster's API and the pods."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from tests.postgres import free_port

SCRIPT = Path(__file__).with_name("adapter.py")
API = "/apis/custom.metrics.k8s.io/v1beta2"
METRIC = "http_server_active_requests"
OF_PODS = f"{API}/namespaces/orders/pods/%2A/{METRIC}"
REQUIRED = "app.kubernetes.io/name=orders"
IMPATIENT = """
import asyncio, runpy, sys
adapter = runpy.run_path(sys.argv[1])
adapter["main"].__globals__["REFRESH_SECONDS"] = 0.1
asyncio.run(adapter["main"]())
"""


class Api(ThreadingHTTPServer):
    """The cluster's, which knows the adapter by its token."""

    def __init__(self, authority: trustme.CA, callers: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), ApiHandler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.callers = {
            "requestheader-client-ca-file": callers.cert_pem.bytes().decode(),
            "requestheader-allowed-names": '["front-proxy-client"]',
        }
        self.pods: dict[str, str] = {}
        self.selector = ""


class ApiHandler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        document: Any = {}
        if url.path.endswith("/kube-system/configmaps/extension-apiserver-authentication"):
            document = {"data": self.server.callers}
        if url.path == "/api/v1/namespaces/orders/pods":
            [self.server.selector] = parse_qs(url.query)["labelSelector"]
            assert parse_qs(url.query)["fieldSelector"] == ["status.phase=Running"]
            pods = self.server.pods.items()
            items = [{"metadata": {"name": name}, "status": {"podIP": ip}} for name, ip in pods]
            document = {"items": items}
        is_known = self.headers["Authorization"] == "Bearer token of the pod"
        self.send_response(200 if document and is_known else 403)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        pass


class Pods:
    """Each has an address of its own, and says what it is told to."""

    def __init__(self, api: Api, stack: ExitStack) -> None:
        self._api, self._stack = api, stack
        self.port = free_port()

    def add(self, name: str, answer: bytes | None) -> None:
        ip = f"127.0.1.{len(self._api.pods) + 1}"
        self._api.pods[name] = ip
        listener = self._stack.enter_context(socket.create_server((ip, self.port)))

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                self._stack.enter_context(connection)
                connection.settimeout(10)
                connection.recv(10_000)
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()

    def add_absent(self, name: str) -> None:
        self._api.pods[name] = f"127.0.1.{len(self._api.pods) + 1}"


def says(text: str, head: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{head}\r\nContent-Type: text/plain\r\n\r\n{text}".encode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def callers() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def api(authority: trustme.CA, callers: trustme.CA, stack: ExitStack) -> Api:
    server = Api(authority, callers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join)
    stack.callback(server.shutdown)
    return server


@pytest.fixture
def pods(api: Api, stack: ExitStack) -> Pods:
    return Pods(api, stack)


class Adapter:
    def __init__(self, process: "subprocess.Popen[str]", port: int, tls: ssl.SSLContext) -> None:
        self.process, self.port, self.tls = process, port, tls

    def ask(self, target: str, method: str = "GET") -> tuple[int, Any]:
        connection = HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=20)
        try:
            connection.request(method, target)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def values(self, query: str = "") -> dict[str, str]:
        status, document = self.ask(OF_PODS + query)
        assert status == 200, document
        assert document["kind"] == "MetricValueList"
        assert document["apiVersion"] == "custom.metrics.k8s.io/v1beta2"
        return {item["describedObject"]["name"]: item["value"] for item in document["items"]}


Run = Callable[..., Adapter]


@pytest.fixture
def run(
    api: Api,
    pods: Pods,
    authority: trustme.CA,
    callers: trustme.CA,
    tmp_path: Path,
    stack: ExitStack,
) -> Run:
    (tmp_path / "token").write_text("token of the pod")
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    own.private_key_pem.write_to_path(tmp_path / "tls.key")

    def run(*program: str) -> Adapter:
        port = free_port()
        env = {
            "PATH": os.environ["PATH"],
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(api.server_port),
            "ADAPTER_NAMESPACE": "orders",
            "ADAPTER_SELECTOR": REQUIRED,
            "ADAPTER_METRIC": METRIC,
            "ADAPTER_METRIC_PORT": str(pods.port),
            "ADAPTER_METRIC_PATH": "/metrics",
            "ADAPTER_ACCOUNT": str(tmp_path),
            "ADAPTER_CERTIFICATE": str(tmp_path),
            "ADAPTER_PORT": str(port),
        }
        process = subprocess.Popen(
            [sys.executable, *program, SCRIPT], env=env, text=True, stderr=subprocess.PIPE
        )
        stack.callback(process.communicate)
        stack.callback(process.kill)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.1)
            else:
                break
        return Adapter(
            process, port, trusting(authority, callers.issue_cert(common_name=API_SERVER))
        )

    return run


API_SERVER = "front-proxy-client"


def trusting(authority: trustme.CA, certificate: trustme.LeafCert | None) -> ssl.SSLContext:
    tls = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    if certificate:
        certificate.configure_cert(tls)
    return tls


def test_each_pods_value_is_the_sum_of_its_series(pods: Pods, run: Run) -> None:
    pods.add("one", says(f"# TYPE {METRIC} gauge\n{METRIC} 3\n{METRIC}_limit 50\n"))
    series = f'{METRIC}{{method="GET",path="}} 9"}} 1.5 1764130000\n{METRIC}{{method="PUT"}} 2e0\n'
    pods.add("labelled", says(series))
    chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
    pods.add("in pieces", says(f"5\r\n{METRIC[:5]}\r\n18\r\n{METRIC[5:]} 4\r\n0\r\n\r\n", chunked))
    assert run().values() == {"one": "3000m", "labelled": "3500m", "in pieces": "4000m"}


def test_a_pod_without_an_answer_is_left_out_in_time(pods: Pods, run: Run) -> None:
    pods.add("good", says(f"{METRIC} 1\n"))
    pods.add("silent", None)
    pods.add_absent("gone")
    pods.add("broken", says(f"{METRIC} 1\n", "HTTP/1.1 500 Oops"))
    pods.add("no HTTP", b"220 ready\r\n")
    pods.add("another metric", says("requests 1\n"))
    pods.add("no number", says(f"{METRIC} NaN\n"))
    pods.add("infinite", says(f"{METRIC} +Inf\n"))
    pods.add("no text", says("") + b"\xff")
    adapter = run()
    started = time.monotonic()
    assert adapter.values() == {"good": "1000m"}
    assert time.monotonic() - started < 4


def test_only_the_services_pods_are_asked_for(api: Api, run: Run) -> None:
    adapter = run()
    assert adapter.values() == {}
    assert api.selector == REQUIRED
    adapter.values("?labelSelector=tier%3Dweb%2Capp%3Dx&metricLabelSelector=")
    assert api.selector == f"{REQUIRED},tier=web,app=x"


def test_it_says_what_it_has(run: Run) -> None:
    status, document = run().ask(API)
    assert status == 200
    assert document["groupVersion"] == "custom.metrics.k8s.io/v1beta2"
    [resource] = document["resources"]
    assert resource["name"] == f"pods/{METRIC}"
    assert resource["namespaced"]


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", OF_PODS.replace("orders", "kube-system")),
        ("GET", OF_PODS.replace(METRIC, "cpu")),
        ("GET", OF_PODS.replace("pods", "services")),
        ("GET", OF_PODS.replace("v1beta2", "v1beta1")),
        ("DELETE", OF_PODS),
        ("GET", "/openapi/v2"),
        ("GET", "/apis"),
    ],
)
def test_there_is_nothing_else(pods: Pods, run: Run, method: str, target: str) -> None:
    pods.add("one", says(f"{METRIC} 3\n"))
    status, document = run().ask(target, method)
    assert (status, document["kind"]) == (404, "Status")


@pytest.mark.parametrize("caller", ["nobody", "somebody else", "another authority's"])
def test_only_the_api_server_is_answered(
    run: Run, authority: trustme.CA, callers: trustme.CA, caller: str
) -> None:
    adapter = run()
    certificate = {
        "nobody": None,
        "somebody else": callers.issue_cert(common_name="another"),
        "another authority's": authority.issue_cert(common_name=API_SERVER),
    }[caller]
    usual, adapter.tls = adapter.tls, trusting(authority, certificate)
    with pytest.raises(OSError, match=r"(?i)certificate required|unknown ca|closed connection"):
        adapter.ask(API)
    adapter.tls = usual
    assert adapter.ask(API)[0] == 200


def test_without_names_every_certificate_of_the_authority_will_do(
    api: Api, run: Run, authority: trustme.CA, callers: trustme.CA
) -> None:
    api.callers["requestheader-allowed-names"] = "[]"
    adapter = run()
    adapter.tls = trusting(authority, callers.issue_cert(common_name="another"))
    assert adapter.ask(API)[0] == 200


def test_callers_that_say_nothing_keep_nobody_waiting(run: Run) -> None:
    adapter = run()
    silent = [socket.create_connection(("127.0.0.1", adapter.port)) for _ in range(20)]
    with adapter.tls.wrap_socket(
        socket.create_connection(("127.0.0.1", adapter.port)), server_hostname="127.0.0.1"
    ) as half:
        half.sendall(b"GET /apis HTTP/1.1\r\n")
        assert adapter.ask(API)[0] == 200
        half.settimeout(10)
        assert half.recv(100) == b""
    for connection in silent:
        connection.settimeout(10)
        assert connection.recv(100) == b""
        connection.close()


def test_while_the_cluster_is_away_it_says_so(api: Api, run: Run) -> None:
    adapter = run()
    api.shutdown()
    api.server_close()
    status, document = adapter.ask(OF_PODS)
    assert (status, document["kind"]) == (503, "Status")
    assert "can't be listed" in document["message"]
    assert adapter.process.poll() is None


def test_it_ends_when_the_api_server_has_another_authority(api: Api, run: Run) -> None:
    adapter = run("-c", IMPATIENT)
    time.sleep(0.5)
    assert adapter.process.poll() is None
    api.callers |= {"requestheader-client-ca-file": trustme.CA().cert_pem.bytes().decode()}
    _, said = adapter.process.communicate(timeout=20)
    assert adapter.process.returncode == 1
    assert "another authority" in said
