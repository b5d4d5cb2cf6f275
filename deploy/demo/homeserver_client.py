"""Duties 2 and 5 of a bridge: its own requests to the homeserver."""

import http.client
import json
import time
import urllib.parse

_RETRY_SECONDS = 0.5
# How long a new room may take to appear after we have described it.
_ROOM_APPEARS_SECONDS_MAX = 60


class Homeserver:
    """Our requests to the homeserver. Thread-safe: a connection for each request."""

    def __init__(self, url: str, as_token: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._as_token = as_token

    def register(self, our_url: str, namespaces: dict[str, list[str]]) -> str:
        """Tells the homeserver where we are and what is ours. Returns the hs_token,
        which it will show us with each of its requests.

        Done at every start: repeating it changes nothing, and it is how a bridge
        that has moved makes its new address known.
        """
        request = {"url": our_url, "as_token": self._as_token, "namespaces": namespaces}
        status, answer = self._until_answered("POST", "/register", request)
        if status != 200:
            raise SystemExit(
                f"the homeserver refuses the registration: {status} {json.dumps(answer)}\n"
                "Has its operator allowed our as_token? "
                "(causewayctl grant create --name irc --as_token_file FILE)"
            )
        return answer["hs_token"]

    def send(self, room_id: str, user_id: str, ts: int, content: dict[str, str]) -> None:
        """Sends a message as one of our users, as of the time when it was said.

        Comes back when the homeserver has it: who sends one message after another
        keeps their order. The draft's send has no transaction ID, so a message
        whose answer got lost is sent twice; the paths of today's specification
        end with one.
        """
        deadline = time.monotonic() + _ROOM_APPEARS_SECONDS_MAX
        path = f"/rooms/{_quote(room_id)}/send/m.room.message"
        while True:
            status, answer = self._until_answered("PUT", self._as_user(path, user_id, ts), content)
            if status == 200:
                return
            # 404: we have described the room, but it isn't made yet. 403: this user is new in it.
            if status == 403:
                join = self._as_user(f"/_matrix/client/v3/rooms/{_quote(room_id)}/join", user_id)
                self._until_answered("POST", join, {})
            if status not in (403, 404) or time.monotonic() > deadline:
                print(f"matrix: gave up a message of {user_id}: {status} {json.dumps(answer)}", flush=True)
                return
            time.sleep(_RETRY_SECONDS)

    def _as_user(self, path: str, user_id: str, ts: int | None = None) -> str:
        parameters: dict[str, str | int] = {"access_token": self._as_token, "user_id": user_id}
        if ts is not None:
            parameters["ts"] = ts
        # quote, not quote_plus: a blank is %20 in every URL, + only in forms.
        return f"{path}?{urllib.parse.urlencode(parameters, safe='', quote_via=urllib.parse.quote)}"

    def _until_answered(self, method: str, path: str, body: object) -> tuple[int, dict]:
        """Repeats a request while the homeserver is away or overloaded."""
        told = False
        while True:
            try:
                status, answer = self._request(method, path, body)
                if status < 500 and status not in (408, 429):
                    return status, answer
                reason = f"it answers {status}"
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error)
            if not told:
                print(f"matrix: trying until the homeserver takes it: {reason}", flush=True)
                told = True
            time.sleep(_RETRY_SECONDS)

    def _request(self, method: str, path: str, body: object) -> tuple[int, dict]:
        connection = http.client.HTTPConnection(*self._address, timeout=60)
        try:
            connection.request(
                method, path, json.dumps(body), {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


def _quote(segment: str) -> str:
    """One segment of a path: its slashes are part of it."""
    return urllib.parse.quote(segment, safe="")
