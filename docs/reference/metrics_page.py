"""docs/reference/metrics.md: every metric, as the services' sources declare it."""

import pathlib

import markdown_text
import metric_declarations
from metric_declarations import Metric

_INTRODUCTION = """\
# Metrics

What the services export at `/metrics` of their `--http_listen`, and the sources that declare it. Made of these by
[generate.py](generate.py); a test holds it fresh. A heading names the services that have what is below it. What a metric means
beyond its help, which values a label has and where to look first: [the guide](../guides/metrics.md).
""".splitlines()


def _row(metric: Metric) -> list[str]:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return [f"`{metric.name}`", metric.kind, labels, markdown_text.cell(metric.help)]


def page(root: pathlib.Path, services: tuple[str, ...]) -> str:
    lines = [*_INTRODUCTION, ""]
    found = metric_declarations.read(root, services)
    for having in sorted(found, key=lambda names: (-len(names), [services.index(name) for name in names])):
        lines += [f"## {', '.join(having)}", ""]
        for source, metrics in found[having].items():
            lines += [f"`{source}`", "", *markdown_text.table(["metric", "type", "labels", "help"], map(_row, metrics))]
    return "\n".join(lines).rstrip("\n") + "\n"
