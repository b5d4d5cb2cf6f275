"""The metrics that the services' sources declare. What isn't understood is an error: nothing is left out silently."""

import ast
import dataclasses
import pathlib
import re

_LITERAL = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = re.compile(rf"({_LITERAL}|'(?:[^'\\\n]|\\.)')|//[^\n]*|/\*.*?\*/", re.DOTALL)
_JOINED = re.compile(rf"{_LITERAL}(?:\s+{_LITERAL})+")
_BRACKET = re.compile(rf"{_LITERAL}|([(\[{{])|([)\]}}])")
_INCLUDE = re.compile(r'^#include "(services/[^"]+)\.h"', re.MULTILINE)
# A word of a text, not part of a path.
_NAME = re.compile(r"(?<![\w/])causeway_\w+")

_BUILDER = re.compile(r"\bBuild(?:Counter|Gauge|Histogram|Summary|Info)\b")
_DIRECT = re.compile(rf'prometheus::Build(\w+)\(\)\.Name\("(\w+)"\)\.Help\(({_LITERAL})\)\.Register\(registry\)')
# A function that is told a metric's name and help, and what it does with them.
_HELPER = re.compile(r"\b(\w+)\((?=[^()]*\bprometheus::Registry& registry, [^()]*\bname, [^()]*\bhelp\b)[^()]*\) (?=\{)")
_BUILT = re.compile(r'(?:prometheus::Build(\w+)\(\)|\bbuilder)\.Name\((?:"(\w+)" \+ )?name\)\.Help\(help\)')
_HANDED_ON = re.compile(r"\b(\w+)\(registry, name, help\)")
_LABEL = re.compile(r'\{"(\w+)", ')
# What a family is called from there on: a variable, or the function that makes it.
_BOUND = re.compile(r"\b(\w+)(?:\(| = |\(prometheus::Registry& registry\) \{ return )$")


@dataclasses.dataclass(frozen=True)
class Metric:
    name: str
    kind: str
    labels: list[str]
    help: str


@dataclasses.dataclass(frozen=True)
class _Helper:
    kind: str | None  # None: as the builder that it is given.
    prefix: str
    body: str


def _plain(text: str) -> str:
    """Without comments and line breaks, with each literal in one piece."""
    text = _COMMENT.sub(r"\1", text)
    text = _JOINED.sub(lambda match: f'"{"".join(part[1:-1] for part in re.findall(_LITERAL, match[0]))}"', text)
    return re.sub(r"(?<=\() | (?=\.\w)", "", re.sub(r"\s+", " ", text))


