"""Calls the program that makes the load."""

import dataclasses
import json
import pathlib
import subprocess

from runner.site import Site

Sample = dict[str, float]

# 10,000 registrations and 10,000,000 events take their time. The load gives up by itself long
# before, when nothing moves.
_SECONDS_MAX = 3 * 3600


class NotAvailable(Exception):
    """What a row measures is not there yet."""


class Failed(Exception):
    """The load gave up; it has said why on stderr."""


@dataclasses.dataclass(frozen=True)
class Result:
    row: list[Sample]
    base: list[Sample]  # What the row is compared with.
    engine: list[Sample]  # Of the query benchmark.
    grpc: list[Sample]  # As well.
    unavailable: str  # Why there is nothing, if so.


def addresses(site: Site, prefix: str = "") -> dict[str, str]:
    return {
        f"{prefix}registry": site.registry,
        f"{prefix}push_dispatchers": ",".join(site.dispatchers),
    }


def run(program: pathlib.Path, row: str, **flags: object) -> Result:
    command = [str(program), f"--row={row}"] + [f"--{name}={value}" for name, value in flags.items()]
    # Its stderr is ours: it says how far it is. subprocess.run kills it if we are interrupted.
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=_SECONDS_MAX
    )
    if done.returncode != 0:
        raise Failed(f"{program.name} ended with {done.returncode}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Result(
        row=[line for line in lines if line.get("side") == "row"],
        base=[line for line in lines if line.get("side") == "base"],
        engine=[line for line in lines if line.get("side") == "engine"],
        grpc=[line for line in lines if line.get("side") == "grpc"],
        unavailable="".join(line.get("unavailable", "") for line in lines),
    )
