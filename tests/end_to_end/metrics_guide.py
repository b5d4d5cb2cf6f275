"""What docs/guides/metrics.md and the reference say is exported, and what the processes export."""

import dataclasses
import pathlib
import re

from stack_fixture import ROOT, SERVICES

GUIDE = ROOT / "docs" / "guides" / "metrics.md"
REFERENCE = ROOT / "docs" / "reference" / "metrics.md"
_FAMILY_SUFFIX = re.compile("_(bucket|sum|count)$")


@dataclasses.dataclass
class Family:
    """One metric. `labels`: with the values that are known to be all, or none."""

    kind: str
    help: str
    labels: dict[str, set[str]] = dataclasses.field(default_factory=dict)


def documented(page: pathlib.Path = GUIDE) -> dict[str, dict[str, Family]]:
    """By service: what its sections say. A section's title ends with its services."""
    tables: dict[str, dict[str, Family]] = {service: {} for service in SERVICES}
    services: list[str] = []
    for line in page.read_text().splitlines():
        if line.startswith("## "):
            services = [name for name in re.findall(r"\w+", line.rpartition(": ")[2]) if name in SERVICES]
        if match := re.fullmatch(r"\| `(causeway_\w+)` \| (\w+) \| (.*?) ?\| (\S.*) \|", line):
            labels = {
                label: set(values.split(", ")) if values else set()
                for label, values in re.findall(r"`(\w+)`(?: \((.*?)\))?", match[3])
            }
            for service in services:
                assert match[1] not in tables[service], f"twice: {line}"
                tables[service][match[1]] = Family(match[2], match[4], labels)
    return tables


def of_all_services() -> dict[str, Family]:
    return {name: family for table in documented().values() for name, family in table.items()}


def exported(text: str) -> dict[str, Family]:
    """What a /metrics says, in Prometheus' text format."""
    families: dict[str, Family] = {}
    helps = dict(re.findall(r"^# HELP (\w+) (.*)$", text, re.MULTILINE))
    for line in text.splitlines():
        if match := re.fullmatch(r"# TYPE (\w+) (\w+)", line):
            families[match[1]] = Family(match[2], helps.get(match[1], "").strip())
        elif line and not line.startswith("#"):
            name, labels = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
            family = families[name if name in families else _FAMILY_SUFFIX.sub("", name)]
            for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""):
                if (family.kind, label) != ("histogram", "le"):
                    family.labels.setdefault(label, set()).add(value)
    return families
