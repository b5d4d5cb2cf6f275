"""The whole stack of one state: PostgreSQL and the five services."""

import dataclasses
import os
import pathlib
import subprocess
import time
from collections.abc import Mapping, Sequence

from local import ports, probes, services
from local.errors import StackError
from local.ports import LOOPBACK
from local.postgres import Postgres, tail
from local.processes import Process
from local.state import SERVICES, Settings, State

_READY_SECONDS_MAX = 60
_POLL_SECONDS = 0.03
# As often a process looks what it lacks (services/shared/server/process.cc), and a little more.
_READINESS_SECONDS = 0.8
# Longer than the services' own drain time, so that a kill means that one hung.
_STOP_SECONDS_MAX = 20

_MAKE_DEV_CA = pathlib.Path(__file__).resolve().parents[1] / "tls" / "make-dev-ca.sh"
DEFAULT_BINARIES = pathlib.Path(__file__).resolve().parents[2] / ".local" / "bin"


@dataclasses.dataclass(frozen=True)
class ServiceStatus:
    """One process as `status` shows it; addresses are host:port, or empty if it has none."""

    name: str
    pid: int | None
    alive: bool
    ready: bool
    http: str
    grpc: str
    metrics: str
    detail: str


class Stack:
    """Brings one state's processes up and down. Thread-compatible.

    `extra_flags` gives a service flags beyond the usual ones (tests shorten deadlines).
    `rate_limits`: the gateway bounds its clients as it does elsewhere.
    `tls`: from the first `up` on, the services know each other by certificates of an authority of their own.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        binaries: pathlib.Path = DEFAULT_BINARIES,
        extra_flags: Mapping[str, Sequence[str]] | None = None,
        rate_limits: bool = False,
        tls: bool = False,
    ) -> None:
        self.state = State(folder)
        self._binaries = binaries
        self._extra_flags = extra_flags or {}
        self._rate_limits = rate_limits
        self._tls = tls
        self.postgres = Postgres(self.state)
        self.processes = {name: Process(name, self.state.record_file(name)) for name in SERVICES}

    @property
    def settings(self) -> Settings:
        return self.state.settings()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings.public_port}"

    def up(self, server_name: str | None = None, gateway_port: int | None = None) -> list[str]:
        """Starts what does not run and waits until all is ready. Returns what it started."""
        with self.state.locked():
            self._refuse_moving_gateway(gateway_port)
            self._prepare_tls()
            settings = self.state.prepare(server_name, gateway_port)
            started = ["postgres"] if self.postgres.up(settings) else []
            for name in SERVICES:
                if not self.processes[name].alive():
                    self._start(name, settings)
                    started.append(name)
            self._wait_until_ready(settings)
            if started:
                # Who was ready may not have noticed yet that what it calls was restarted.
                time.sleep(_READINESS_SECONDS)
                self._wait_until_ready(settings)
            return started

    def _prepare_tls(self) -> None:
        if not self._tls or self.state.tls.exists():
            return
        if any(process.alive() for process in self.processes.values()):
            raise StackError("the stack runs without TLS: deploy/local.sh down first")
        made = subprocess.run([_MAKE_DEV_CA, self.state.tls], capture_output=True, text=True)
        if made.returncode != 0:
            raise StackError(f"{_MAKE_DEV_CA} failed: {made.stderr}")

    def down(self) -> list[str]:
        """Ends what runs, PostgreSQL last. Returns the names of those that had to be killed."""
        with self.state.locked():
            # In the order of the calls: whoever drains still finds those that it asks.
            killed = [
                name
                for name in reversed(SERVICES)
                if not self.processes[name].stop(patience_s=_STOP_SECONDS_MAX)
            ]
            if not self.postgres.down():
                killed.append("postgres")
            self._remove_socket_folder()
            return killed

    def status(self) -> list[ServiceStatus]:
        settings = self.settings
        database = ServiceStatus(
            name="postgres",
            pid=self.postgres.process.pid,
            alive=self.postgres.process.alive(),
            ready=self.postgres.process.alive(),
            http="",
            grpc="",
            metrics="",
            detail=Postgres.conninfo(settings, "postgres"),
        )
        return [database] + [self._status_of(name, settings) for name in SERVICES]

    def ctl_command(self, words: list[str]) -> list[str]:
        program = str(self._binaries / "causewayctl")
        return [program] + services.ctl_arguments(self.state, self.settings, words)

    def start_service(self, name: str, binaries: pathlib.Path | None = None) -> None:
        """Starts one service, of another build if `binaries` says so, without waiting for it."""
        self._start(name, self.settings, binaries)

    def wait_until_ready(self) -> None:
        self._wait_until_ready(self.settings)

    def _start(self, name: str, settings: Settings, binaries: pathlib.Path | None = None) -> None:
        program = (binaries or self._binaries) / name
        if not os.access(program, os.X_OK):
            raise StackError(f"{program} is not there: deploy/local/build.sh makes it")
        if name == "gateway" and not ports.is_free(settings.public_port):
            raise StackError(
                f"port {settings.public_port} of {LOOPBACK} is taken by another program: "
                "choose another with --gateway_port N (0: any free one)"
            )
        flags = services.arguments(name, self.state, settings, self._rate_limits)
        flags += self._extra_flags.get(name, ())
        self.processes[name].start([str(program)] + flags, self.state.log_file(name))

    def _refuse_moving_gateway(self, gateway_port: int | None) -> None:
        if not gateway_port or not self.processes["gateway"].alive():
            return
        if gateway_port != self.settings.public_port:
            raise StackError(
                f"the gateway runs on port {self.settings.public_port}; "
                "`deploy/local.sh down` first, then `up` with another --gateway_port"
            )

    def _status_of(self, name: str, settings: Settings) -> ServiceStatus:
        process = self.processes[name]
        metrics_port = settings.http_ports[name]
        listens = probes.listens(self.state.port_file(name), process.pid)
        readyz = probes.get(metrics_port, "/readyz") if listens else probes.Answer(0, "")
        if not process.alive():
            detail = "not running"
        elif not listens:
            detail = "starting: does not listen yet"
        else:
            detail = "" if readyz.ok else f"not ready: {readyz.text}"
        metrics = f"{LOOPBACK}:{metrics_port}"
        return ServiceStatus(
            name=name,
            pid=process.pid,
            alive=process.alive(),
            ready=readyz.ok,
            http=f"{LOOPBACK}:{settings.public_port}" if name == "gateway" else metrics,
            grpc=f"{LOOPBACK}:{settings.grpc_ports[name]}",
            metrics=metrics,
            detail=detail,
        )

    def _wait_until_ready(self, settings: Settings) -> None:
        deadline = time.monotonic() + _READY_SECONDS_MAX
        while True:
            lacking = [one for one in map(lambda n: self._status_of(n, settings), SERVICES) if not one.ready]
            if not lacking:
                return
            for one in lacking:
                if not one.alive:
                    log = self.state.log_file(one.name)
                    raise StackError(f"{one.name} ended while starting:\n{tail(log)}")
            if time.monotonic() > deadline:
                reasons = "\n".join(f"    {one.name}: {one.detail}" for one in lacking)
                raise StackError(
                    f"not ready after {_READY_SECONDS_MAX} s:\n{reasons}\n"
                    f"Everything is left running; the logs are in {self.state.logs}"
                )
            time.sleep(_POLL_SECONDS)

    def _remove_socket_folder(self) -> None:
        if self.state.exists():
            try:
                os.rmdir(self.settings.socket_folder)  # `up` makes one again.
            except OSError:
                pass
