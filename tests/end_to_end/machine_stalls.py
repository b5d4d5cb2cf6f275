"""How long the machine kept everybody from running: so that a product's own time can be judged on a busy one."""

import threading
import time

_TICK_SECONDS = 0.05


class MachineStalls:
    """Sleeps in small steps while the context is open; what a step takes longer is the machine's.

    A lower bound of what a busy machine adds: it holds for one thread that has almost nothing to do.
    """

    def __init__(self) -> None:
        self._stalled_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "MachineStalls":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        return self._stalled_s

    def _run(self) -> None:
        while True:
            started = time.monotonic()
            if self._ended.wait(_TICK_SECONDS):
                return
            self._stalled_s += time.monotonic() - started - _TICK_SECONDS
