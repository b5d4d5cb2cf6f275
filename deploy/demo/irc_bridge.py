#!/usr/bin/python3
"""A bridge between Matrix and one IRC network, to learn from.

It is an application service in the dialect of the 2015 draft, which has five duties:

  1. say which users, aliases and rooms are ours     Names.namespaces
  2. register with the homeserver                    Homeserver.register
  3. answer what only we know: is there such a       Bridge.describe_user,
     user, is there such a room?                     Bridge.describe_room
  4. take the events of our rooms and pass them on   Bridge.take_transaction
  5. send what IRC says, as the user who said it     Homeserver.send

2 and 5 are in homeserver_client.py, the rest is here; irc_client.py speaks IRC.
Python's standard library only. An operator has to allow the bridge first:

    openssl rand -hex 32 > irc.token
    deploy/local.sh ctl grant create --name irc --as_token_file irc.token
    deploy/demo/irc_bridge.py --as_token_file irc.token --domain localhost \
        --irc 127.0.0.1:6667 --channel '#matrix'

Then anybody joins #irc.freenode.net/#matrix:localhost.
"""

import argparse
import collections
import dataclasses
import hmac
import http.server
import json
import os
import pathlib
import queue
import re
import threading
import time
import urllib.parse
from collections.abc import Callable

from homeserver_client import Homeserver
from irc_client import IrcConnection, Line

_SCROLLBACK_LINES_MAX = 100
_RECONNECT_SECONDS = 0.5


def log(text: str) -> None:
    print(text, flush=True)


# --- 1. Names ---


@dataclasses.dataclass(frozen=True)
class Names:
    """How names on IRC become Matrix IDs and back.

    The draft's convention: the network is part of the localpart, so that one
    homeserver can have bridges to many. Room IDs mirror aliases, so from the ID of
    a room we know the channel without having to be told.
    """

    network: str  # irc.freenode.net
    domain: str  # hsdomain.com

    def user_id(self, nick: str) -> str:
        return f"@{self.network}/{nick}:{self.domain}"

    def room_id(self, channel: str) -> str:
        return f"!{self.network}/{channel}:{self.domain}"

    def name_in(self, matrix_id: str) -> str | None:
        """The nick or channel that a user ID, alias or room ID stands for; None if
        it isn't one of ours."""
        head, tail = f"{self.network}/", f":{self.domain}"
        localpart = matrix_id[1 : -len(tail)]
        if not matrix_id.endswith(tail) or not localpart.startswith(head):
            return None
        return localpart[len(head) :]

    def namespaces(self) -> dict[str, list[str]]:
        """What we ask to own. POSIX extended regular expressions, matched from the
        start of an ID; so the dots are escaped, or `ircXfreenodeXnet` were ours too."""
        network = re.sub(r"[][.*+?^$(){}|\\]", r"\\\g<0>", self.network)
        return {
            "users": [f"@{network}/.*"],
            "aliases": [f"#{network}/.*"],
            "rooms": [f"!{network}/.*"],
        }


# --- 3. and 4. The bridge ---


@dataclasses.dataclass(frozen=True)
class Said:
    """One line of IRC."""

    nick: str
    text: str
    ts: int  # Milliseconds since 1970.

    def content(self) -> dict[str, str]:
        if self.text.startswith("\x01ACTION "):  # How IRC spells "/me".
            return {"msgtype": "m.emote", "body": self.text[8:].rstrip("\x01")}
        return {"msgtype": "m.text", "body": self.text}


class Channel:
    """What the bridge knows of one channel. Guarded by the bridge's lock."""

    def __init__(self) -> None:
        self.heard: collections.deque[Said] = collections.deque(maxlen=_SCROLLBACK_LINES_MAX)
        # What we told the homeserver when it asked; from then on it has a room for
        # the channel, and new lines are sent there. Asked again, we say the same:
        # it may not have got the first answer.
        self.told: list[Said] | None = None


