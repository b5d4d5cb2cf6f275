"""A Matrix client that hides nothing: bytes out, bytes in."""

import dataclasses
import http.client
import itertools
import json
import secrets
import socket
import urllib.parse
from collections.abc import Sequence

_TIMEOUT_SECONDS = 90
_transaction_ids = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]  # Names in lower case.
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def errcode(self) -> str:
        return self.json().get("errcode", "")

    def __str__(self) -> str:
        return f"{self.status} {self.body[:500]!r}"


def quote(segment: str) -> str:
    return urllib.parse.quote(segment, safe="")


def read_response(connection: socket.socket, method: str = "GET") -> Response:
    """One response; leaves the connection open."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, headers, response.read())


def exchange_bytes(port: int, request: bytes, timeout_s: float = _TIMEOUT_SECONDS) -> Response:
    """Sends exactly these bytes on a new connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        connection.sendall(request)
        return read_response(connection, request.split(b" ", 1)[0].decode("latin-1"))


def compose(
    method: str,
    target: str,
    body: object = None,
    token: str = "",
    request_id: str = "",
    traceparents: Sequence[str] = (),
) -> bytes:
    """A request as bytes; `body` may be bytes, or something to be made JSON."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if request_id:
        lines.append(f"X-Request-Id: {request_id}")
    lines += [f"traceparent: {traceparent}" for traceparent in traceparents]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(raw)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


class MatrixClient:
    """Requests with one token, as a person or as an application service.

    Thread-safe: every request has its own connection.
    """

    def __init__(self, port: int, token: str = "", user_id: str = "", acts_as: str = "") -> None:
        """`acts_as`: the `user_id` parameter that goes with every request."""
        self.port = port
        self.token = token
        self.user_id = user_id
        self._acts_as = acts_as

    def acting_as(self, user_id: str) -> "MatrixClient":
        return MatrixClient(self.port, self.token, user_id, acts_as=user_id)

    def request(self, method: str, path: str, body: object = None, **parameters: object) -> Response:
        if self._acts_as:
            parameters["user_id"] = self._acts_as
        query = urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote, safe="")
        target = path + ("?" + query if query else "")
        return exchange_bytes(self.port, compose(method, target, body, self.token))

    def ok(self, method: str, path: str, body: object = None, **parameters: object) -> dict:
        """As `request`, for answers that have to be 200."""
        response = self.request(method, path, body, **parameters)
        if response.status != 200:
            raise AssertionError(f"{method} {path} as {self.user_id or 'nobody'}: {response}")
        return response.json()

    # The few calls that nearly every test makes.

    def join(self, room_id_or_alias: str) -> str:
        return self.ok("POST", f"/_matrix/client/v3/join/{quote(room_id_or_alias)}", {})["room_id"]

    def create_room(self, **options: object) -> str:
        return self.ok("POST", "/_matrix/client/v3/createRoom", options)["room_id"]

    def send(self, room_id: str, body: str, txn_id: str = "") -> str:
        return self.try_send(room_id, body, txn_id).json()["event_id"]

    def try_send(self, room_id: str, body: str, txn_id: str = "", **parameters: object) -> Response:
        txn_id = txn_id or f"t{next(_transaction_ids)}"
        path = f"/_matrix/client/v3/rooms/{quote(room_id)}/send/m.room.message/{quote(txn_id)}"
        return self.request("PUT", path, text(body), **parameters)

    def messages(self, room_id: str) -> list[dict]:
        """All events of the room, oldest first."""
        path = f"/_matrix/client/v3/rooms/{quote(room_id)}/messages"
        return self.ok("GET", path, dir="b", limit=500)["chunk"][::-1]

    def sync(self, **parameters: object) -> dict:
        return self.ok("GET", "/_matrix/client/v3/sync", **parameters)

    def display_name(self, user_id: str) -> str | None:
        return self.ok("GET", f"/_matrix/client/v3/profile/{quote(user_id)}").get("displayname")


def text(body: str) -> dict[str, str]:
    return {"msgtype": "m.text", "body": body}


def register_person(port: int, localpart: str) -> MatrixClient:
    """A new user with a password and a token."""
    request = {
        "username": localpart,
        "password": secrets.token_hex(16),
        "auth": {"type": "m.login.dummy"},
    }
    answer = MatrixClient(port).ok("POST", "/_matrix/client/v3/register", request)
    return MatrixClient(port, answer["access_token"], answer["user_id"])
