"""The stack's private PostgreSQL cluster: Unix socket only, fsync on."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping

from local.errors import StackError
from local.processes import Process
from local.state import Settings, State

_INSTALLED = pathlib.Path("/usr/lib/postgresql")
_ROLES = pathlib.Path(__file__).resolve().parent.parent / "postgres" / "roles.sql"
_START_SECONDS_MAX = 60
_NOBODY = "65534"
_STILL_IN_USE = b"is still in use"


class Postgres:
    """Starts, prepares and stops the cluster of one state. Thread-compatible.

    `extra_options` are settings beyond the usual ones (benchmarks give it memory).
    """

    def __init__(self, state: State, extra_options: Mapping[str, str] | None = None) -> None:
        self._state = state
        self._extra_options = extra_options or {}
        self._data = state.postgres / "data"
        self._log = state.log_file("postgres")
        self.process = Process("postgres", state.record_file("postgres"))

    @staticmethod
    def conninfo(settings: Settings, role: str) -> str:
        """How a service reaches its schema, as libpq's key=value string."""
        host = settings.socket_folder.replace("\\", "\\\\").replace("'", "\\'")
        return f"host='{host}' port=5432 dbname=causeway user={role}"

    def up(self, settings: Settings) -> bool:
        """Brings the cluster up if it is not. True if it had to be started."""
        if self.process.alive():
            return False
        self._state.postgres.mkdir(exist_ok=True)
        # root's folders are often closed to others, so the wrapper has to be found by trying.
        new = not (self._data / "PG_VERSION").exists()
        if new:  # What an interrupted first start left has no use.
            shutil.rmtree(self._data, ignore_errors=True)
        wrapper = self._as_other_user() if os.geteuid() == 0 else []
        if new:
            self._create(wrapper)
        if os.geteuid() == 0:
            shutil.chown(settings.socket_folder, *_owner(wrapper))
        programs = self._programs()
        command = wrapper + [str(programs / "postgres"), "-D", str(self._data)]
        command += _options(
            listen_addresses="",
            unix_socket_directories=settings.socket_folder,
            unix_socket_permissions="0700",
            fsync="on",
            max_connections="200",
            log_line_prefix="%m [%p] %u ",
        )
        command += _options(**self._extra_options)
        self._start_until_ready(command, programs, settings)
        self._make_roles(programs, settings)
        return True

    def down(self) -> bool:
        """Fast shutdown: sessions are ended, everything is on disk. True if it was willing."""
        return self.process.stop(ask=signal.SIGINT, patience_s=60)

    def _programs(self) -> pathlib.Path:
        """The folder of the installed version that fits the data, else the newest."""
        versions = sorted(
            (int(folder.name) for folder in _INSTALLED.glob("[0-9]*") if (folder / "bin/initdb").exists()),
            reverse=True,
        )
        if not versions:
            raise StackError(f"no PostgreSQL under {_INSTALLED}: install the package postgresql-15")
        try:
            version = int((self._data / "PG_VERSION").read_text())
        except OSError:
            version = versions[0]
        if version not in versions:
            raise StackError(
                f"{self._data} was made by PostgreSQL {version}, of which no programs are installed "
                f"(there are: {versions}). Install postgresql-{version}, or choose another --state"
            )
        return _INSTALLED / str(version) / "bin"

    def _create(self, wrapper: list[str]) -> None:
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._data, *_owner(wrapper))
        # "trust" lets in whoever reaches the socket; its folder is closed to all other users.
        command = wrapper + [
            str(self._programs() / "initdb"),
            f"--pgdata={self._data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        with open(self._log, "ab") as log:
            made = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        if made.returncode != 0:
            raise StackError(f"initdb failed; see {self._log}")

    def _as_other_user(self) -> list[str]:
        """A command prefix under which root's child is not root, which PostgreSQL insists on.

        Tried in turn, since containers forbid one or another: the system's own
        `postgres` user; root under another name in a user namespace of its own;
        the `postgres` user with root's right to enter closed folders.
        """
        setpriv = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        candidates = (
            setpriv,
            ["/usr/bin/unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"],
            setpriv + ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
        )
        can_enter = 'test "$(id -u)" != 0 && cd "$1" && test -r /'
        for candidate in candidates:
            if self._data.exists() and self._data.stat().st_uid != _owner(candidate)[0]:
                continue  # Made under another name; PostgreSQL insists on owning its data.
            tried = subprocess.run(
                candidate + ["/bin/sh", "-c", can_enter, "sh", str(self._state.postgres)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
            if tried.returncode == 0:
                return candidate
        raise StackError(
            "PostgreSQL refuses to run as root, and no other user can enter "
            f"{self._state.postgres}. Choose a --state that others can enter, "
            "such as /var/tmp/causeway, or run this as an ordinary user"
        )

    def _start_until_ready(
        self, command: list[str], programs: pathlib.Path, settings: Settings
    ) -> None:
        deadline = time.monotonic() + _START_SECONDS_MAX
        is_ready = [str(programs / "pg_isready"), "-q", "-h", settings.socket_folder]
        is_ready += ["-p", "5432", "-U", "postgres", "-d", "postgres"]
        log_bytes = -1  # Not started yet.
        while time.monotonic() < deadline:
            if not self.process.alive():
                # After a kill -9 the old server's children need a moment to notice.
                if log_bytes >= 0 and _STILL_IN_USE not in self._log.read_bytes()[log_bytes:]:
                    raise StackError(f"PostgreSQL ended while starting:\n{tail(self._log)}")
                log_bytes = self._log.stat().st_size if self._log.exists() else 0
                self.process.start(command, self._log)
            if subprocess.run(is_ready).returncode == 0 and self.process.alive():
                return
            time.sleep(0.02)
        raise StackError(f"PostgreSQL is not ready after {_START_SECONDS_MAX} s:\n{tail(self._log)}")

    def _make_roles(self, programs: pathlib.Path, settings: Settings) -> None:
        made = subprocess.run(
            [str(programs / "psql"), "-X", "-q", "-h", settings.socket_folder, "-p", "5432"]
            + ["-U", "postgres", "-d", "postgres", "-f", str(_ROLES)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if made.returncode != 0:
            raise StackError(f"{_ROLES} failed: {made.stderr.strip()}")


def tail(log: pathlib.Path, lines: int = 10) -> str:
    """The last lines of a log, indented, with where to read on."""
    try:
        last = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        last = []
    return "\n".join([f"    {line}" for line in last] + [f"    (from {log})"])


def _options(**values: str) -> list[str]:
    return [word for name, value in values.items() for word in ("-c", f"{name}={value}")]


def _owner(wrapper: list[str]) -> tuple[int, int]:
    """Who must own the files: in the namespace of `unshare`, root itself goes by another name."""
    if wrapper[0].endswith("unshare"):
        return 0, 0
    entry = pwd.getpwnam("postgres")
    return entry.pw_uid, entry.pw_gid
