"""Alice on Matrix, Bob on IRC, and the demonstration's bridge between them, outside of the containers."""

import pathlib
import secrets
import time
import urllib.parse
from typing import Protocol

import ngircd
from local import ports
from local.ports import LOOPBACK
from local.processes import Process, write_atomically
from recording_proxy import RecordingProxy
from transcript import Transcript
from walkthrough import CHANNEL, NETWORK, Alice, Bob, Walkthrough, WalkthroughFailed

ROOT = pathlib.Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 60


class Deployment(Protocol):
    """Where Causeway runs, as seen from outside of it."""

    server_name: str

    def gateway(self) -> tuple[str, int]: ...

    def outside_address(self) -> str:
        """This machine's, at which services reach bridges."""

    def ctl(self, *words: str, stdin: str = "") -> str:
        """Runs causewayctl. Returns what it prints."""


class IrcWorld:
    """Thread-compatible."""

    def __init__(self, folder: pathlib.Path, deployment: Deployment) -> None:
        """`folder` is there and empty."""
        self._folder = folder
        self._deployment = deployment
        self._server_name = deployment.server_name
        self._as_token = secrets.token_hex(32)
        self._transcript = Transcript({self._as_token: "<as_token>"})
        self._proxies: list[RecordingProxy] = []
        self._irc_server = Process("ngircd", folder / "ngircd.json")
        self._bridge = Process("bridge", folder / "bridge.process.json")

    def start(self) -> None:
        network = NETWORK.replace(".", r"\.")
        self._deployment.ctl(
            "grant", "create", "--name=irc", "--as_token_file=/dev/stdin",
            f"--users=@{network}/.*", f"--aliases=#{network}/.*", f"--rooms=!{network}/.*",
            stdin=self._as_token + "\n",
        )  # fmt: skip
        [irc_port] = ports.pick(1)
        ngircd.start(self._irc_server, irc_port, self._folder / "ngircd.conf", self._folder / "ngircd.log")
        self._start_bridge(irc_port)
        gateway = self._deployment.gateway()
        self.alice = Alice(gateway, self._proxy("alice", "homeserver", gateway).address, self._server_name)
        self.bob = Bob(LOOPBACK, irc_port)

    def walk_through(self) -> None:
        Walkthrough(
            self._transcript, self.alice, self.bob, self._server_name,
            self._folder / "bridge.log", self._folder / "irc_clock",
        ).play()  # fmt: skip

    def alice_says(self, text: str) -> None:
        """And waits until Bob hears it on IRC. While a service is away she is refused, and says it again:
        with the same transaction ID, so that it is said once."""
        room = urllib.parse.quote(f"!{NETWORK}/{CHANNEL}:{self._server_name}", safe="")
        path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{secrets.token_hex(8)}"
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self.alice.call("PUT", path, {"msgtype": "m.text", "body": text}, show=False)
                break
            except WalkthroughFailed as refused:
                if "503" not in str(refused) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self.bob.wait_for("PRIVMSG", text)

    def stop(self) -> None:
        if hasattr(self, "bob"):
            self.bob.close()
        self._bridge.stop()
        self._irc_server.stop()
        for proxy in self._proxies:
            proxy.close()

    def _proxy(self, source: str, destination: str, target: tuple[str, int], listen: str = LOOPBACK) -> RecordingProxy:
        proxy = RecordingProxy(source, destination, target, self._transcript, listen)
        self._proxies.append(proxy)
        return proxy

    def _start_bridge(self, irc_port: int) -> None:
        [port] = ports.pick(1)
        token_file = self._folder / "irc.token"
        write_atomically(token_file, self._as_token + "\n")
        to_homeserver = self._proxy("bridge", "homeserver", self._deployment.gateway())
        to_bridge = self._proxy("homeserver", "bridge", (LOOPBACK, port), self._deployment.outside_address())
        command = [
            "/usr/bin/python3",
            str(ROOT / "deploy" / "demo" / "irc_bridge.py"),
            f"--homeserver={to_homeserver.url}",
            f"--domain={self._server_name}",
            f"--as_token_file={token_file}",
            f"--listen={LOOPBACK}:{port}",
            f"--public_url={to_bridge.url}",
            f"--irc={LOOPBACK}:{irc_port}",
            f"--network={NETWORK}",
            f"--channel={CHANNEL}",
            f"--state_file={self._folder / 'bridge.json'}",
            f"--clock_file={self._folder / 'irc_clock'}",
        ]
        self._bridge.start(command, self._folder / "bridge.log")
