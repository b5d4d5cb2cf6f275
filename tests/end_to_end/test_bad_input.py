"""Whatever comes in at the public port gets a Matrix error, and hurts nobody else."""

import json
import socket

import matrix_client
from matrix_client import MatrixClient, compose, exchange_bytes, quote, read_response
from stack_fixture import SERVER_NAME, StackTestCase

_V3 = "/_matrix/client/v3"


def _raw(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode("latin-1") + body


def _json_post(path: str, body: bytes) -> bytes:
    return compose("POST", path, body)


class BadInputTest(StackTestCase):
    EXTRA_FLAGS = {"gateway": ["--header_timeout_ms=2000", "--body_timeout_ms=2000"]}

    def tearDown(self) -> None:
        """After anything bad: the same process is there, and serves the next one."""
        self.assertEqual(MatrixClient(self.port).request("GET", "/_matrix/client/versions").status, 200)
        for name, process in self.stack.processes.items():
            self.assertTrue(process.alive(), f"{name} died")

    def test_bodies(self) -> None:
        for name, body, errcode in (
            ("not JSON", b"{", "M_NOT_JSON"),
            ("empty text", b" ", "M_NOT_JSON"),
            ("trailing bytes", b"{} {}", "M_NOT_JSON"),
            ("invalid UTF-8", b'{"username": "\xff\xfe"}', "M_NOT_JSON"),
            ("lone surrogate", b'{"username": "\\ud800"}', "M_NOT_JSON"),
            ("nested too deep", b'{"a":' * 500 + b"1" + b"}" * 500, ""),
            ("an array", b"[]", "M_BAD_JSON"),
            ("a string", b'"x"', "M_BAD_JSON"),
            ("null", b"null", "M_BAD_JSON"),
            ("number as username", b'{"username": 5, "auth": {"type": "m.login.dummy"}}', "M_BAD_JSON"),
            ("wrong type of auth", b'{"username": "x", "auth": []}', "M_BAD_JSON"),
        ):
            with self.subTest(name):
                response = exchange_bytes(self.port, _json_post(f"{_V3}/register", body))
                self.assert_error(response, 400, errcode)
        for body in (b"{", b"[]", b"\xff"):
            with self.subTest(f"draft registration {body!r}"):
                self.assert_error(exchange_bytes(self.port, _json_post("/register", body)), 400)

    def test_event_content_is_checked_whole(self) -> None:
        alice = self.person("alice.content")
        room_id = alice.create_room()
        path = f"{_V3}/rooms/{quote(room_id)}/send/m.room.message/"
        for number, content in enumerate((b'{"body": "\xc3("}', b'{"body": }', b"[1]", b'{"a":1,"a":2}')):
            with self.subTest(content):
                self.assert_error(alice.request("PUT", f"{path}{number}", content), 400)
        big = alice.request("PUT", path + "big", {"body": "x" * 70_000})
        self.assert_error(big, 413, "M_TOO_LARGE")
        self.assertEqual([e for e in alice.messages(room_id) if e["type"] == "m.room.message"], [])

    def test_targets(self) -> None:
        for name, target, status in (
            ("percent at the end", "/_matrix/client/v3/join/%", 400),
            ("no hex digits", "/_matrix/client/v3/join/%zz", 400),
            ("invalid UTF-8 in the path", "/_matrix/client/v3/join/%ff%fe", 400),
            ("NUL in the path", "/_matrix/client/v3/join/a%00b", 400),
            ("no room ID or alias", "/_matrix/client/v3/join/nonsense", 400),
            ("alias over 255 bytes", "/_matrix/client/v3/join/" + quote(f"#{'a' * 250}:{SERVER_NAME}"), 400),
            ("room ID over 255 bytes", "/_matrix/client/v3/join/" + quote(f"!{'a' * 250}:{SERVER_NAME}"), 400),
            ("bad percent-encoding in a parameter", "/_matrix/client/v3/join/%23a%3Ab?user_id=%zz", 400),
        ):
            with self.subTest(name):
                alice = self.person(f"alice.{abs(hash(name)) % 10**9}")
                response = exchange_bytes(self.port, compose("POST", target, {}, alice.token))
                self.assert_error(response, status)

    def test_ids_over_255_bytes(self) -> None:
        alice = self.person("alice.long")
        room_id = alice.create_room()
        long_user = f"@{'a' * 250}:{SERVER_NAME}"
        room = f"{_V3}/rooms/{quote(room_id)}"
        directory = f"{_V3}/directory/room/{quote('#' + long_user[1:])}"
        for name, response in (
            ("invited user", alice.request("POST", f"{room}/invite", {"user_id": long_user})),
            ("profile", alice.request("GET", f"{_V3}/profile/{quote(long_user)}")),
            ("alias", alice.request("PUT", directory, {"room_id": room_id})),
            ("event type", alice.request("PUT", f"{room}/send/{'t' * 256}/1", {})),
            ("state key", alice.request("PUT", f"{room}/state/m.x/{'k' * 256}", {})),
            ("transaction ID", alice.request("PUT", f"{room}/send/m.x/{'i' * 256}", {})),
            ("username", self.post(f"{_V3}/register", {
                "username": "u" * 250, "password": "p", "auth": {"type": "m.login.dummy"}})),
        ):  # fmt: skip
            with self.subTest(name):
                self.assert_error(response, 400)

    def test_routes_and_methods(self) -> None:
        for method, path, status in (
            ("GET", "/", 404),
            ("GET", "/_matrix/client/v3/no/such/thing", 404),
            ("GET", "/_matrix/client/v9/sync", 404),
            ("DELETE", "/_matrix/client/versions", 405),
            ("GET", "/register", 405),
            ("POST", "/_matrix/client/v3/sync", 405),
            ("BREW", "/_matrix/client/versions", 405),
        ):
            with self.subTest(f"{method} {path}"):
                response = exchange_bytes(self.port, compose(method, path))
                self.assert_error(response, status, "M_UNRECOGNIZED")

    def test_oversize_body_is_413(self) -> None:
        announced = _raw(f"POST {_V3}/register HTTP/1.1\nHost: x\nContent-Length: 999999999999\n\n")
        self.assert_error(exchange_bytes(self.port, announced), 413, "M_TOO_LARGE")
        # Sent in full by a client that does not look up before it has finished.
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        head = _raw(f"POST {_V3}/register HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            try:
                connection.sendall(head)
                for _ in range(64):
                    connection.sendall(chunk)
                connection.sendall(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # It may stop reading, but what it answered must be there.
            self.assert_error(read_response(connection), 413, "M_TOO_LARGE")

    def test_oversize_headers_are_431(self) -> None:
        for name, head in (
            ("one long header", "GET /_matrix/client/versions HTTP/1.1\nHost: x\nX-Long: " + "a" * 200_000),
            ("many headers", "GET /_matrix/client/versions HTTP/1.1\nHost: x" + "\nX-Many: a" * 20_000),
            ("a long target", "GET /" + "a" * 200_000 + " HTTP/1.1\nHost: x"),
        ):
            with self.subTest(name):
                response = exchange_bytes(self.port, _raw(head + "\n\n"))
                self.assertIn(response.status, (414, 431) if "target" in name else (431,), str(response))
                self.assert_error(response, response.status)

    def test_malformed_http_is_400(self) -> None:
        for name, request in (
            ("nonsense", _raw("nonsense\n\n")),
            ("no version", _raw("GET /\n\n")),
            ("bad content-length", _raw("POST /register HTTP/1.1\nHost: x\nContent-Length: ten\n\n")),
            ("negative content-length", _raw("POST /register HTTP/1.1\nHost: x\nContent-Length: -1\n\n")),
            ("both lengths", _raw("POST /register HTTP/1.1\nHost: x\nContent-Length: 2\n"
                                  "Transfer-Encoding: chunked\n\n0\n\n")),
            ("bad chunk", _raw("POST /register HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nzz\n\n")),
            ("control bytes in a header", _raw("GET / HTTP/1.1\nHost: x\nX-\x01: a\n\n")),
        ):  # fmt: skip
            with self.subTest(name):
                self.assert_error(exchange_bytes(self.port, request), 400)

    def test_slow_sender_is_told_408(self) -> None:
        for name, part in (
            ("stops in the headers", _raw("GET /_matrix/client/versions HTTP/1.1\nHost")),
            ("stops in the body", _raw("POST /register HTTP/1.1\nHost: x\nContent-Length: 100\n\n{")),
        ):
            with self.subTest(name):
                self.assert_error(exchange_bytes(self.port, part, timeout_s=30), 408)

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        good = _raw("GET /_matrix/client/versions HTTP/1.1\nHost: x\n\n")
        bad = _raw("GET /nowhere HTTP/1.1\nHost: x\n\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(good + bad + good)
            # One reader for all three: what is buffered of the next must not be lost.
            stream = connection.makefile("rb")
            statuses = [_next_status(stream) for _ in range(3)]
        self.assertEqual(statuses, [200, 404, 200])

    def test_bad_neighbour_does_not_lose_what_was_accepted(self) -> None:
        alice = self.person("alice.neighbour")
        room_id = alice.create_room()
        for number in range(10):
            alice.send(room_id, f"good {number}")
            exchange_bytes(self.port, _json_post(f"{_V3}/register", b"\x00{"))
        kept = [e["content"]["body"] for e in alice.messages(room_id) if e["type"] == "m.room.message"]
        self.assertEqual(kept, [f"good {number}" for number in range(10)])

    def test_messages_name_what_is_wrong(self) -> None:
        request = {"username": "someone", "password": 7, "auth": {"type": "m.login.dummy"}}
        self.assertIn("password", self.post(f"{_V3}/register", request).json()["error"])
        alice = matrix_client.register_person(self.port, "alice.named")
        path = f"{_V3}/rooms/nonsense/invite"
        self.assertIn("room", alice.request("POST", path, {"user_id": "@a:b"}).json()["error"].lower())


def _next_status(stream) -> int:
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    json.loads(stream.read(length))
    return status
