"""Waiting without sleeping blindly: poll, up to a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
PATIENCE_SECONDS = 30.0


def eventually(probe: Callable[[], _T], what: str, seconds: float = PATIENCE_SECONDS) -> _T:
    """The first true value of `probe`; AssertionError naming `what` if none comes in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)
