"""Asks a process over HTTP whether it lives and is ready."""

import dataclasses
import http.client
import json
import pathlib

_ANSWER_BYTES_MAX = 1 << 20


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a probe came back with; status 0 means that nobody answered."""

    status: int
    text: str

    @property
    def ok(self) -> bool:
        return self.status == 200


def get(port: int, path: str, timeout_s: float = 2) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, response.read(_ANSWER_BYTES_MAX).decode("utf-8", "replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(error))
    finally:
        connection.close()


def listens(port_file: pathlib.Path, pid: int | None) -> bool:
    """Whether the process `pid` itself has written that it listens.

    Another program on the same port would answer a probe too; this can't be faked
    by accident, and an old file left by a dead process names another pid.
    """
    try:
        return pid is not None and json.loads(port_file.read_text()).get("pid") == pid
    except (OSError, ValueError, AttributeError):
        return False
