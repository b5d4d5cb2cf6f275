"""Which metrics and labels an expression of PromQL names. promtool says whether it is one at all."""

import dataclasses
import re

from metrics_guide import Family

# What Prometheus adds to each series.
TARGET_LABELS = {"job", "instance"}
_SELECTOR = re.compile(r"\b(causeway_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_DASHBOARD_VARIABLE = re.compile(r"^\$\{?\w+")


@dataclasses.dataclass(frozen=True)
class Selector:
    metric: str
    matchers: tuple[tuple[str, str, str], ...]  # Label, operator, value.
    text: str


def selectors(expression: str) -> list[Selector]:
    return [
        Selector(match[1], tuple(_MATCHER.findall(match[2] or "")), match[0])
        for match in _SELECTOR.finditer(expression)
    ]


def grouping_labels(expression: str) -> set[str]:
    return {label.strip() for group in _GROUPING.findall(expression) for label in group.split(",") if label.strip()}


def unknown_names(expression: str, families: dict[str, Family]) -> list[str]:
    """What of it no process exports: metrics, their labels, values of these, labels that nothing named here has."""
    wrong: list[str] = []
    labels_of_all = set(TARGET_LABELS)
    for selector in selectors(expression):
        family = _family(selector.metric, families)
        if family is None:
            wrong.append(selector.metric)
            continue
        labels = family.labels | {label: set() for label in TARGET_LABELS}
        if selector.metric.endswith("_bucket"):
            labels = labels | {"le": set()}
        labels_of_all |= set(labels)
        for label, operator, value in selector.matchers:
            if label not in labels:
                wrong.append(f"{selector.metric}: label {label}")
            elif labels[label] and not _DASHBOARD_VARIABLE.match(value):
                values = value.split("|") if operator in ("=~", "!~") else [value]
                wrong += [f"{selector.metric}: {label}={one}" for one in values if one not in labels[label]]
    return wrong + [f"label {label}" for label in grouping_labels(expression) - labels_of_all]


def _family(metric: str, families: dict[str, Family]) -> Family | None:
    """A histogram's series have names that its family hasn't, and the other way round."""
    base = re.sub("_(bucket|sum|count)$", "", metric)
    if base != metric and base in families and families[base].kind == "histogram":
        return families[base]
    family = families.get(metric)
    return None if family is None or family.kind == "histogram" else family
