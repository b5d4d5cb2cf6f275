"""`deploy/local.sh demo`: starts everything, plays the walkthrough, cleans up."""

import http.client
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

import ngircd
from local import ports
from local.errors import StackError
from local.ports import LOOPBACK
from local.postgres import tail
from local.processes import Process, write_atomically
from local.stack import Stack
from recording_proxy import RecordingProxy
from transcript import Transcript
from walkthrough import CHANNEL, NETWORK, Alice, Bob, Walkthrough, WalkthroughFailed

_BRIDGE = pathlib.Path(__file__).resolve().parent / "irc_bridge.py"


def run(folder: pathlib.Path, server_name: str, gateway_port: int, keep: bool) -> int:
    """Plays the demonstration with a fresh state in `folder`. Returns the exit code."""
    demo = Demo(Stack(folder), server_name)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        demo.clear()
        demo.start(gateway_port)
        demo.play()
        if keep:
            demo.wait_for_interrupt()
        return_code, last_line = 0, "walkthrough: ok"
    except (WalkthroughFailed, StackError, OSError, http.client.HTTPException) as error:
        return_code, last_line = 1, f"walkthrough: failed: {error}\nThe logs are in {folder / 'logs'}"
    except KeyboardInterrupt:
        return_code, last_line = 130, "walkthrough: interrupted"
    demo.stop()
    print(last_line, flush=True)
    return return_code


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Demo:
    """The stack, an IRC server, the bridge, and proxies that show what passes between.

    Thread-compatible.
    """

    def __init__(self, stack: Stack, server_name: str) -> None:
        self._stack = stack
        self._state = stack.state
        self._server_name = server_name
        self._irc_server = Process("ngircd", self._state.record_file("ngircd"))
        self._bridge = Process("bridge", self._state.record_file("bridge"))
        self._proxies: list[RecordingProxy] = []
        self._bob: Bob | None = None
        self._as_token = secrets.token_hex(32)
        self._as_token_file = self._state.folder / "secrets" / "irc.token"
        self._clock_file = self._state.run / "irc_clock"
        self._transcript = Transcript({self._as_token: "<as_token>"})
        self._irc_port = 0

    def clear(self) -> None:
        """Ends what an earlier run left behind, if it was killed, and its data."""
        folder = self._state.folder
        if self._state.exists():
            self.stop()
        elif folder.exists() and os.listdir(folder) not in ([], ["lock"]):
            raise StackError(f"{folder} holds something else than a demonstration: choose another --state")
        shutil.rmtree(folder, ignore_errors=True)

    def start(self, gateway_port: int) -> None:
        started = time.monotonic()
        _progress("starting PostgreSQL and the five services")
        self._stack.up(self._server_name, gateway_port)
        _progress("starting the IRC server")
        [self._irc_port] = ports.pick(1)
        configuration = self._state.folder / "ngircd.conf"
        log = self._state.log_file("ngircd")
        ngircd.start(self._irc_server, self._irc_port, configuration, log)
        _progress("allowing the bridge: causewayctl grant create --name irc ...")
        self._create_grant()
        _progress(f"ready after {time.monotonic() - started:.1f} s")

    def play(self) -> None:
        gateway = (LOOPBACK, self._stack.settings.public_port)
        self._start_bridge(gateway)
        self._bob = Bob(LOOPBACK, self._irc_port)
        walkthrough = Walkthrough(
            self._transcript,
            Alice(gateway, self._proxy("alice", "homeserver", gateway).address, self._server_name),
            self._bob,
            self._server_name,
            self._state.log_file("bridge"),
            self._clock_file,
        )
        try:
            walkthrough.play()
        except WalkthroughFailed as error:
            said = tail(self._state.log_file("bridge"))
            raise WalkthroughFailed(f"{error}\nThe bridge said:\n{said}") from error

    def wait_for_interrupt(self) -> None:
        # From here on the bridge lives in the present.
        self._clock_file.unlink(missing_ok=True)
        print(f"Left running: Matrix on {self._stack.url}, IRC on {LOOPBACK}:{self._irc_port}.")
        print(f"See deploy/local.sh status --state {self._state.folder}. Ctrl-C ends it.", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print(flush=True)

    def stop(self) -> None:
        """Ends what runs, in the order in which it was started, backwards."""
        if self._bob is not None:
            self._bob.close()
        self._bridge.stop()
        self._irc_server.stop()
        for proxy in self._proxies:
            proxy.close()
        if self._state.exists():
            for name in self._stack.down():
                log = self._state.log_file(name)
                _progress(f"{name} did not end when asked and was killed; see {log}")

    def _proxy(self, source: str, destination: str, target: tuple[str, int]) -> RecordingProxy:
        proxy = RecordingProxy(source, destination, target, self._transcript)
        self._proxies.append(proxy)
        return proxy

    def _create_grant(self) -> None:
        write_atomically(self._as_token_file, self._as_token + "\n")
        network = NETWORK.replace(".", r"\.")
        words = ["grant", "create", "--name=irc", f"--as_token_file={self._as_token_file}"]
        words += [f"--users=@{network}/.*", f"--aliases=#{network}/.*", f"--rooms=!{network}/.*"]
        command = self._stack.ctl_command(words)
        made = subprocess.run(command, capture_output=True, text=True, timeout=30)
        if made.returncode != 0:
            raise StackError(f"causewayctl grant create failed: {made.stderr.strip()}")

    def _start_bridge(self, gateway: tuple[str, int]) -> None:
        [port] = ports.pick(1)
        to_homeserver = self._proxy("bridge", "homeserver", gateway)
        to_bridge = self._proxy("homeserver", "bridge", (LOOPBACK, port))
        command = [
            "/usr/bin/python3",
            str(_BRIDGE),
            f"--homeserver={to_homeserver.url}",
            f"--domain={self._server_name}",
            f"--as_token_file={self._as_token_file}",
            f"--listen={LOOPBACK}:{port}",
            f"--public_url={to_bridge.url}",
            f"--irc={LOOPBACK}:{self._irc_port}",
            f"--network={NETWORK}",
            f"--channel={CHANNEL}",
            f"--state_file={self._state.folder / 'bridge.json'}",
            f"--clock_file={self._clock_file}",
        ]
        self._bridge.start(command, self._state.log_file("bridge"))


def _progress(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr, flush=True)
