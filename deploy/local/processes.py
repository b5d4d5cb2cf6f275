"""Processes that outlive the command that started them.

A pid alone is no identity: after a crash or a reboot it may be another program's.
Each record therefore also holds the process's start time and the machine's boot,
and a signal goes through a pidfd that was opened before both were checked.
"""

import dataclasses
import json
import os
import pathlib
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence

from local.errors import StackError


@dataclasses.dataclass(frozen=True)
class Identity:
    """Which process, once and for all."""

    pid: int
    start_ticks: int  # Since boot, from /proc/PID/stat.
    boot_id: str

    def alive(self) -> bool:
        """False also for a zombie: it holds nothing any more, it only awaits its parent."""
        return _boot_id() == self.boot_id and _start_ticks(self.pid) == self.start_ticks


class Process:
    """One process with its record on disk. Thread-compatible."""

    def __init__(self, name: str, record: pathlib.Path) -> None:
        self.name = name
        self._record = record
        self._child: subprocess.Popen[bytes] | None = None
        self.identity = _read_record(record)

    @property
    def pid(self) -> int | None:
        """The pid if it runs, else None."""
        return self.identity.pid if self.identity and self.alive() else None

    def alive(self) -> bool:
        if self._child is not None:
            self._child.poll()  # Reaps it if it is our own child.
        return self.identity is not None and self.identity.alive()

    def start(
        self,
        argv: Sequence[str],
        log: pathlib.Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts it detached, in a session of its own; its output is appended to `log`."""
        try:
            with open(log, "ab") as output:
                self._child = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env=None if environment is None else {**os.environ, **environment},
                    start_new_session=True,
                )
        except OSError as error:
            raise StackError(f"cannot start {self.name} ({argv[0]}): {error}") from error
        pid = self._child.pid
        self.identity = Identity(pid, _start_ticks(pid, zombie_too=True) or 0, _boot_id())
        write_atomically(self._record, json.dumps(dataclasses.asdict(self.identity)))

    def send_signal(self, number: signal.Signals) -> None:
        """Does nothing if the process is gone."""
        pidfd = self._open()
        if pidfd is not None:
            try:
                signal.pidfd_send_signal(pidfd, number)
            except ProcessLookupError:
                pass
            finally:
                os.close(pidfd)

    def stop(self, ask: signal.Signals = signal.SIGTERM, patience_s: float = 15) -> bool:
        """Asks, waits, then kills. True if it ended before it had to be killed."""
        willing = True
        pidfd = self._open()
        if pidfd is not None:
            try:
                signal.pidfd_send_signal(pidfd, ask)
                if not _ends_within(pidfd, patience_s):
                    willing = False
                    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                    _ends_within(pidfd, 10)
            except ProcessLookupError:
                pass
            finally:
                os.close(pidfd)
        if self._child is not None:
            self._child.wait()
            self._child = None
        self.identity = None
        self._record.unlink(missing_ok=True)
        return willing

    def _open(self) -> int | None:
        if self.identity is None:
            return None
        try:
            pidfd = os.pidfd_open(self.identity.pid)
        except OSError:
            return None
        if self.alive():  # Checked after opening: the pidfd can't change its process.
            return pidfd
        os.close(pidfd)
        return None


def write_atomically(path: pathlib.Path, text: str, mode: int = 0o600) -> None:
    """Whoever reads `path` sees the old content or all of the new one."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(descriptor, "w", encoding="utf-8") as output:
        output.write(text)
    os.replace(temporary, path)


def _ends_within(pidfd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)  # Readable when the process has ended.
    return bool(poll.poll(seconds * 1000))


def _read_record(record: pathlib.Path) -> Identity | None:
    try:
        return Identity(**json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _boot_id() -> str:
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_ticks(pid: int, zombie_too: bool = False) -> int | None:
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The command's name, in brackets, may itself hold brackets and blanks.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX" and not zombie_too and not _other_threads(pid):
        return None
    return int(fields[19])


def _other_threads(pid: int) -> bool:
    """The main thread may be gone while others still end, with the ports still theirs."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1
    except OSError:
        return False