class Bridge:
    """The part between: remembers what IRC said, and decides who is told what.

    Thread-safe. Requests of the homeserver come on threads of their own, several
    at once: while it asks for a room it may ask for a user in it.
    """

    def __init__(
        self,
        names: Names,
        homeserver: Homeserver,
        channels: list[str],
        our_nick: str,
        now_ms: Callable[[], int],
        state_file: pathlib.Path | None,
    ) -> None:
        self._names = names
        self._homeserver = homeserver
        self._our_nick = our_nick
        self._now_ms = now_ms
        self._state_file = state_file
        self._lock = threading.Lock()
        self._channels = {channel: Channel() for channel in channels}
        self._nicks = {our_nick}
        self._irc: IrcConnection | None = None
        self._to_matrix: queue.Queue[tuple[str, Said]] = queue.Queue()
        self._last_transaction = ""
        self._load()

    def describe_user(self, user_id: str) -> dict | None:
        """The homeserver has met an ID that it doesn't know: who is that?"""
        with self._lock:
            nick = self._names.name_in(user_id)
            return {"profile": {"display_name": nick}} if nick in self._nicks else None

    def describe_room(self, alias: str) -> dict | None:
        """Somebody wants to join an alias of ours. We answer with the room as it
        should be; the homeserver makes it, and only then lets them in."""
        with self._lock:
            name = self._names.name_in(alias)
            channel = self._channels.get(name or "")
            if name is None or channel is None:
                return None
            if channel.told is None:
                channel.told = list(channel.heard)
                self._save()
            first = channel.told[0] if channel.told else Said(self._our_nick, "", self._now_ms())
            events = [
                {
                    "content": said.content(),
                    "origin_server_ts": said.ts,
                    "user_id": self._names.user_id(said.nick),
                    "type": "m.room.message",
                }
                for said in channel.told
            ]
            state = {
                "content": {"name": name},
                "origin_server_ts": first.ts,
                "user_id": self._names.user_id(first.nick),
                "state_key": "",
                "type": "m.room.name",
            }
            return {"events": events, "state": [state]}

    def take_transaction(self, transaction_id: str, events: list[dict]) -> bool:
        """Passes events on to IRC. False: not now, so the homeserver will repeat them.

        It repeats a transaction, unchanged and under the same ID, until we have
        answered 200. If the answer got lost we have passed the events on already,
        so the ID is remembered. One is enough: the next transaction comes only
        after this one.
        """
        with self._lock:
            if transaction_id == self._last_transaction:
                return True
            irc = self._irc
        if irc is None:
            return False
        try:
            for event in events:
                self._relay_to_irc(irc, event)
        except OSError:
            return False
        with self._lock:
            self._last_transaction = transaction_id
            self._save()
        return True

    def _relay_to_irc(self, irc: IrcConnection, event: dict) -> None:
        sender = event.get("user_id", "")
        # All events of our rooms come here, also those that we sent ourselves.
        # Without this line every message would echo for ever.
        if self._names.name_in(sender) is not None:
            return
        channel = self._names.name_in(event.get("room_id", ""))
        body = event.get("content", {}).get("body")
        if event.get("type") != "m.room.message" or channel is None or not isinstance(body, str):
            return
        who = sender[1:].partition(":")[0]
        irc.say(channel, "\n".join(f"<{who}> {line}" for line in body.splitlines()))

    def run_irc(self, host: str, port: int) -> None:
        """Follows IRC for ever, on a thread of its own."""
        while True:
            try:
                irc = IrcConnection(host, port, self._our_nick)
                for line in irc.lines():
                    self._hear(irc, line)
                log("irc: the server closed the connection")
            except OSError as error:
                log(f"irc: {error}")
            with self._lock:
                self._irc = None
            time.sleep(_RECONNECT_SECONDS)

    def _hear(self, irc: IrcConnection, line: Line) -> None:
        if line.command == "001":  # Welcome: we are registered.
            for name in self._channels:
                irc.join(name)
        elif line.command == "353":  # Who is there already, with marks such as @ and +.
            with self._lock:
                self._nicks.update(nick.lstrip("@+%&~") for nick in line.parameters[-1].split())
        elif line.command in ("JOIN", "NICK"):
            with self._lock:
                self._nicks.add(line.parameters[0] if line.command == "NICK" else line.nick)
                if line.nick == self._our_nick:
                    self._irc = irc  # In the channel: from here on events can be passed on.
                    log(f"irc: joined {line.parameters[0]}")
        elif line.command == "PRIVMSG" and len(line.parameters) == 2:
            self._heard(line.parameters[0], Said(line.nick, line.parameters[1], self._now_ms()))

    def _heard(self, name: str, said: Said) -> None:
        with self._lock:
            channel = self._channels.get(name)
            if channel is None:
                return
            self._nicks.add(said.nick)
            if channel.told is None:
                # Nobody on Matrix is in the room: nothing to send, but whoever joins
                # later will want to read it.
                channel.heard.append(said)
                log(f"irc: {name} <{said.nick}> {said.text} (kept)")
            else:
                self._to_matrix.put((name, said))
                log(f"irc: {name} <{said.nick}> {said.text} (sent on)")

    def run_sender(self) -> None:
        """Sends IRC's lines to Matrix one by one: a single thread keeps their order,
        also while the homeserver is away."""
        while True:
            name, said = self._to_matrix.get()
            self._homeserver.send(
                self._names.room_id(name), self._names.user_id(said.nick), said.ts, said.content()
            )

    def _load(self) -> None:
        if self._state_file is None or not self._state_file.exists():
            return
        kept = json.loads(self._state_file.read_text())
        self._last_transaction = kept["last_transaction"]
        for name in kept["bridged"]:
            self._channels.setdefault(name, Channel()).told = []

    def _save(self) -> None:
        """Two things must survive our restart: which channels have a room, and what
        we have passed on already."""
        if self._state_file is None:
            return
        bridged = [name for name, channel in self._channels.items() if channel.told is not None]
        kept = {"bridged": bridged, "last_transaction": self._last_transaction}
        temporary = self._state_file.with_suffix(".new")
        temporary.write_text(json.dumps(kept))
        os.replace(temporary, self._state_file)


