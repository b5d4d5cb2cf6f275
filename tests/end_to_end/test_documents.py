"""What the pages of this tree lead to is there: files and headings, and causewayctl's commands with their flags."""

import pathlib
import re
import subprocess
import sys
import unittest
from collections.abc import Iterator

from stack_fixture import ROOT

sys.path.append(str(ROOT / "docs" / "reference"))

import program_help  # noqa: E402

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```[\s\S]*?^```$", re.MULTILINE)
_INDENTED = re.compile(r"^    .*$", re.MULTILINE)
_CONTROL = re.compile(r"(?:causewayctl|local\.sh ctl|ctl\.sh) +(\S.*)")


def pages() -> list[pathlib.Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return [ROOT / path for path in listed.splitlines()]


def anchors(page: pathlib.Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", _FENCED.sub("", page.read_text()), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in plain}


def control_commands(page: pathlib.Path) -> Iterator[list[str]]:
    """The words of those that the page shows, line by line."""
    text = page.read_text().replace("\\\n", " ")
    for line in _INDENTED.findall(text):
        match = _CONTROL.search(line.partition(" #")[0])
        if match and "`" not in line:
            yield re.sub(r"'[^']*'", "''", match[1]).split()


class DocumentsTest(unittest.TestCase):
    def test_links_lead_somewhere(self) -> None:
        found = 0
        for page in pages():
            text = _INDENTED.sub("", _FENCED.sub("", page.read_text()))
            for link in _LINK.findall(text):
                if re.match("[a-z]+:", link):
                    continue
                found += 1
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                with self.subTest(f"{page.relative_to(ROOT)}: {link}"):
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target))
        self.assertGreater(found, 100)

    def test_commands_are_ones_that_there_are(self) -> None:
        said = program_help.of_control()
        # By the words that are no argument.
        commands = {
            tuple(word for word in command.synopsis.split() if re.fullmatch("[a-z-]+", word)): command
            for command in said.commands
        }
        found = 0
        for page in pages():
            for words in control_commands(page):
                if words[0].startswith("-"):
                    continue  # Flags come first, as those for TLS.
                found += 1
                with self.subTest(f"{page.relative_to(ROOT)}: {' '.join(words)}"):
                    command = commands.get(tuple(words[:2])) or commands.get(tuple(words[:1]))
                    self.assertIsNotNone(command)
                    texts = {form.split()[0]: text for form, text in (*said.flags, *command.flags)}
                    given = {word.partition("=")[0] for word in words if word.startswith("--")}
                    self.assertLessEqual(given, set(texts))
                    required = {flag for flag, text in texts.items() if text.endswith("(required)")}
                    self.assertLessEqual(required, given)
        self.assertGreater(found, 30)


if __name__ == "__main__":
    unittest.main()
