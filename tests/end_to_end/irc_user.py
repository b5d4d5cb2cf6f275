"""A person on IRC, who remembers what was said."""

import sys
import threading

from polling import eventually
from stack_fixture import ROOT

sys.path.insert(0, str(ROOT / "deploy" / "demo"))

from irc_client import IrcConnection, Line  # noqa: E402


class IrcUser:
    """Thread-safe."""

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._lock = threading.Lock()
        self._lines: list[Line] = []
        self._irc = IrcConnection("127.0.0.1", port, nick)
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait_for("001")

    def join(self, channel: str) -> None:
        self._irc.join(channel)
        self.wait_for("366", channel)

    def say(self, channel: str, text: str) -> None:
        self._irc.say(channel, text)

    def send(self, line: str) -> None:
        self._irc.send(line)

    def close(self) -> None:
        self._irc.close()

    def heard(self, channel: str) -> list[str]:
        """What others said in the channel, in order."""
        with self._lock:
            lines = list(self._lines)
        return [l.parameters[1] for l in lines if l.command == "PRIVMSG" and l.parameters[0] == channel]

    def wait_for(self, command: str, *parameters: str) -> Line:
        """The first line with that command and, among its parameters, these."""

        def found() -> Line | None:
            with self._lock:
                lines = list(self._lines)
            for line in lines:
                if line.command == command and set(parameters) <= set(line.parameters):
                    return line
            return None

        return eventually(found, f"{self.nick} sees {command} {' '.join(parameters)} on IRC")

    def _listen(self) -> None:
        try:
            for line in self._irc.lines():
                with self._lock:
                    self._lines.append(line)
        except (OSError, ValueError):
            pass  # Closed by us.
