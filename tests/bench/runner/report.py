"""The table for people and the lines for programs."""

import json
import pathlib
from collections.abc import Mapping, Sequence

from runner import machine
from runner.values import Value

Limits = Sequence[tuple[str, str]]


def conditions(postgres: Mapping[str, str], payload: str, load_before: float) -> str:
    version = postgres["version"]
    settings = ", ".join(f"{name} {value}" for name, value in sorted(postgres.items()) if name != "version")
    return "\n".join(
        (
            f"machine   {machine.describe()}",
            f"load      {load_before:.1f} before, {machine.load_average():.1f} after (with our own)",
            f"postgres  {version}: {settings}",
            f"payload   {payload}",
        )
    )


def table(values: Sequence[Value], loads: Mapping[str, float], limits: Limits) -> str:
    """One line a value; `loads` has the load average after its row, by the value's name, and
    `limits` the headings and names of what the rates are set against."""
    rates = {one.name: one.value for one in values}
    heading = ["name", "median", "unit", *(f"of {title}" for title, _ in limits), "bar", "load"]
    rows = [(*heading, "lowest to highest; what else there is to say")]
    for one in values:
        shares = tuple(_share(one, rates.get(name)) for _, name in limits)
        rows.append(
            (one.name, _number(one.value), one.unit, *shares, _bar(one), f"{loads[one.name]:.1f}", one.note)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column in (0, 2) else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells + [row[-1]]).rstrip())
    return "\n".join(lines)


def write_json(path: pathlib.Path, values: Sequence[Value], changed: Mapping[str, object]) -> None:
    """`changed` are the options that make it another run than the names stand for."""
    mark = {"options": changed} if changed else {}
    with open(path, "w", encoding="utf-8") as out:
        for one in values:
            out.write(json.dumps({"name": one.name, "value": one.value, "unit": one.unit, **mark}) + "\n")


def _share(value: Value, limit: float | None) -> str:
    return f"{value.rate / limit:.0%}" if value.rate is not None and limit else "-"


def _bar(value: Value) -> str:
    """The bar, which part of it the value is, and whether it is met."""
    if value.bar is None:
        return "-"
    verdict = "met" if value.met() else "NOT MET"
    return f"{_number(value.bar)} x {value.value / value.bar:.2f} {verdict}"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
