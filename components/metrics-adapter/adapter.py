"""Serves one metric of a service's pods as `custom.metrics.k8s.io`, by asking them when asked.

It runs in the service's own image, and so with nothing but Python's library. It takes requests of
the cluster's API server alone, which knows by then who asks, and that they may ("Configure the
Aggregation Layer" in Kubernetes' documentation, and its kube-aggregator 0.34, `handler_proxy.go`;
2026-11).
"""

import asyncio
import json
import os
import re
import signal
import ssl
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

API = "custom.metrics.k8s.io/v1beta2"
"""The autoscaler asks for this version where it is there (`custom_metrics/converter.go` of
k8s.io/metrics 0.34.4 and 0.36.2, 2026-11)."""

POD_SECONDS = 2
API_SECONDS = 2
ANSWER_SECONDS = 5
"""Both of the above, one after the other. The API server waits as long before it calls this
adapter unavailable (kube-aggregator 0.34, `remote_available_controller.go`; 2026-11)."""

MOST_BYTES = 16 * 2**20
"""Of an answer: hundreds of pods."""

REFRESH_SECONDS = 60

NAMESPACE = os.environ["ADAPTER_NAMESPACE"]
SELECTOR = os.environ["ADAPTER_SELECTOR"]
METRIC = os.environ["ADAPTER_METRIC"]
PORT = int(os.environ["ADAPTER_METRIC_PORT"])
PATH = os.environ["ADAPTER_METRIC_PATH"]
SAMPLE = re.compile(rf"^{METRIC}(?:\{{.*\}})?[ \t]+(\S+)", re.MULTILINE)
"""One of the metric's time series in Prometheus' text format."""

ACCOUNT = Path(os.environ["ADAPTER_ACCOUNT"])
CERTIFICATE = Path(os.environ["ADAPTER_CERTIFICATE"])


class Received:
    """A socket, as far as an HTTPResponse needs one."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def makefile(self, *_: object) -> BytesIO:
        return BytesIO(self.answer)


async def get(
    seconds: float,
    host: str,
    port: int,
    target: str,
    headers: str = "",
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """The body of a 200 that is there in time."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        try:
            head = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
            writer.write(head.encode())
            answer = await whole(reader)
        finally:
            writer.close()
    response = HTTPResponse(cast(Any, Received(answer)))
    response.begin()
    if response.status != HTTPStatus.OK:
        raise OSError(f"{urlsplit(target).path} answered {response.status}")
    return response.read()


async def whole(reader: asyncio.StreamReader) -> bytes:
    try:
        await reader.readexactly(MOST_BYTES)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    raise OSError(f"an answer of {MOST_BYTES} bytes or more")


FAILURES = (OSError, HTTPException, ValueError, LookupError, ArithmeticError)
"""Of whoever is asked: no answer in time, or another one than what was asked for."""


async def ask_api(path: str, **query: str) -> Any:
    tls = lenient(ssl.create_default_context(cafile=ACCOUNT / "ca.crt"))
    body = await get(
        API_SECONDS,
        os.environ["KUBERNETES_SERVICE_HOST"],
        int(os.environ["KUBERNETES_SERVICE_PORT"]),
        f"{path}?{urlencode(query)}",
        # The kubelet renews it.
        f"Authorization: Bearer {(ACCOUNT / 'token').read_text()}\r\n",
        tls,
    )
    return json.loads(body)


def lenient(context: ssl.SSLContext) -> ssl.SSLContext:
    """Since 3.13 Python asks for more than RFC 5280 does, and than EKS' own authorities have
    (awslabs/mcp#3791, Twingate/kubernetes-operator#1128; 2026-11)."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


async def values(selector: str) -> dict[str, object]:
    """Of the pods that answer. The autoscaler knows what to make of those that don't."""
    pods = await ask_api(
        f"/api/v1/namespaces/{NAMESPACE}/pods",
        labelSelector=f"{SELECTOR},{selector}" if selector else SELECTOR,
        fieldSelector="status.phase=Running",
    )
    items = await asyncio.gather(*(value(pod) for pod in pods["items"]))
    return {
        "kind": "MetricValueList",
        "apiVersion": API,
        "metadata": {},
        "items": [item for item in items if item],
    }


