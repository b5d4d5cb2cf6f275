"""Further processes of a service, beside the stack's own and on the same database."""

import pathlib
import signal
from collections.abc import Sequence

from polling import eventually
from stack_fixture import Stack

from local import ports, probes, services
from local.processes import Process
from local.stack import DEFAULT_BINARIES


class ServiceReplica:
    """One process, which keeps its name and its ports when it is started again."""

    def __init__(self, stack: Stack, service: str, name: str, flags: Sequence[str] = ()) -> None:
        self.grpc_port, self.http_port = ports.pick(2)
        self.name = name
        self._stack = stack
        self._service = service
        self._file = f"{service}-{name}"
        self._flags = [
            f"--grpc_listen={ports.LOOPBACK}:{self.grpc_port}",
            f"--http_listen={ports.LOOPBACK}:{self.http_port}",
            f"--port_file={stack.state.port_file(self._file)}",
            *flags,
        ]
        self._process = Process(name, stack.state.record_file(self._file))

    def start(self, binaries: pathlib.Path = DEFAULT_BINARIES) -> None:
        usual = services.arguments(self._service, self._stack.state, self._stack.settings)
        # Flags that come later win.
        command = [str(binaries / self._service), *usual, *self._flags]
        self._process.start(command, self._stack.state.log_file(self._file))

    def readiness(self) -> probes.Answer:
        return probes.get(self.http_port, "/readyz")

    def wait_until_ready(self) -> None:
        eventually(lambda: self.readiness().ok, f"{self.name} is ready")

    def alive(self) -> bool:
        return self._process.alive()

    def kill(self) -> None:
        self._process.stop(ask=signal.SIGKILL)

    def pause(self) -> None:
        """It stands still, with its connections open, until resume()."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.alive():
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Its metrics stay beside its log, where the search for tokens finds them."""
        metrics = probes.get(self.http_port, "/metrics")
        if metrics.ok:
            with self._stack.state.log_file(f"{self._file}.metrics").open("a") as file:
                file.write(metrics.text)
        self._process.stop()


def push_replica(stack: Stack, name: str, flags: Sequence[str] = ()) -> ServiceReplica:
    """A push_dispatcher; the stack's own is the one that takes events in."""
    return ServiceReplica(stack, "push_dispatcher", name, [f"--replica_name={name}", *flags])
