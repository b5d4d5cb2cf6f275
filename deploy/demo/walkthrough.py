"""Plays the draft's example "IRC" (Examples / IRC) and checks every step of it.

Alice is a Matrix user, played here by plain HTTP requests; Bob is an IRC user,
played by a real IRC client. Between them are the homeserver and the bridge.
"""

import http.client
import json
import pathlib
import queue
import secrets
import threading
import time
import urllib.parse

from irc_client import IrcConnection, Line
from local.processes import write_atomically
from transcript import Exchange, Transcript

NETWORK = "irc.freenode.net"
CHANNEL = "#matrix"
_HELLO_TS = 1421416883133
_WHATS_UP_TS = 1421418084816
_PATIENCE_SECONDS = 30


class WalkthroughFailed(Exception):
    """What was expected and what came instead."""


def check(holds: bool, expectation: str, found: object = "") -> None:
    if not holds:
        raise WalkthroughFailed(f"expected {expectation}" + (f", found {found!r}" if found != "" else ""))


class Alice:
    """A Matrix client of few words. Thread-compatible."""

    def __init__(
        self, homeserver: tuple[str, int], shown: tuple[str, int], server_name: str
    ) -> None:
        """What goes to `shown` goes to the homeserver too, by way of the transcript."""
        self._homeserver = homeserver
        self._shown = shown
        self._token = ""
        self.user_id = f"@alice:{server_name}"

    def register(self) -> None:
        request = {
            "username": "alice",
            "password": secrets.token_hex(16),
            "auth": {"type": "m.login.dummy"},
        }
        answer = self.call("POST", "/_matrix/client/v3/register", request)
        self._token = answer["access_token"]
        check(answer["user_id"] == self.user_id, f"to be {self.user_id}", answer["user_id"])

    def call(self, method: str, path: str, body: object = None, show: bool = True) -> dict:
        address = self._shown if show else self._homeserver
        connection = http.client.HTTPConnection(*address, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        check(response.status == 200, f"200 to alice's {method} {path}", (response.status, answer))
        return answer


class Bob:
    """An IRC client that remembers what it heard."""

    def __init__(self, host: str, port: int) -> None:
        self._heard: queue.Queue[Line] = queue.Queue()
        self._irc = IrcConnection(host, port, "Bob")
        threading.Thread(target=self._listen, daemon=True).start()

    def join(self, channel: str) -> None:
        self.wait_for("001", "")
        self._irc.join(channel)
        self.wait_for("JOIN", channel)

    def say(self, text: str) -> None:
        self._irc.say(CHANNEL, text)

    def wait_for(self, command: str, last_parameter: str) -> Line:
        """The next line of that kind; lines before it are dropped."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                line = self._heard.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise WalkthroughFailed(f"Bob waited for {command} {last_parameter} in vain") from None
            if line.command == command and line.parameters[-1].endswith(last_parameter):
                return line

    def close(self) -> None:
        self._irc.close()

    def _listen(self) -> None:
        try:
            for line in self._irc.lines():
                self._heard.put(line)
        except (OSError, ValueError):
            pass  # Closed by us.


class Walkthrough:
    """The five steps; each checks what it shows. Thread-compatible."""

    def __init__(
        self,
        transcript: Transcript,
        alice: Alice,
        bob: Bob,
        server_name: str,
        bridge_log: pathlib.Path,
        clock_file: pathlib.Path,
    ) -> None:
        self._transcript = transcript
        self._alice = alice
        self._bob = bob
        self._bridge_log = bridge_log
        self._clock_file = clock_file
        self._alias = f"#{NETWORK}/{CHANNEL}:{server_name}"
        self._room_id = f"!{NETWORK}/{CHANNEL}:{server_name}"
        self._bob_id = f"@{NETWORK}/Bob:{server_name}"

    def play(self) -> None:
        self._bridge_registers()
        self._bob_says_hello()
        since = self._alice_joins()
        self._alice_says_hi()
        self._bob_asks_whats_up(since)

    def _bridge_registers(self) -> None:
        self._transcript.title("1. The bridge registers itself with the homeserver")
        exchange = self._wait("POST", "/register", "the bridge's registration")
        check(exchange.status == 200, "200 to the registration", exchange.status)
        check(bool(exchange.json_answer().get("hs_token")), "an hs_token in the answer")

    def _bob_says_hello(self) -> None:
        self._transcript.title(f'2. Bob says "hello?" in {CHANNEL} on IRC: nothing happens on the homeserver')
        self._wait_for_bridge(f"irc: joined {CHANNEL}")
        self._bob.join(CHANNEL)
        before = self._transcript.count()
        self._bob_says("hello?", _HELLO_TS)
        self._wait_for_bridge("<Bob> hello? (kept)")
        check(self._transcript.count() == before, "no HTTP request while no Matrix user is there")
        self._transcript.note("The bridge has heard it, and keeps it. No request was made.")

    def _alice_joins(self) -> str:
        """Returns where alice's client stands, to see only what is new after it."""
        self._transcript.title(f"3. alice joins {self._alias}")
        self._alice.register()
        before = self._transcript.count()
        answer = self._alice.call("POST", f"/_matrix/client/v3/join/{_quote(self._alias)}", {})
        check(answer["room_id"] == self._room_id, f"the fixed room ID {self._room_id}", answer["room_id"])
        alias_query = self._wait("GET", f"/rooms/{_quote(self._alias)}?access_token=", "the alias query")
        user_query = self._wait("GET", f"/users/{_quote(self._bob_id)}?access_token=", "the user query")
        numbers = (before, alias_query.number, user_query.number)
        check(numbers == tuple(sorted(numbers)), "the alias query, then the user query", numbers)
        room = f"/_matrix/client/v3/rooms/{_quote(self._room_id)}"
        path = f"/_matrix/client/v3/profile/{_quote(self._bob_id)}"
        profile = self._alice.call("GET", path, show=False)
        check(profile.get("displayname") == "Bob", 'the display name "Bob"', profile)
        name = self._alice.call("GET", f"{room}/state/m.room.name", show=False)
        check(name == {"name": CHANNEL}, f"the room's name {CHANNEL}", name)
        history = self._alice.call("GET", f"{room}/messages?dir=b&limit=50", show=False)
        self._check_message(history["chunk"], "hello?", _HELLO_TS)
        self._transcript.note(f"alice sees that the room is called {CHANNEL}, and that Bob is Bob.")
        return self._alice.call("GET", "/_matrix/client/v3/sync?timeout=0", show=False)["next_batch"]

    def _alice_says_hi(self) -> None:
        self._transcript.title('4. alice says "hi!": the homeserver pushes it, the bridge tells IRC')
        message = {"msgtype": "m.text", "body": "hi!"}
        room = f"/_matrix/client/v3/rooms/{_quote(self._room_id)}"
        sent = self._alice.call("PUT", f"{room}/send/m.room.message/{secrets.token_hex(8)}", message)

        push = self._wait_for_push(sent["event_id"])
        [event] = [e for e in push.json_body()["events"] if e["event_id"] == sent["event_id"]]
        expected = {"user_id": self._alice.user_id, "room_id": self._room_id, "content": message}
        for key, value in expected.items():
            check(event.get(key) == value, f"{key} {value!r} in the pushed event", event)
        heard = self._bob.wait_for("PRIVMSG", "hi!")
        check(heard.parameters == (CHANNEL, "<alice> hi!"), "<alice> hi! on IRC", heard)
        self._transcript.note(f"Bob reads in {CHANNEL} on IRC: {heard.parameters[1]}")

    def _bob_asks_whats_up(self, since: str) -> None:
        self._transcript.title('5. Bob says "what\'s up?" on IRC: the bridge sends it as Bob, at his time')
        self._bob_says("what's up?", _WHATS_UP_TS)
        send = self._wait("PUT", f"/rooms/{_quote(self._room_id)}/send/m.room.message?", "the bridge's send")
        check(send.status == 200, "200 to the bridge's send", (send.status, send.answer))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(send.path).query)
        check(query["user_id"] == [self._bob_id], f"user_id={self._bob_id}", query["user_id"])
        check(query["ts"] == [str(_WHATS_UP_TS)], f"ts={_WHATS_UP_TS}", query["ts"])
        deadline = time.monotonic() + _PATIENCE_SECONDS
        events: list[dict] = []
        while time.monotonic() < deadline:
            path = f"/_matrix/client/v3/sync?since={_quote(since)}&timeout=10000"
            news = self._alice.call("GET", path)
            since = news["next_batch"]
            room = news.get("rooms", {}).get("join", {}).get(self._room_id, {})
            events += room.get("timeline", {}).get("events", [])
            if any(event["content"].get("body") == "what's up?" for event in events):
                break
        self._check_message(events, "what's up?", _WHATS_UP_TS)
        # The bridge is told of its own messages too, and knows them by their sender.
        self._wait_for_push(send.json_answer()["event_id"])
        self._transcript.wait_until_quiet(_PATIENCE_SECONDS)

    def _check_message(self, events: list[dict], body: str, ts: int) -> None:
        found = [event for event in events if event["content"].get("body") == body]
        check(len(found) == 1, f'"{body}" once', found)
        check(found[0]["sender"] == self._bob_id, f"the sender {self._bob_id}", found[0])
        check(found[0]["origin_server_ts"] == ts, f"the time {ts}", found[0])
        self._transcript.note(f'alice reads "{body}" by {self._bob_id}, said at {ts}.')

    def _bob_says(self, text: str, ts: int) -> None:
        # IRC carries no times: the bridge is told what o'clock it is, then Bob speaks.
        write_atomically(self._clock_file, str(ts))
        self._bob.say(text)

    def _wait(self, method: str, path_prefix: str, what: str) -> Exchange:
        found = self._transcript.wait_for(
            lambda exchange: exchange.method == method and exchange.path.startswith(path_prefix),
            _PATIENCE_SECONDS,
        )
        if found is None:
            raise WalkthroughFailed(f"expected {what}: {method} {path_prefix}...; it did not come")
        return found

    def _wait_for_push(self, event_id: str) -> Exchange:
        """The transaction that brings the event to the bridge, taken by it."""

        def brings_it(exchange: Exchange) -> bool:
            if exchange.method != "PUT" or not exchange.path.startswith("/transactions/"):
                return False
            return any(event["event_id"] == event_id for event in exchange.json_body()["events"])

        push = self._transcript.wait_for(brings_it, _PATIENCE_SECONDS)
        if push is None:
            raise WalkthroughFailed(f"expected a transaction with {event_id}; the bridge got none")
        check(push.status == 200, "the bridge to take the transaction", push.status)
        return push

    def _wait_for_bridge(self, text: str) -> None:
        """The bridge says in its log what it does on IRC's side."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while text not in self._bridge_log.read_text(errors="replace"):
            if time.monotonic() > deadline:
                raise WalkthroughFailed(f'expected "{text}" in {self._bridge_log}')
            time.sleep(0.02)


def _quote(segment: str) -> str:
    return urllib.parse.quote(segment, safe="")
