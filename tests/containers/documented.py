"""Commands of docs/guides/deploying.md, so that tests run them as they stand there."""

import pathlib
import re
import textwrap

_GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "guides" / "deploying.md"


def commands(section: str, paragraph: str) -> str:
    """A script for bash: the block that follows the words **`paragraph`** in `section`."""
    [text] = re.findall(rf"^#+ {section}\n(.*?)(?=^#|\Z)", _GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    _, found, rest = text.partition(f"**{paragraph}**")
    block = re.search(r"^\n((?: {4,}\S.*\n)+)", rest, re.MULTILINE)
    if not found or not block:
        raise AssertionError(f"{_GUIDE.name} has no commands for '{paragraph}' in '{section}'")
    return "set -euo pipefail\n" + textwrap.dedent(block[1])
