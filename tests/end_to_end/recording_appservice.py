"""An application service that records every request, byte for byte, and answers as told.

It shares nothing with the demonstration bridge, so that the two check each other.
"""

import dataclasses
import json
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable

from polling import PATIENCE_SECONDS, eventually


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(self.body)}", *self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


OK = Answer()
NOT_FOUND = Answer(404, b'{"errcode":"M_NOT_FOUND","error":"no such thing"}')
# Instead of an answer: close the connection after the request was read; never answer.
DROP = Answer(-1)
HANG = Answer(-2)


@dataclasses.dataclass
class Request:
    """One request as it came over the wire."""

    head: bytes  # Up to and with the empty line.
    body: bytes
    arrived: float
    answered_with: Answer | None = None

    @property
    def line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    @property
    def method(self) -> str:
        return self.line.split(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.line.split(b" ")[1].decode("latin-1")

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, list[str]]:
        return urllib.parse.parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def last_segment(self) -> str:
        return urllib.parse.unquote(self.path.rpartition("/")[2])

    @property
    def acknowledged(self) -> bool:
        return self.answered_with is not None and 200 <= self.answered_with.status < 300

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name.lower():
                return value.decode("latin-1").strip()
        return None

    def json(self) -> dict:
        return json.loads(self.body)


class RecordingAppservice:
    """Listens on loopback, on threads of its own, until `close`. Thread-safe.

    `respond` may be replaced at any time; it runs on the connection's thread, so it
    may itself call the homeserver, and block.
    """

    def __init__(self, respond: Callable[[Request], Answer] = lambda _: OK) -> None:
        self.respond = respond
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._released = threading.Event()
        self._port = 0
        self.come_up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def come_up(self) -> None:
        """Listens, after `go_down` on the same port as before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(100)
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def go_down(self) -> None:
        """Refuses connections and cuts those that are open, as a dead process would."""
        with self._lock:
            listener, self._listener = self._listener, None
            connections = list(self._connections)
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in connections:
            _cut(connection)

    def close(self) -> None:
        self.release()
        self.go_down()

    def release(self) -> None:
        """Lets those that HANG go; they are dropped."""
        self._released.set()

    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def queries(self) -> list[Request]:
        return [request for request in self.requests() if request.method == "GET"]

    def transactions(self) -> list[Request]:
        """All attempts, repeats too."""
        return [request for request in self.requests() if request.method == "PUT"]

    def delivered(self) -> list[dict]:
        """The events of the acknowledged transactions, each once.

        Checks on the way what must hold for every application service at any time:
        attempts of one transaction ID carry the same bytes; a transaction begins
        only after the one before was acknowledged, and no ID comes back later.
        """
        bodies: dict[str, bytes] = {}
        events: list[dict] = []
        acknowledged: set[str] = set()
        current = ""
        for attempt in self.transactions():
            txn_id = attempt.last_segment
            if txn_id != current:
                assert txn_id not in bodies, f"transaction {txn_id} came back after {current}"
                assert not current or current in acknowledged, f"{txn_id} before {current} was acknowledged"
                current = txn_id
            assert bodies.setdefault(txn_id, attempt.body) == attempt.body, f"{txn_id} changed its bytes"
            if attempt.acknowledged and txn_id not in acknowledged:
                acknowledged.add(txn_id)
                events += attempt.json()["events"]
        return events

    def delivered_texts(self) -> list[str]:
        """The bodies of the messages that were delivered, in order."""
        messages = [event for event in self.delivered() if event["type"] == "m.room.message"]
        return [event["content"]["body"] for event in messages]

    def wait_for_texts(self, expected: list[str], seconds: float = PATIENCE_SECONDS) -> None:
        """Waits until the last one has come, then all must be there, once, in order."""
        eventually(
            lambda: expected[-1] in self.delivered_texts(), f"{expected[-1]!r} is delivered", seconds
        )
        found = [body for body in self.delivered_texts() if body in expected]
        assert found == expected, f"delivered {found}, expected {expected}"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                if self._listener is not listener:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while self._serve_one(connection, stream):
                    pass
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _serve_one(self, connection: socket.socket, stream) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return False
            head += line
        request = Request(head, b"", time.monotonic())
        if (request.header("Expect") or "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = stream.read(int(request.header("Content-Length") or 0))
        with self._lock:
            self._requests.append(request)
        answer = self.respond(request)
        if answer is HANG:
            self._released.wait()
        if answer is HANG or answer is DROP:
            _cut(connection)
            return False
        # Marked first: whoever sees the effect of an answer must also see that it was given.
        request.answered_with = answer
        connection.sendall(answer.encoded())
        return True


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
