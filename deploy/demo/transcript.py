"""Collects the HTTP exchanges of the demonstration, and shows them as they happen."""

import dataclasses
import json
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable

_WIDTH = 110
_LINES_MAX = 80
# Values of these keys are secrets wherever they turn up.
_SECRET_KEYS = ("as_token", "hs_token", "access_token", "password")


@dataclasses.dataclass
class Exchange:
    """One request with its answer; status 0 until that has come."""

    number: int
    source: str
    destination: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer: bytes = b""

    def json_body(self) -> dict:
        return json.loads(self.body or b"{}")

    def json_answer(self) -> dict:
        return json.loads(self.answer or b"{}")


class Transcript:
    """Thread-safe: proxies write to it from many threads."""

    def __init__(self, secrets: dict[str, str]) -> None:
        """`secrets` maps a secret to the name that is shown in its place."""
        self._changed = threading.Condition()
        self._exchanges: list[Exchange] = []
        self._secrets = dict(secrets)

    def title(self, text: str) -> None:
        with self._changed:
            print(f"\n== {text}\n", flush=True)

    def note(self, text: str) -> None:
        with self._changed:
            print(f"   {text}\n", flush=True)

    def begin(self, source: str, destination: str, method: str, path: str,
              headers: dict[str, str], body: bytes) -> Exchange:  # fmt: skip
        with self._changed:
            number = len(self._exchanges) + 1
            exchange = Exchange(number, source, destination, method, path, headers, body)
            self._exchanges.append(exchange)
            self._learn_secrets(body, source)
            lines = [f"{name}: {value}" for name, value in headers.items()]
            self._show(f"[{number}] {source} -> {destination}   {method} {path}", lines, body)
            self._changed.notify_all()
            return exchange

    def end(self, exchange: Exchange, status: int, answer: bytes) -> None:
        with self._changed:
            exchange.answer, exchange.status = answer, status
            self._learn_secrets(answer, exchange.source)
            head = f"[{exchange.number}] {exchange.destination} -> {exchange.source}   {status}"
            self._show(head, [], answer)
            self._changed.notify_all()

    def count(self) -> int:
        with self._changed:
            return len(self._exchanges)

    def wait_for(self, matches: Callable[[Exchange], bool], seconds: float) -> Exchange | None:
        """The first finished exchange that matches; None if none does in time."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for exchange in self._exchanges:
                    if exchange.status and matches(exchange):
                        return exchange
                if not self._changed.wait(deadline - time.monotonic()):
                    return None

    def wait_until_quiet(self, seconds: float) -> None:
        """Waits until every request shown has got its answer."""
        with self._changed:
            self._changed.wait_for(lambda: all(one.status for one in self._exchanges), seconds)

    def _learn_secrets(self, body: bytes, source: str) -> None:
        try:
            content = json.loads(body or b"{}")
        except ValueError:
            return
        for key in _SECRET_KEYS:
            if isinstance(content.get(key), str):
                owner = "" if key in ("as_token", "hs_token") else f"{source}'s "
                self._secrets.setdefault(content[key], f"<{owner}{key}>")

    def _show(self, head: str, headers: list[str], body: bytes) -> None:
        lines = [head] + [f"      {line}" for line in headers]
        lines += [f"      {line}" for line in _readable(body)]
        text = "\n".join(lines)
        for secret, name in self._secrets.items():
            text = text.replace(secret, name).replace(urllib.parse.quote(secret, safe=""), name)
        if sys.stdout.isatty():
            first, _, rest = text.partition("\n")
            text = f"\x1b[1m{first}\x1b[0m\n{rest}"
        print(text.rstrip() + "\n", flush=True)


def _readable(body: bytes) -> list[str]:
    if not body:
        return []
    try:
        lines = _layout(json.loads(body), 0).splitlines()
    except ValueError:
        lines = body.decode("utf-8", "replace").splitlines()
    if len(lines) > _LINES_MAX:
        lines[_LINES_MAX:] = [f"... {len(lines) - _LINES_MAX} more lines"]
    return lines


def _layout(value: object, indent: int) -> str:
    """JSON on one line where it fits; else flat objects (events, mostly) flow over a few
    lines, and the rest has a line for each member."""
    compact = json.dumps(value, ensure_ascii=False)
    if len(compact) + indent <= _WIDTH or not isinstance(value, (dict, list)):
        return compact
    margin = "\n" + " " * (indent + 2)
    end = "\n" + " " * indent
    if isinstance(value, list):
        return "[" + margin + ("," + margin).join(_layout(v, indent + 2) for v in value) + end + "]"
    members = [f"{json.dumps(k)}: {_layout(v, indent + 2)}" for k, v in value.items()]
    if any("\n" in member for member in members):
        return "{" + margin + ("," + margin).join(members) + end + "}"
    lines = [members[0]]
    for member in members[1:]:
        if indent + len(lines[-1]) + len(member) < _WIDTH:
            lines[-1] += ", " + member
        else:
            lines.append(member)
    return "{" + ("," + end + " ").join(lines) + "}"