async def value(pod: Any) -> dict[str, object] | None:
    name = pod["metadata"]["name"]
    try:
        text = (await get(POD_SECONDS, pod["status"]["podIP"], PORT, PATH)).decode()
        samples = SAMPLE.findall(text)
        if not samples:
            raise ValueError(f"no {METRIC} in what it says")
        thousandths = round(sum(map(float, samples)) * 1000)
    except FAILURES as error:
        print(f"{name} is left out: {str(error) or type(error).__name__}", file=sys.stderr)
        return None
    return {
        "describedObject": {
            "kind": "Pod",
            "namespace": NAMESPACE,
            "name": name,
            "apiVersion": "/v1",
        },
        "metric": {"name": METRIC, "selector": None},
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": f"{thousandths}m",
    }


RESOURCES: dict[str, object] = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API,
    "resources": [
        {
            "name": f"pods/{METRIC}",
            "singularName": "",
            "namespaced": True,
            "kind": "MetricValueList",
            "verbs": ["get"],
        }
    ],
}


async def answer(method: str, target: str) -> tuple[HTTPStatus, dict[str, object]]:
    url = urlsplit(target)
    path = unquote(url.path)
    if method == "GET" and path == f"/apis/{API}":
        return HTTPStatus.OK, RESOURCES
    if method != "GET" or path != f"/apis/{API}/namespaces/{NAMESPACE}/pods/*/{METRIC}":
        return failure(HTTPStatus.NOT_FOUND, f"there is only {METRIC} of {NAMESPACE}'s pods")
    try:
        return HTTPStatus.OK, await values(parse_qs(url.query).get("labelSelector", [""])[0])
    except FAILURES as error:
        said = f"the pods can't be listed: {str(error) or type(error).__name__}"
        print(said, file=sys.stderr)
        return failure(HTTPStatus.SERVICE_UNAVAILABLE, said)


def failure(status: HTTPStatus, message: str) -> tuple[HTTPStatus, dict[str, object]]:
    return status, {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "code": status,
        "message": message,
    }


class Callers:
    """Who may ask: the API server, by the certificate that it has for those who extend it."""

    def __init__(self, told: dict[str, str]) -> None:
        self.told = told
        self.names = json.loads(told["requestheader-allowed-names"])
        authority = told["requestheader-client-ca-file"]
        purpose = ssl.Purpose.CLIENT_AUTH
        self.tls = lenient(ssl.create_default_context(purpose, cadata=authority))
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.tls.load_cert_chain(CERTIFICATE / "tls.crt", CERTIFICATE / "tls.key")

    def has(self, certificate: Any) -> bool:
        """Without names, whoever has a certificate of the authority's is one."""
        subject = [pair for pairs in certificate["subject"] for pair in pairs]
        return not self.names or any(("commonName", name) in subject for name in self.names)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if self.has(writer.get_extra_info("peercert")):
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    method, target, _ = head.split(" ", 2)
                    writer.write(written(*await answer(method, target)))
                    await writer.drain()
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            print(
                f"a request came to nothing: {str(error) or type(error).__name__}", file=sys.stderr
            )
        finally:
            writer.close()


def written(status: HTTPStatus, document: dict[str, object]) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


async def callers() -> dict[str, str]:
    path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
    told: dict[str, str] = (await ask_api(path))["data"]
    return told


async def main() -> None:
    known = Callers(await callers())
    server = await asyncio.start_server(
        known.serve,
        port=int(os.environ["ADAPTER_PORT"]),
        ssl=known.tls,
        ssl_handshake_timeout=ANSWER_SECONDS,
    )
    async with server:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                if await callers() != known.told:
                    # Kubernetes starts it anew.
                    sys.exit("the API server has another authority")
            except FAILURES as error:
                print(f"the API server doesn't say who it is: {error}", file=sys.stderr)


if __name__ == "__main__":
    # A container's first process ignores it unless told otherwise.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    asyncio.run(main())