# --- Our own HTTP side ---


def make_handler(bridge: Bridge, hs_token: Callable[[], str]) -> type:
    """The three paths on which the homeserver calls us."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Keep-alive: one connection for many requests.

        def do_GET(self) -> None:
            kind, matrix_id = self._route()
            if not self._authenticated():
                return
            describe = {"users": bridge.describe_user, "rooms": bridge.describe_room}.get(kind)
            answer = describe(matrix_id) if describe else None
            if answer is None:
                self._answer(404, {"errcode": "M_NOT_FOUND", "error": "not on this network"})
            else:
                self._answer(200, answer)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kind, transaction_id = self._route()
            if not self._authenticated():
                return
            if kind != "transactions":
                self._answer(404, {"errcode": "M_UNRECOGNIZED", "error": "no such path"})
            elif bridge.take_transaction(transaction_id, json.loads(body)["events"]):
                self._answer(200, {})
            else:
                self._answer(503, {"errcode": "M_UNKNOWN", "error": "IRC is away, try again"})

        def _route(self) -> tuple[str, str]:
            """/users/%40irc.freenode.net%2FBob%3Ad: IDs hold slashes, so the path is
            split first and decoded after."""
            segments = urllib.parse.urlsplit(self.path).path.split("/")
            if len(segments) < 3:
                return "", ""
            return segments[-2], urllib.parse.unquote(segments[-1])

        def _authenticated(self) -> bool:
            """Only the homeserver may tell us what happened in a room."""
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            token = query.get("access_token", [""])[0]
            if hmac.compare_digest(token.encode(), hs_token().encode()):
                return True
            status = 403 if token else 401
            self._answer(status, {"errcode": "M_FORBIDDEN", "error": "not our homeserver's token"})
            return False

        def _answer(self, status: int, content: dict) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the paths hold the hs_token."""

    return Handler


# --- Putting it together ---


def clock(clock_file: pathlib.Path | None) -> Callable[[], int]:
    """Milliseconds since 1970. IRC's lines carry no time, so a line is taken to be
    said when it arrives. The demonstration replays a conversation of 2015: there
    the time stands in a file, which the one who plays Bob writes before he speaks."""

    def now_ms() -> int:
        if clock_file is not None and clock_file.exists():
            return int(clock_file.read_text())
        return time.time_ns() // 1_000_000

    return now_ms


def address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Bridges an IRC network to Matrix.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--homeserver", default="http://127.0.0.1:8008", help="its URL")
    parser.add_argument("--domain", default="localhost", help="the homeserver's server name")
    parser.add_argument("--as_token_file", type=pathlib.Path, required=True, help="our secret")
    parser.add_argument("--listen", type=address, default="127.0.0.1:9008", help="host:port")
    parser.add_argument("--public_url", help="where the homeserver reaches us, if not at --listen")
    parser.add_argument("--irc", type=address, default="127.0.0.1:6667", help="host:port")
    parser.add_argument("--network", default="irc.freenode.net", help="its name in Matrix IDs")
    parser.add_argument("--channel", action="append", required=True, help="may be repeated")
    parser.add_argument("--nick", default="causeway", help="ours on IRC, at most 9 letters")
    parser.add_argument("--state_file", type=pathlib.Path, help="what survives a restart")
    parser.add_argument("--clock_file", type=pathlib.Path, help="for the demonstration")
    options = parser.parse_args()

    names = Names(options.network, options.domain)
    homeserver = Homeserver(options.homeserver, options.as_token_file.read_text().strip())
    bridge = Bridge(
        names, homeserver, options.channel, options.nick, clock(options.clock_file), options.state_file
    )
    # The socket listens from here on, but its requests are only served below, when
    # there is an hs_token to check them with. Whoever comes earlier waits.
    hs_token = ""
    server = http.server.ThreadingHTTPServer(
        options.listen, make_handler(bridge, lambda: hs_token)
    )
    url = options.public_url or f"http://{options.listen[0]}:{server.server_port}"
    hs_token = homeserver.register(url, names.namespaces())
    log(f"matrix: registered as {url}")
    threading.Thread(target=bridge.run_irc, args=options.irc, daemon=True).start()
    threading.Thread(target=bridge.run_sender, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
