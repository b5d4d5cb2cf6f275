"""A program of `sdks/`: started, told what to do, killed, started again."""

import itertools
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Callable

from polling import PATIENCE_SECONDS, eventually
from stack_fixture import ROOT

INSTALLED = ROOT / ".local" / "sdks"
_PROGRAMS = pathlib.Path(__file__).resolve().parent / "sdks"
_CALL_SECONDS_MAX = 90.0


class CallFailed(Exception):
    """What the kit threw. `errcode` is Matrix's, empty if it has none."""

    def __init__(self, message: str, errcode: str) -> None:
        super().__init__(message)
        self.errcode = errcode


class SdkProgram:
    """One program, in a process of its own (see sdks/control.js). Thread-safe but for start and kill.

    `newest`: with the newest kits, rather than those of a year before."""

    def __init__(self, folder: pathlib.Path, name: str, script: str, newest: bool = False) -> None:
        self.name = name
        self._packages = (INSTALLED / "newest" if newest else INSTALLED) / "node_modules"
        self._log = folder / f"{name}.log"
        self._script = _PROGRAMS / f"{script}.js"
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._events: list[dict] = []
        self._tokens: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        if not (INSTALLED / "node").exists():
            raise AssertionError(f"{INSTALLED} is not there: tests/end_to_end/build.sh makes it")
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "NODE_PATH": str(self._packages)}
        with theirs, open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [str(INSTALLED / "node"), str(self._script), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
        self._socket = ours
        self._answers: dict[int, queue.SimpleQueue[dict]] = {}
        threading.Thread(target=self._listen, args=(ours, self._answers), daemon=True).start()

    def call(self, name: str, **argument: object) -> object:
        """What the program answers. CallFailed with what it says; AssertionError if it says nothing."""
        call_id = next(self._ids)
        answer: queue.SimpleQueue[dict] = queue.SimpleQueue()
        with self._lock:
            self._answers[call_id] = answer
        line = json.dumps({"id": call_id, "call": name, "with": argument}) + "\n"
        self._socket.sendall(line.encode())
        try:
            said = answer.get(timeout=_CALL_SECONDS_MAX)
        except queue.Empty:
            raise AssertionError(f"{self.name} does not answer to {name}; its log is {self._log}") from None
        if "error" in said:
            raise CallFailed(f"{self.name}: {name}: {said['error']['message']}", said["error"]["errcode"])
        return said["result"]

    def events(self) -> list[dict]:
        """What it told so far, before it was killed too."""
        with self._lock:
            return list(self._events)

    def tokens(self) -> set[str]:
        """Every token that it was given so far."""
        with self._lock:
            return set(self._tokens)

    def wait_for(
        self, wanted: Callable[[dict], bool], what: str, seconds: float = PATIENCE_SECONDS
    ) -> dict:
        """The first event it told that is `wanted`."""
        return eventually(
            lambda: next(filter(wanted, self.events()), None), f"{self.name}: {what}", seconds
        )

    def stop_answering(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """As a crash would. Does nothing if it doesn't run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _listen(self, connection: socket.socket, answers: dict[int, queue.SimpleQueue[dict]]) -> None:
        try:
            for line in connection.makefile("rb"):
                message = json.loads(line)
                with self._lock:
                    if "event" in message:
                        self._events.append(message["event"])
                    elif "token" in message:
                        self._tokens.add(message["token"])
                    else:
                        answers.pop(message["id"]).put(message)
        except (OSError, ValueError):
            pass  # It was killed in the middle of a line.
        with self._lock:
            for answer in answers.values():
                answer.put({"error": {"message": "it has ended", "errcode": ""}})
            answers.clear()
