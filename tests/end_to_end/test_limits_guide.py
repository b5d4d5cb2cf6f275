"""docs/guides/writing-a-bridge.md names each limit that a bridge or a client can meet, with the value in the source."""

import ast
import pathlib
import re
import unittest

from stack_fixture import ROOT

_GUIDE = ROOT / "docs" / "guides" / "writing-a-bridge.md"
_ROW = re.compile(r"\| [^|]+ \| ([^|]+) \| `(k\w+|--\w+)` \| [^|]*\|")
_CONSTANT = re.compile(r"(inline )?constexpr\s+[\w:]+\s+(k\w+)\s*=\s*([^;]+);")
_FLAG = re.compile(r"ABSL_FLAG\(\s*int,\s*(\w+),\s*([^,]+),")
_UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "s": 1000, "min": 60_000, "h": 1}
_DURATIONS = {"Milliseconds": 1, "Seconds": 1000, "Minutes": 60_000}
# Where every limit is one that a client can meet, but for these, which bound what we ask of ourselves.
_CLIENTS_MEET = (
    "services/homeserver",
    "services/registry/registration.h",
    "services/shared/registration_file/registration_fields.h",
)
_INTERNAL = {
    "kAgeMax",  # For how long it is remembered that a user is there.
    "kCountMax",  # Of how many users.
    "kPositionMax",
    "kRevisionTimeout",
    "kRoomsPageMax",  # Between services.
    "kTypingTimeoutDefault",
    # What the operator who hands over a registration file meets: see --help.
    "kAppserviceIdBytesMax",
    "kExtraFieldsBytesMax",
    "kProtocolBytesMax",
    "kReasonBytesMax",
    "kTokenBytesMax",
}


def documented() -> dict[str, str]:
    """Value by name."""
    rows = [match for line in _GUIDE.read_text().splitlines() if (match := _ROW.fullmatch(line))]
    return {match[2]: match[1] for match in rows}


def in_units(value: str) -> int:
    """Bytes, milliseconds, or a number of things."""
    number, _, unit = value.partition(" ")
    return int(number) * _UNITS[unit]


def evaluate(expression: str) -> int | None:
    """A number or a duration as C++ has it; None if it is something else."""
    if match := re.fullmatch(r"absl::(\w+)\((\d+)\)", expression):
        return int(match[2]) * _DURATIONS[match[1]] if match[1] in _DURATIONS else None
    expression = expression.replace("'", "")
    if not re.fullmatch(r"\d+( << \d+)?", expression):
        return None
    number, _, shift = expression.partition(" << ")
    return ast.literal_eval(number) << int(shift or 0)


def sources(*folders: str) -> list[pathlib.Path]:
    found: list[pathlib.Path] = []
    for folder in folders:
        place = ROOT / folder
        files = [place] if place.is_file() else [*place.rglob("*.h"), *place.rglob("*.cc")]
        found += [file for file in files if not re.search("(_test|_contract|_fuzz)[.]", file.name)]
    return found


def defined() -> dict[str, set[int | None]]:
    """Values by name: more than one where two places disagree. One in a header, for all to use, hides those of one
    file or one class."""
    shared: dict[str, set[int | None]] = {}
    values: dict[str, set[int | None]] = {}
    for source in sources("services"):
        text = source.read_text()
        for is_shared, name, expression in _CONSTANT.findall(text):
            (shared if is_shared else values).setdefault(name, set()).add(evaluate(expression))
        for name, expression in _FLAG.findall(text):
            values.setdefault(f"--{name}", set()).add(evaluate(expression))
    return values | shared


class LimitsGuideTest(unittest.TestCase):
    def test_each_limit_has_the_value_of_the_source(self) -> None:
        values = defined()
        limits = documented()
        self.assertGreater(len(limits), 80)
        for name, value in limits.items():
            with self.subTest(name):
                self.assertEqual(values.get(name), {in_units(value)})

    def test_each_limit_of_the_source_is_documented(self) -> None:
        limits = documented()
        for source in sources(*_CLIENTS_MEET):
            if source.suffix != ".h":
                continue
            for _, name, _ in _CONSTANT.findall(source.read_text()):
                if re.search("Max|Timeout|Limit", name) and name not in _INTERNAL:
                    with self.subTest(name):
                        self.assertIn(name, limits, f"{source}: say in {_GUIDE.name} what it means to clients")
