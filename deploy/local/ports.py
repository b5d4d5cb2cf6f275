"""Free TCP ports on loopback that stay free for us across restarts."""

import pathlib
import random
import socket

from local.errors import StackError

LOOPBACK = "127.0.0.1"
_ATTEMPTS_MAX = 1000


def is_free(port: int) -> bool:
    """Whether nothing listens on `port` of the loopback address.

    gRPC listens with SO_REUSEPORT: it would share a port with another stack in
    silence. A plain bind, as here, does notice.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def pick(count: int) -> list[int]:
    """`count` different free ports.

    A service that died must come back where its peers look for it. So the ports
    lie outside the range from which the kernel takes those of outgoing
    connections: one of them could sit on a dead service's port.
    """
    low, high = _outside_ephemeral_range()
    chosen: list[int] = []
    for _ in range(_ATTEMPTS_MAX):
        if len(chosen) == count:
            return chosen
        port = random.randrange(low, high)
        if port not in chosen and is_free(port):
            chosen.append(port)
    raise StackError(f"found no {count} free ports between {low} and {high} on {LOOPBACK}")


def _outside_ephemeral_range() -> tuple[int, int]:
    try:
        words = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
        first, last = int(words[0]), int(words[1])
    except (OSError, ValueError, IndexError):
        first, last = 32768, 60999
    below, above = (10000, first), (last + 1, 65536)
    return max(below, above, key=lambda bounds: bounds[1] - bounds[0])
