"""A faulty_appservice.py: started, killed, started again; and what it recorded."""

import dataclasses
import json
import pathlib
import random
import signal
import socket
import sys

from polling import eventually
from stack_fixture import ROOT  # Makes `local` known.

from local import ports
from local.processes import Process

_PROGRAM = ROOT / "tests" / "end_to_end" / "faulty_appservice.py"


@dataclasses.dataclass(frozen=True)
class Request:
    """One line of its log; see there."""

    txn_id: str
    sha256: str
    event_ids: list[str]
    fault: str
    taken: str
    connected_at: float
    at: float


class AppserviceProcess:
    """One application service. `remembers` is "last" or "all": which transaction IDs it recognises."""

    def __init__(
        self, folder: pathlib.Path, name: str, fault: str, remembers: str, chance: random.Random
    ) -> None:
        self.name = name
        self.remembers = remembers
        self._fault = fault
        self._chance = chance
        self._port = ports.pick(1)[0]
        self._log = folder / f"{name}.requests"
        self._output = folder / f"{name}.output"
        self._calm = folder / f"{name}.calm"
        self._process = Process(name, folder / f"{name}.pid")

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self._port}"

    def start(self) -> None:
        words = [f"--port={self._port}", f"--fault={self._fault}", f"--remembers={self.remembers}"]
        words += [f"--log={self._log}", f"--calm={self._calm}", f"--seed={self._chance.getrandbits(32)}"]
        self._process.start([sys.executable, str(_PROGRAM), *words], self._output)

    def wait_until_ready(self) -> None:
        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((ports.LOOPBACK, self._port)) == 0

        eventually(listens, f"{self.name} listens")

    def alive(self) -> bool:
        return self._process.alive()

    def kill(self) -> None:
        self._process.stop(ask=signal.SIGKILL)

    def calm_down(self) -> None:
        """No more faults."""
        self._calm.touch()

    def requests(self) -> list[Request]:
        """In the order of arrival. A line that is being written doesn't count yet."""
        whole = self._log.read_bytes().rpartition(b"\n")[0] if self._log.exists() else b""
        return [Request(**json.loads(line)) for line in whole.splitlines()]
