"""Somebody who keeps talking, whatever dies: messages are sent until they are taken, one after the other."""

import collections
import http.client
import itertools
import threading
import time

from matrix_client import MatrixClient

_RETRY_SECONDS = 0.1


class Publisher:
    """Sends to one room from `start` to `stop`, on a thread of its own."""

    def __init__(self, person: MatrixClient, room_id: str, pause_s: float) -> None:
        self.room_id = room_id
        self.event_ids: list[str] = []  # Of what was answered with 200.
        # How often it was answered with something else, by HTTP status; 0: the connection broke.
        self.refusals: collections.Counter[int] = collections.Counter()
        self.longest_s = 0.0  # From the first try of a message until it was taken.
        self._person = person
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After the message that is under way has been taken."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for number in itertools.count():
            began = time.monotonic()
            while (event_id := self._try_send(number)) is None:
                time.sleep(_RETRY_SECONDS)
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            self.event_ids.append(event_id)
            if self._stopping.wait(self._pause_s):
                return

    def _try_send(self, number: int) -> str | None:
        try:
            answer = self._person.try_send(self.room_id, f"message {number}", f"publisher-{number}")
        except (OSError, ValueError, http.client.HTTPException):
            self.refusals[0] += 1
            return None
        if answer.status == 200:
            return answer.json()["event_id"]
        self.refusals[answer.status] += 1
        return None
