"""What a bridge of the draft knows, for a RecordingAppservice to answer with."""

import json

from recording_appservice import NOT_FOUND, OK, Answer, RecordingAppservice, Request

NETWORK = "irc.freenode.net"
NAMESPACES = {
    "users": [r"@irc\.freenode\.net/.*"],
    "aliases": [r"#irc\.freenode\.net/.*"],
    "rooms": [r"!irc\.freenode\.net/.*"],
}
HELLO_TS = 1421416883133
WHATS_UP_TS = 1421418084816


class DraftBridge(RecordingAppservice):
    """Knows one channel and some nicks, and heard Bob say "hello?" there.

    Thread-safe once its nicks are set.
    """

    def __init__(self, server_name: str, channel: str = "#matrix") -> None:
        self._server_name = server_name
        self._channel = channel
        self.nicks = {"Bob"}
        super().__init__(self.answer)

    @property
    def alias(self) -> str:
        return f"#{NETWORK}/{self._channel}:{self._server_name}"

    @property
    def room_id(self) -> str:
        """The draft's fixed ID: it mirrors the alias."""
        return f"!{NETWORK}/{self._channel}:{self._server_name}"

    def user_id(self, nick: str) -> str:
        return f"@{NETWORK}/{nick}:{self._server_name}"

    def answer(self, request: Request) -> Answer:
        kind = request.path.split("/")[-2]
        if kind == "users":
            known = {self.user_id(nick): nick for nick in self.nicks}
            nick = known.get(request.last_segment)
            return _json({"profile": {"display_name": nick}}) if nick else NOT_FOUND
        if kind == "rooms":
            return _json(self._room()) if request.last_segment == self.alias else NOT_FOUND
        return OK

    def _room(self) -> dict:
        said_by_bob = {"origin_server_ts": HELLO_TS, "user_id": self.user_id("Bob")}
        message = {"content": {"body": "hello?", "msgtype": "m.text"}, "type": "m.room.message"}
        name = {"content": {"name": self._channel}, "state_key": "", "type": "m.room.name"}
        return {"events": [message | said_by_bob], "state": [name | said_by_bob]}


def _json(content: dict) -> Answer:
    return Answer(200, json.dumps(content).encode())
