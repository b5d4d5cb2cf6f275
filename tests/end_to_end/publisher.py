"""Somebody who keeps talking, whatever dies: messages are sent until they are taken, one after the other."""

import http.client
import itertools
import threading

from matrix_client import MatrixClient

_RETRY_SECONDS = 0.1


class Publisher:
    """Sends to one room from `start` to `stop`, on a thread of its own."""

    def __init__(self, person: MatrixClient, room_id: str, pause_s: float) -> None:
        self.room_id = room_id
        self.event_ids: list[str] = []  # Of what was answered with 200.
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
            while (event_id := self._try_send(number)) is None:
                self._stopping.wait(_RETRY_SECONDS)
            self.event_ids.append(event_id)
            if self._stopping.wait(self._pause_s):
                return

    def _try_send(self, number: int) -> str | None:
        try:
            answer = self._person.try_send(self.room_id, f"message {number}", f"publisher-{number}")
        except (OSError, ValueError, http.client.HTTPException):
            return None
        return answer.json()["event_id"] if answer.status == 200 else None
