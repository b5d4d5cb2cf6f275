"""Plain text, as comments and --help have it, in Markdown."""

import itertools
import re
import textwrap

_CODE = re.compile(r"(`[^`]+`)")
_FLAG = re.compile(r"(?<![\w`-])--[a-z]\w*(=[\w/.-]*\w)?")
_SOURCE = re.compile(r"\bSource: (https://\S+)")
_SPECIAL = re.compile(r"([*<\[\]|\\]|(?<!\w)_|_(?!\w))")


def escaped(text: str) -> str:
    """One line, with its flags as code."""
    line = _FLAG.sub(r"`\g<0>`", " ".join(text.split()))
    pieces = [piece if piece.startswith("`") else _SPECIAL.sub(r"\\\1", piece) for piece in _CODE.split(line)]
    return _SOURCE.sub(r"([specification](\1))", "".join(pieces))


def cell(text: str) -> str:
    """Of a table. Lines that are indented a little stay lines, and those that are indented more go on with them."""
    parts: list[str] = []
    previous_indent = 0
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if not parts or 0 < indent < 4 or (indent == 0 and previous_indent > 0):
            parts.append(line)
        else:
            parts[-1] += f" {line}"
        previous_indent = indent
    return re.sub(r"(?<!\\)\|", r"\\|", "<br>".join(escaped(part) for part in parts))


def paragraphs(text: str) -> list[str]:
    """Lines of a page, with an empty one behind each paragraph. What is indented stays as it is, line by line."""
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        for indented, group in itertools.groupby(block.splitlines(), lambda line: line.startswith(" ")):
            part = "\n".join(group)
            lines += [textwrap.indent(textwrap.dedent(part), "    ") if indented else escaped(part), ""]
    return lines


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a page, with an empty one behind them; none without rows. The texts are Markdown already."""
    if not rows:
        return []
    lines = ["".join(f"| {text} " if text else "| " for text in row) + "|" for row in (heads, *rows)]
    return [lines[0], "|---" * len(heads) + "|", *lines[1:], ""]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading that no other one of the page is like."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
