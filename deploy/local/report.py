"""What `status` prints, for people and for programs."""

import dataclasses
import json

from local.stack import ServiceStatus, Stack

_COLUMNS = ("service", "pid", "ready", "http", "grpc", "metrics")


def as_json(stack: Stack, services: list[ServiceStatus]) -> str:
    """One object. An address that a process doesn't have is null."""
    return json.dumps(
        {
            "state": str(stack.state.folder),
            "server_name": stack.settings.server_name,
            "url": stack.url,
            "ready": all(one.ready for one in services),
            "processes": [
                {key: None if value == "" else value for key, value in dataclasses.asdict(one).items()}
                for one in services
            ],
        },
        indent=2,
    )


def as_table(stack: Stack, services: list[ServiceStatus]) -> str:
    rows = [_COLUMNS]
    for one in services:
        ready = "ready" if one.ready else "alive" if one.alive else "down"
        cells = (one.name, str(one.pid or ""), ready, one.http, one.grpc, one.metrics)
        rows.append(tuple(cell or "-" for cell in cells))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    lines += [f"{one.name}: {one.detail}" for one in services if one.detail and not one.ready]
    lines += [f"url: {stack.url}   server name: {stack.settings.server_name}   state: {stack.state.folder}"]
    return "\n".join(lines)
