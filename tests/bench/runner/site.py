"""One Causeway to be measured: PostgreSQL, the registry and push_dispatchers, or all of it."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from local import ports, probes, services
from local.errors import StackError
from local.ports import LOOPBACK
from local.postgres import Postgres, tail
from local.processes import Process
from local.state import Settings, State

SERVER_NAME = "bench.test"
# What a server with the memory for it would be given. Durability is as everywhere: a commit is on disk.
POSTGRES_OPTIONS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "wal_compression": "off",
}
# Each commit sleeps for 2 ms before it flushes, as if the disk were on a network.
SLOW_DISK_OPTIONS = {"commit_delay": "2000", "commit_siblings": "0"}

_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 20
_COMPLAINTS_MAX = 5  # Different ones.
_SHOWN_SETTINGS = tuple(POSTGRES_OPTIONS) + tuple(SLOW_DISK_OPTIONS) + ("wal_sync_method", "full_page_writes")


class Site:
    """Up from entering the context until leaving it. Its data goes with it; the logs stay if something failed."""

    def __init__(
        self,
        binaries: pathlib.Path,
        replicas: int = 1,
        postgres_options: Mapping[str, str] | None = None,
        whole: bool = False,
        others: Sequence[str] = (),
    ) -> None:
        self._binaries = binaries
        self._replicas = replicas
        self._others = ("query_proxy", "homeserver", "gateway") if whole else others
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="causeway-bench-"))
        self._folder.chmod(0o755)  # PostgreSQL runs as another user when we are root.
        self._state = State(self._folder / "state")
        self._postgres = Postgres(self._state, POSTGRES_OPTIONS | dict(postgres_options or {}))
        self._processes: dict[str, Process] = {}
        self._http_ports: dict[str, int] = {}
        self._settings: Settings | None = None
        self.registry = ""
        self.dispatchers: list[str] = []

    def __enter__(self) -> "Site":
        try:
            self._up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, error_type: type[BaseException] | None, *_: object) -> None:
        self._down()
        for complaint, count in self._complaints().most_common(_COMPLAINTS_MAX):
            print(f"{count} x {complaint}", file=sys.stderr, flush=True)
        if error_type is None or not issubclass(error_type, Exception):  # Interrupted is not failed.
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            shutil.rmtree(self._state.postgres, ignore_errors=True)
            print(f"the logs are in {self._state.logs}", file=sys.stderr, flush=True)

    @property
    def database(self) -> str:
        """For a superuser, as libpq's connection string."""
        assert self._settings is not None
        return Postgres.conninfo(self._settings, "postgres")

    def postgres_settings(self) -> dict[str, str]:
        names = ", ".join(f"'{name}'" for name in _SHOWN_SETTINGS)
        rows = self._query(f"SELECT name, current_setting(name) FROM pg_settings WHERE name IN ({names})")
        rows += self._query("SELECT 'version', current_setting('server_version')")
        return dict(row.split("|", 1) for row in rows)

    @property
    def gateway_port(self) -> int:
        """Where the whole one serves HTTP."""
        assert self._settings is not None
        return self._settings.public_port

    def address(self, name: str) -> str:
        """Where the service serves gRPC."""
        assert self._settings is not None
        return f"{LOOPBACK}:{self._settings.grpc_ports[name]}"

    def pid(self, name: str) -> int:
        pid = self._processes[name].pid
        if pid is None:
            raise StackError(f"{name} has ended")
        return pid

    def peak_resident_bytes(self) -> int:
        """Of the first push_dispatcher, since it was started."""
        pid = self._processes["push_dispatcher"].pid
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def events_per_commit(self) -> int | None:
        """What the first push_dispatcher has taken in with one commit, on average; None if it does not tell."""
        metrics = probes.get(self._http_ports["push_dispatcher"], "/metrics").text
        found = [
            re.search(rf"^causeway_push_batch_records_{part} ([0-9.e+]+)$", metrics, re.MULTILINE)
            for part in ("sum", "count")
        ]
        if None in found or float(found[1][1]) == 0:
            return None
        return max(1, round(float(found[0][1]) / float(found[1][1])))

    def _complaints(self) -> Counter[str]:
        """What the services have logged as warnings and errors: they explain what looks odd."""
        complaints: Counter[str] = Counter()
        for name in self._processes:
            if not self._state.log_file(name).exists():
                continue
            for line in self._state.log_file(name).read_text(errors="replace").splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    complaints[f"{name}: {line}"] += 1
                    continue
                if entry.get("level") in ("warning", "error"):
                    complaints[f"{name}: {entry.get('message')}: {entry.get('error', '')}"] += 1
        return complaints

    def _query(self, sql: str) -> list[str]:
        done = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-d", self.database, "-c", sql],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode != 0:
            raise StackError(f"psql: {done.stderr.strip()}")
        return done.stdout.splitlines()

    def _up(self) -> None:
        self._settings = self._state.prepare(SERVER_NAME, 0)
        self._postgres.up(self._settings)
        self._start("registry", "registry", [])
        self.registry = self.address("registry")
        # Services may start in any order, but then they ask again later and say so.
        self._wait_until_ready()
        for index in range(self._replicas):
            self._start_dispatcher(index)
        self._wait_until_ready()
        for name in self._others:
            self._start(name, name, [])
            self._wait_until_ready()

    def _start_dispatcher(self, index: int) -> None:
        name = "push_dispatcher" if index == 0 else f"push_dispatcher_{index + 1}"
        flags = [f"--replica_name=replica_{index + 1}"]
        grpc_port = self._settings.grpc_ports["push_dispatcher"]
        if index > 0:  # Flags that come later win.
            grpc_port, http_port = ports.pick(2)
            self._http_ports[name] = http_port
            flags += [
                f"--grpc_listen={LOOPBACK}:{grpc_port}",
                f"--http_listen={LOOPBACK}:{http_port}",
                f"--port_file={self._state.port_file(name)}",
            ]
        self.dispatchers.append(f"{LOOPBACK}:{grpc_port}")
        self._start(name, "push_dispatcher", flags)

    def _start(self, name: str, service: str, extra_flags: list[str]) -> None:
        self._http_ports.setdefault(name, self._settings.http_ports[service])
        program = self._binaries / service
        if not os.access(program, os.X_OK):
            raise StackError(f"{program} is not there: deploy/local/build.sh makes it")
        flags = services.arguments(service, self._state, self._settings) + extra_flags
        self._processes[name] = Process(name, self._state.record_file(name))
        self._processes[name].start([str(program)] + flags, self._state.log_file(name))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS_MAX
        for name, process in self._processes.items():
            while not (
                probes.listens(self._state.port_file(name), process.pid)
                and probes.get(self._http_ports[name], "/readyz").ok
            ):
                if not process.alive() or time.monotonic() > deadline:
                    raise StackError(f"{name} is not ready:\n{tail(self._state.log_file(name))}")
                time.sleep(0.05)

    def _down(self) -> None:
        for name in reversed(self._processes):
            if not self._processes[name].stop(patience_s=_STOP_SECONDS_MAX):
                print(f"{name} did not end when asked and was killed", file=sys.stderr, flush=True)
        self._postgres.down()
        if self._settings is not None:
            shutil.rmtree(self._settings.socket_folder, ignore_errors=True)
