"""How many lines the services write while something is done to them."""

import concurrent.futures
import http.client
import time
from collections.abc import Callable

from stack_fixture import SERVICES, Stack

_THREADS = 4


def lines_while(stack: Stack, act: Callable[[], object]) -> dict[str, int]:
    """By service."""
    before = _line_counts(stack)
    act()
    return {name: count - before[name] for name, count in _line_counts(stack).items()}


def flood(request: Callable[[int], object], seconds: float) -> int:
    """Makes requests, each with another number, for so long. Returns how many."""
    end = time.monotonic() + seconds

    def repeat(thread: int) -> int:
        number = thread
        while time.monotonic() < end:
            try:
                request(number)
            except (OSError, ValueError, http.client.HTTPException):
                pass  # Refused in one way or another.
            number += _THREADS
        return number // _THREADS

    with concurrent.futures.ThreadPoolExecutor(_THREADS) as threads:
        return sum(threads.map(repeat, range(_THREADS)))


def _line_counts(stack: Stack) -> dict[str, int]:
    return {name: stack.state.log_file(name).read_bytes().count(b"\n") for name in SERVICES}