def _from_bracket(text: str, start: int) -> str:
    """From an opening bracket to its closing one."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        depth += bool(match[1]) - bool(match[2])
        if depth == 0:
            return text[start : match.end()]
    raise ValueError(f"no end: {text[start : start + 80]}")


class _Source:
    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._text = _plain(path.read_text())
        self._helpers: dict[str, _Helper] = {}
        self._understood = 0  # Builders and calls of helpers.
        for match in _HELPER.finditer(self._text):
            self._add_helper(match[1], _from_bracket(self._text, match.end()))
        self.metrics = self._metrics()
        self._check()

    def _add_helper(self, name: str, body: str) -> None:
        if built := _BUILT.search(body):
            self._helpers[name] = _Helper(built[1], built[2] or "", body)
            self._understood += bool(built[1])
        elif (inner := _HANDED_ON.search(body)) and inner[1] in self._helpers:
            self._helpers[name] = dataclasses.replace(self._helpers[inner[1]], body=body)
            self._understood += 1
        else:
            raise ValueError(f"{self._path}: what {name} makes isn't understood")
        self._understood += 1  # Its own head.

    def _calls(self) -> re.Pattern:
        return re.compile(rf"\b({'|'.join(self._helpers) or '(?!)'})(?=\()")

    def _metrics(self) -> list[Metric]:
        found: list[tuple[int, Metric]] = []
        for match in _DIRECT.finditer(self._text):
            labels = self._labels(match.start(), match.end(), "")
            found.append((match.start(), self._metric(match[2], match[1], labels, match[3])))
            self._understood += 1
        told = re.compile(rf'\((?:prometheus::Build(\w+)\(\), )?registry, "(\w+)", ({_LITERAL})')
        for call in self._calls().finditer(self._text):
            if match := told.match(self._text, call.end()):
                helper = self._helpers[call[1]]
                end = call.end() + len(_from_bracket(self._text, call.end()))
                kind = match[1] or helper.kind
                if kind is None:
                    raise ValueError(f"{self._path}: {match[2]} is of no kind")
                labels = self._labels(call.start(), end, helper.body)
                found.append((call.start(), self._metric(helper.prefix + match[2], kind, labels, match[3])))
                self._understood += 1 + bool(match[1])
        return [metric for _, metric in sorted(found, key=lambda pair: pair[0])]

    def _metric(self, name: str, kind: str, labels: list[str], literal: str) -> Metric:
        return Metric(name, kind.lower(), labels, ast.literal_eval(literal))

    def _labels(self, start: int, end: int, helper: str) -> list[str]:
        """Of what is declared from `start` to `end`: made in one go, or else wherever the family is used."""
        if ".Add(" in helper:
            return list(dict.fromkeys(_LABEL.findall(helper + self._text[start:end])))
        if self._text.startswith(".Add(", end):
            uses = [end + len(".Add(")]
        else:
            # family.Add(labels), or the family and its labels handed on together.
            bound = _BOUND.search(self._text[:start])
            use = rf"\b{bound[1]}(?:\(registry\))?(?:\.Add\(|, (?=Labels\())" if bound else "(?!)"
            uses = [match.end() for match in re.finditer(use, self._text)]
        if not uses:
            raise ValueError(f"{self._path}: nothing tells the labels of {self._text[start:end]}")
        return list(dict.fromkeys(label for use in uses for label in self._labels_at(use)))

    def _labels_at(self, start: int) -> list[str]:
        """Of an argument: the labels themselves, or the constant or function that has them."""
        if self._text[start] == "{":
            return _LABEL.findall(_from_bracket(self._text, start))
        name, more = re.compile(r'(\w+)(?:\(\w+, "(\w+)")?').match(self._text, start).groups()
        labels = [
            label
            for match in re.finditer(rf"\bLabels {name}(?: = |\([^()]*\) )(?=\{{)", self._text)
            for label in _LABEL.findall(_from_bracket(self._text, match.end()))
        ]
        if not labels:
            raise ValueError(f"{self._path}: the labels of {name} aren't understood")
        return [*labels, more] if more else labels

    def _check(self) -> None:
        """What makes a metric, in whatever form, against what was read above."""
        written = len(_BUILDER.findall(self._text)) + len(self._calls().findall(self._text))
        if written != self._understood:
            raise ValueError(f"{self._path}: of {written} that make a metric {self._understood} are understood")

    def names(self) -> set[str]:
        """All that stand in a literal, wherever."""
        return {name for literal in re.findall(_LITERAL, self._text) for name in _NAME.findall(literal)}

    def known_names(self) -> set[str]:
        return {metric.name for metric in self.metrics} | {helper.prefix for helper in self._helpers.values()}


def _linked(root: pathlib.Path, service: str) -> set[str]:
    """The sources of a program: what its main.cc includes, and so on."""
    found: set[str] = set()
    left = [f"services/{service}/main"]
    while left:
        stem = left.pop()
        if stem not in found:
            found.add(stem)
            for file in (root / f"{stem}.h", root / f"{stem}.cc"):
                left += _INCLUDE.findall(file.read_text()) if file.exists() else ()
    return {f"{stem}.cc" for stem in found}


def read(root: pathlib.Path, services: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, list[Metric]]]:
    """By the services that have them and by source."""
    sources = {
        str(path.relative_to(root)): _Source(path)
        for pattern in ("*.cc", "*.h")
        for path in sorted((root / "services").rglob(pattern))
        if not path.name.endswith("_test.cc")
    }
    known = {name for source in sources.values() for name in source.known_names()}
    for path, source in sources.items():
        if unknown := source.names() - known:
            raise ValueError(f"{path} names metrics that none declares: {', '.join(sorted(unknown))}")
    linked = {service: _linked(root, service) for service in services}
    found: dict[tuple[str, ...], dict[str, list[Metric]]] = {}
    for path, source in sources.items():
        if source.metrics:
            having = tuple(service for service in services if path in linked[service])
            if not having:
                raise ValueError(f"{path} is part of no service")
            found.setdefault(having, {})[path] = source.metrics
    return found
