"""The table for people and the lines for programs."""

import json
import pathlib
from collections.abc import Mapping, Sequence

from runner import load, machine
from runner.rows import Value

_LIMITS = ("limit.store.events_per_second", "limit.put.events_per_second")


def conditions(postgres: Mapping[str, str], batch_events: int, window: int, load_before: float) -> str:
    version = postgres["version"]
    settings = ", ".join(f"{name} {value}" for name, value in sorted(postgres.items()) if name != "version")
    return "\n".join(
        (
            f"machine   {machine.describe()}",
            f"load      {load_before:.1f} before, {machine.load_average():.1f} after (with our own)",
            f"postgres  {version}: {settings}",
            f"payload   700-byte events, {batch_events} a Publish, {window} Publish calls under way at once; "
            "all on this machine: source, Postgres, registry, push_dispatcher, ASes",
        )
    )


def table(values: Sequence[Value], loads: Mapping[str, float]) -> str:
    """One line a value; `loads` has the load average after its row, by the value's name."""
    limits = {one.name: one.value for one in values if one.name in _LIMITS}
    rows = [("name", "median", "unit", "of store", "of put", "load", "lowest to highest; what else there is to say")]
    for one in values:
        shares = tuple(_share(one, limits.get(name)) for name in _LIMITS)
        rows.append((one.name, _number(one.value), one.unit, *shares, f"{loads[one.name]:.1f}", one.note))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) if column != 1 else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(row[1:6], widths[1:]))]
        lines.append("  ".join(cells + [row[6]]).rstrip())
    return "\n".join(lines)


def write_json(path: pathlib.Path, values: Sequence[Value]) -> None:
    with open(path, "w", encoding="utf-8") as out:
        for one in values:
            if not one.note.startswith(load.SHORTENED):
                out.write(json.dumps({"name": one.name, "value": one.value, "unit": one.unit}) + "\n")


def _share(value: Value, limit: float | None) -> str:
    return f"{value.rate / limit:.0%}" if value.rate is not None and limit else "-"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
