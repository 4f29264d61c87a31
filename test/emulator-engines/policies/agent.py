"""Stands in a network namespace: listens at all ports that it is given, and calls whom it is told.

Arguments: ports as `tcp:80`. Input: a line of JSON with `[protocol, address, port]` of each call. Output: a line with
whether each was answered.
"""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Thread

SECONDS = 0.6

# A datagram from a port that was used before belongs to what was let through then, for half a minute.
unused_ports = count(20000)


def listen(protocol: str, port: int) -> None:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    server = socket.socket(socket.AF_INET, kind)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("0.0.0.0", port))
    if protocol == "tcp":
        server.listen(64)

    def serve() -> None:
        while True:
            if protocol == "tcp":
                connection, _ = server.accept()
                connection.sendall(b"!")
                connection.close()
            else:
                _, caller = server.recvfrom(16)
                server.sendto(b"!", caller)

    Thread(target=serve, daemon=True).start()


def call(target: list) -> bool:
    protocol, address, port = target
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(SECONDS)
        try:
            if protocol == "udp":
                client.bind(("0.0.0.0", next(unused_ports)))
            client.connect((address, port))
            if protocol == "udp":
                client.send(b"?")
            return client.recv(1) == b"!"
        except OSError:
            return False


for argument in sys.argv[1:]:
    protocol, port = argument.split(":")
    listen(protocol, int(port))
print("listening", flush=True)
with ThreadPoolExecutor(64) as pool:
    for line in sys.stdin:
        print(json.dumps(list(pool.map(call, json.loads(line)))), flush=True)
