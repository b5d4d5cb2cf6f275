"""A private IRC server for the demonstration: Debian's ngircd on loopback."""

import os
import pathlib
import socket
import time

from local.errors import StackError
from local.ports import LOOPBACK
from local.postgres import tail
from local.processes import Process

_PROGRAM = "/usr/sbin/ngircd"
_START_SECONDS_MAX = 10
# No look-ups of who connects (they take seconds and go out to the network), and no
# penalties for quick talkers: a walkthrough talks quickly.
_CONFIGURATION = """\
[Global]
    Name = irc.freenode.net
    Info = Demonstration of Causeway
    Listen = {host}
    Ports = {port}
    MotdPhrase = A private server for the demonstration
    {user}
[Limits]
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxPenaltyTime = 0
[Options]
    DNS = no
    Ident = no
    PAM = no
"""


def start(process: Process, port: int, configuration: pathlib.Path, log: pathlib.Path) -> None:
    """Starts it and waits until it listens."""
    if not os.access(_PROGRAM, os.X_OK):
        raise StackError(f"there is no {_PROGRAM}: install the package ngircd")
    # Started as root it wants to become somebody else; Debian has the user `irc` for that.
    user = "ServerUID = irc\n    ServerGID = irc" if os.geteuid() == 0 else ""
    configuration.write_text(_CONFIGURATION.format(host=LOOPBACK, port=port, user=user))
    process.start([_PROGRAM, "--nodaemon", "--config", str(configuration)], log)
    deadline = time.monotonic() + _START_SECONDS_MAX
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return
        except OSError:
            if not process.alive() or time.monotonic() > deadline:
                raise StackError(f"ngircd does not listen on port {port}:\n{tail(log)}") from None
            time.sleep(0.02)
