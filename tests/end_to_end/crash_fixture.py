"""A stack whose processes go away, and a client that repeats until it is answered."""

from collections.abc import Callable

from matrix_client import MatrixClient, Response, quote
from polling import eventually
from stack_fixture import StackTestCase


class CrashTestCase(StackTestCase):
    EXTRA_FLAGS = {"push_dispatcher": ["--backoff_max_ms=500"]}

    def send_until_taken(
        self, client: MatrixClient, room_id: str, body: str, txn_id: str, **parameters: object
    ) -> None:
        self.repeat(lambda: client.try_send(room_id, body, txn_id, **parameters), f"{body!r} is taken")

    def join_until_taken(self, client: MatrixClient, alias: str) -> str:
        """As send_until_taken: a gateway that is connecting again answers 503 for a second."""
        path = f"/_matrix/client/v3/join/{quote(alias)}"
        return self.repeat(lambda: client.request("POST", path, {}), f"{alias} is joined").json()["room_id"]

    def repeat(self, attempt: Callable[[], Response], what: str) -> Response:
        """What every client does: repeat the request, under the same ID, until it is answered."""
        answers: list[Response] = []

        def taken() -> bool:
            try:
                answers.append(attempt())
            except (OSError, ValueError):
                return False
            except Exception as error:  # http.client's own have no common ground with OSError.
                return self._is_broken_connection(error)
            return answers[-1].status == 200

        eventually(taken, what)
        return answers[-1]

    @staticmethod
    def _is_broken_connection(error: Exception) -> bool:
        if type(error).__module__ == "http.client":
            return False
        raise error
