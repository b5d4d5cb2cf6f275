"""Links in the pages of this tree lead somewhere: to a file, and to a heading that is there."""

import pathlib
import re
import subprocess
import unittest

from stack_fixture import ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE_OR_INDENTED = re.compile(r"^(?:    .*|```[\s\S]*?```)$", re.MULTILINE)


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
    text = re.sub(r"^```[\s\S]*?^```$", "", page.read_text(), flags=re.MULTILINE)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in plain}


class DocumentsTest(unittest.TestCase):
    def test_links_lead_somewhere(self) -> None:
        found = 0
        for page in pages():
            text = _FENCE_OR_INDENTED.sub("", page.read_text())
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


if __name__ == "__main__":
    unittest.main()
