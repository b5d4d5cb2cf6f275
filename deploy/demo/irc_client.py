"""As much of an IRC client as a bridge needs: one connection, lines in, lines out."""

import dataclasses
import socket
import threading
from collections.abc import Iterator

# RFC 2812 allows 512 bytes with the sender's prefix, which the server adds.
_TEXT_BYTES_MAX = 400


@dataclasses.dataclass(frozen=True)
class Line:
    """One line from the server: `:Bob!~bob@host PRIVMSG #matrix :hello?`"""

    nick: str  # Who caused it; empty for the server itself.
    command: str
    parameters: tuple[str, ...]


class IrcConnection:
    """One registered connection. `send` and what uses it is thread-safe; read `lines` from one thread."""

    def __init__(self, host: str, port: int, nick: str, timeout_s: float | None = None) -> None:
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.settimeout(timeout_s)
        self._writing = threading.Lock()
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}")

    def join(self, channel: str) -> None:
        self.send(f"JOIN {channel}")

    def say(self, channel: str, text: str) -> None:
        """Sends `text`, as several lines if it has several or is long."""
        for line in text.replace("\0", "").splitlines():
            for piece in _pieces(line):
                self.send(f"PRIVMSG {channel} :{piece}")

    def lines(self) -> Iterator[Line]:
        """What the server sends, until it closes. Pings are answered on the way."""
        with self._socket.makefile("rb") as stream:
            for raw in stream:
                line = parse(raw.decode("utf-8", "replace").rstrip("\r\n"))
                if line.command == "PING":
                    self.send(f"PONG :{line.parameters[-1]}")
                elif line.command:
                    yield line

    def close(self) -> None:
        self._socket.close()

    def send(self, line: str) -> None:
        """One line as it is."""
        with self._writing:
            self._socket.sendall(line.encode() + b"\r\n")


def parse(text: str) -> Line:
    prefix = ""
    if text.startswith(":"):
        prefix, _, text = text[1:].partition(" ")
    text, colon, trailing = text.partition(" :")
    command, *parameters = text.split() or [""]
    nick = prefix.partition("!")[0] if "!" in prefix else ""
    return Line(nick, command.upper(), tuple(parameters + ([trailing] if colon else [])))


def _pieces(line: str) -> Iterator[str]:
    encoded = line.encode()
    while encoded:
        piece = encoded[:_TEXT_BYTES_MAX].decode("utf-8", "ignore")  # Never half a character.
        yield piece
        encoded = encoded[len(piece.encode()) :]
