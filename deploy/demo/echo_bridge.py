#!/usr/bin/python3
"""A bridge in today's dialect (v1), to learn from: it says again what is said, under a name of its own.

It comes with a registration file, which it makes itself and the operator hands over:

    deploy/demo/echo_bridge.py --registration echo.yaml --make
    deploy/local.sh ctl appservice register --file echo.yaml --create_grant
    deploy/demo/echo_bridge.py --registration echo.yaml

Then anybody joins #_echo_hello:localhost, or any other alias that begins so. Python's standard library only.
Source: https://spec.matrix.org/v1.17/application-service-api/
"""

import argparse
import hmac
import http.server
import json
import os
import pathlib
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable


def make_registration(file: pathlib.Path, domain: str, url: str) -> None:
    """What the homeserver has to know of us, with two secrets: as_token is ours, by hs_token we know the homeserver."""
    server = domain.replace(".", "\\.")
    registration = {
        "id": "echo",
        "url": url,
        "as_token": secrets.token_hex(32),
        "hs_token": secrets.token_hex(32),
        "sender_localpart": "_echo_bot",
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": True, "regex": f"@_echo_.*:{server}$"}],
            "aliases": [{"exclusive": True, "regex": f"#_echo_.*:{server}$"}],
            "rooms": [],
        },
    }
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump(registration, opened, indent=2)  # JSON is YAML.


class Homeserver:
    """The client-server API, with our as_token."""

    def __init__(self, url: str, as_token: str) -> None:
        self._url = url
        self._as_token = as_token

    def call(self, method: str, path: str, body: dict, user_id: str = "") -> str:
        """As one of our users, or as our own. Returns the errcode: empty, it is done."""
        query = f"?{urllib.parse.urlencode({'user_id': user_id})}" if user_id else ""
        request = urllib.request.Request(
            f"{self._url}/_matrix/client/v3{path}{query}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._as_token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30):
                return ""
        except urllib.error.HTTPError as error:
            return json.loads(error.read()).get("errcode", "M_UNKNOWN")
        except OSError:  # It is away. Whatever we were asked comes again.
            return "M_UNKNOWN"


class Bridge:
    """Keeps nothing: whatever is asked twice is done once, by its name."""

    def __init__(self, homeserver: Homeserver, domain: str) -> None:
        self._homeserver = homeserver
        self._parrot = f"@_echo_parrot:{domain}"

    def make_user(self, user_id: str) -> bool:
        """Whether it is there now."""
        username = user_id[1:].partition(":")[0]
        body = {"type": "m.login.application_service", "username": username, "inhibit_login": True}
        return self._homeserver.call("POST", "/register", body) in ("", "M_USER_IN_USE")

    def make_room(self, alias: str) -> bool:
        """Made here, before the homeserver has our answer: then it looks whether the alias is there."""
        name = alias[1:].partition(":")[0]
        body = {"room_alias_name": name, "preset": "public_chat", "name": name.removeprefix("_echo_")}
        if self._homeserver.call("POST", "/createRoom", body) not in ("", "M_ROOM_IN_USE"):
            return False
        joining = f"/join/{urllib.parse.quote(alias, safe='')}"
        return self.make_user(self._parrot) and not self._homeserver.call("POST", joining, {}, self._parrot)

    def take_transaction(self, events: list[dict]) -> bool:
        """False: not now. The same transaction comes again then, as it does when our answer is lost. So what is sent
        for an event goes by the event's own ID: sent twice, it is there once."""
        for event in events:
            body = event["content"].get("body")
            # What our users say comes, too. Without this it would echo for ever.
            if event["type"] != "m.room.message" or event["sender"].startswith("@_echo_") or not isinstance(body, str):
                continue
            room_id, txn_id = (urllib.parse.quote(event[name], safe="") for name in ("room_id", "event_id"))
            path = f"/rooms/{room_id}/send/m.room.message/{txn_id}"
            errcode = self._homeserver.call("PUT", path, {"msgtype": "m.notice", "body": body}, self._parrot)
            if errcode not in ("", "M_FORBIDDEN"):  # Whoever is not let speak needn't try again.
                return False
        return True


def make_handler(bridge: Bridge, hs_token: str) -> type:
    """What the homeserver asks of us, below /_matrix/app/v1."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Keep-alive: one connection for many requests.

        def do_GET(self) -> None:
            duties = {"users": lambda id_, _: bridge.make_user(id_), "rooms": lambda id_, _: bridge.make_room(id_)}
            self._serve(duties, otherwise=404)

        def do_PUT(self) -> None:
            self._serve({"transactions": lambda _, body: bridge.take_transaction(body["events"])}, otherwise=503)

        def do_POST(self) -> None:
            self._serve({"ping": lambda *_: True}, otherwise=404)

        def _serve(self, duties: dict[str, Callable[[str, dict], bool]], otherwise: int) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            # Only the homeserver may tell us what happened in a room.
            if not hmac.compare_digest(token.encode(), hs_token.encode()):
                self._answer(403)
                return
            path = urllib.parse.urlsplit(self.path).path.removeprefix("/_matrix/app/v1/")
            kind, _, last = path.partition("/")
            duty = duties.get(kind)
            if duty is None:
                self._answer(404)
            else:
                self._answer(200 if duty(urllib.parse.unquote(last), body) else otherwise)

        def _answer(self, status: int) -> None:
            body = b"{}" if status == 200 else b'{"errcode":"M_UNKNOWN","error":"no"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Says again what is said.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--registration", type=pathlib.Path, required=True, help="the registration file")
    parser.add_argument("--make", action="store_true", help="only make that file")
    parser.add_argument("--url", default="http://127.0.0.1:9009", help="with --make: where the homeserver reaches us")
    parser.add_argument("--homeserver", default="http://127.0.0.1:8008", help="its URL")
    parser.add_argument("--domain", default="localhost", help="the homeserver's server name")
    options = parser.parse_args()
    if options.make:
        make_registration(options.registration, options.domain, options.url)
        return
    registration = json.loads(options.registration.read_text())
    url = urllib.parse.urlsplit(registration["url"])
    bridge = Bridge(Homeserver(options.homeserver, registration["as_token"]), options.domain)
    handler = make_handler(bridge, registration["hs_token"])
    with http.server.ThreadingHTTPServer((url.hostname, url.port), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
