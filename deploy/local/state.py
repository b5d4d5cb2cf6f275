"""What one stack keeps on disk, and the choices that it remembers."""

import dataclasses
import fcntl
import json
import os
import pathlib
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from local import ports
from local.errors import StackError
from local.processes import write_atomically

SERVICES = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")
# sockaddr_un holds 107 bytes; Postgres appends "/.s.PGSQL.5432.lock".
_SOCKET_FOLDER_BYTES_MAX = 107 - len("/.s.PGSQL.5432.lock")
_SERVER_NAME = re.compile(r"[A-Za-z0-9.\-\[\]:]{1,230}")


@dataclasses.dataclass
class Settings:
    """The choices of the first `up`. Later ones keep them, so that a service that
    is restarted is found where its peers look, and IDs stay in their domain."""

    server_name: str
    public_port: int
    grpc_ports: dict[str, int]
    http_ports: dict[str, int]
    socket_folder: str


class State:
    """The folder of one stack. Thread-compatible; see `locked` for other processes."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder.absolute()
        self.run = self.folder / "run"
        self.logs = self.folder / "logs"
        self.postgres = self.folder / "postgres"
        self.hs_token_key_file = self.folder / "secrets" / "hs_token.key"
        # Once it is there all gRPC is mutual TLS, as what lies in it says.
        self.tls = self.folder / "tls"
        self._settings_file = self.folder / "stack.json"

    def exists(self) -> bool:
        return self._settings_file.exists()

    def log_file(self, name: str) -> pathlib.Path:
        return self.logs / f"{name}.log"

    def record_file(self, name: str) -> pathlib.Path:
        return self.run / f"{name}.json"

    def port_file(self, name: str) -> pathlib.Path:
        return self.run / f"{name}.ports.json"

    def settings(self) -> Settings:
        try:
            return Settings(**json.loads(self._settings_file.read_text()))
        except FileNotFoundError:
            raise StackError(
                f"no stack was ever started with the state {self.folder}; "
                "`deploy/local.sh up` starts one"
            ) from None
        except (OSError, ValueError, TypeError) as error:
            raise StackError(f"cannot read {self._settings_file}: {error}") from error

    def prepare(self, server_name: str | None, gateway_port: int | None) -> Settings:
        """Makes the folders and settles the choices; None takes what was chosen before."""
        for folder in (self.folder, self.run, self.logs, self.hs_token_key_file.parent):
            folder.mkdir(parents=True, exist_ok=True)
        os.chmod(self.hs_token_key_file.parent, 0o700)
        if self.exists():
            settings = self._kept(server_name, gateway_port)
        else:
            settings = self._first(server_name or "localhost", gateway_port)
        if not self.hs_token_key_file.exists():
            write_atomically(self.hs_token_key_file, secrets.token_hex(32) + "\n")
        write_atomically(self._settings_file, json.dumps(dataclasses.asdict(settings), indent=2))
        return settings

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Two commands at once on one state wait for each other."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StackError(f"cannot make the --state {self.folder}: {error.strerror}") from error
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _first(self, server_name: str, gateway_port: int | None) -> Settings:
        if not _SERVER_NAME.fullmatch(server_name):
            raise StackError(f"--server_name {server_name!r} is not a host name")
        picked = ports.pick(2 * len(SERVICES) + 1)
        public_port = 8008 if gateway_port is None else gateway_port or picked[-1]
        return Settings(
            server_name=server_name,
            public_port=public_port,
            grpc_ports=dict(zip(SERVICES, picked)),
            http_ports=dict(zip(SERVICES, picked[len(SERVICES) :])),
            socket_folder=self._make_socket_folder(),
        )

    def _kept(self, server_name: str | None, gateway_port: int | None) -> Settings:
        settings = self.settings()
        if server_name and server_name != settings.server_name:
            raise StackError(
                f"the state {self.folder} belongs to the server name {settings.server_name}, "
                f"which is part of every ID in it. For {server_name}, choose another --state"
            )
        if gateway_port:
            settings.public_port = gateway_port
        if not os.path.isdir(settings.socket_folder):  # `down` removes it, a reboot empties /tmp.
            settings.socket_folder = self._make_socket_folder()
        return settings

    def _make_socket_folder(self) -> str:
        inside = str(self.folder / "socket")
        if len(os.fsencode(inside)) <= _SOCKET_FOLDER_BYTES_MAX:
            os.makedirs(inside, mode=0o700, exist_ok=True)
            return inside
        # A fresh name each time: in /tmp somebody else could wait under a known one.
        return tempfile.mkdtemp(prefix="causeway-", dir="/tmp")
