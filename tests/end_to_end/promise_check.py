"""What was published and what application services recorded, judged by the checker of tests/simulation."""

import dataclasses
import json
import pathlib
import subprocess
from collections.abc import Mapping, Sequence

from appservice_process import AppserviceProcess
from database import query
from stack_fixture import Stack

from local.stack import DEFAULT_BINARIES

_CHECKER = DEFAULT_BINARIES / "check_log"


@dataclasses.dataclass(frozen=True)
class Event:
    event_id: str
    room_id: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    good: bool
    said: str


def stream_end(stack: Stack) -> int:
    """The position of the last event of the homeserver."""
    return int(query(stack, "SELECT position FROM homeserver.stream_head")[0])


def published_after(stack: Stack, position: int) -> list[Event]:
    """In the order of the homeserver's stream. Clients see only the order in each room, so this asks the database."""
    rows = query(
        stack,
        "SELECT event_id, room_id FROM homeserver.stream "
        f"WHERE kind = 'event' AND position > {position} ORDER BY position",
    )
    return [Event(*row.split("|")) for row in rows]


def recorded_run(
    published: Sequence[Event], appservices: Sequence[AppserviceProcess], rooms: Mapping[str, Sequence[str]]
) -> list[dict]:
    """The lines that tests/simulation/recorded_log.h tells of; `rooms` of each application service by name."""
    lines: list[dict] = [
        {"kind": "appservice", "name": one.name, "remembers": one.remembers} for one in appservices
    ]
    for event in published:
        concerns = [name for name, its_rooms in rooms.items() if event.room_id in its_rooms]
        lines.append({"kind": "published", "event_id": event.event_id, "concerns": concerns})
    for one in appservices:
        for request in one.requests():
            line = {"kind": "request", "appservice": one.name, "at_ms": int(request.at * 1000)}
            lines.append(dataclasses.asdict(request) | line)
    return lines


def check(lines: Sequence[dict], file: pathlib.Path) -> Verdict:
    """Writes the lines to `file` and has them checked."""
    if not _CHECKER.exists():
        raise AssertionError(f"{_CHECKER} is not there: tests/end_to_end/build.sh makes it")
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = subprocess.run([str(_CHECKER), str(file)], capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise AssertionError(f"{_CHECKER}: exit code {done.returncode}: {done.stdout}{done.stderr}")
    return Verdict(done.returncode == 0, done.stdout.strip())
