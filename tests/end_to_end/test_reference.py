"""docs/reference tells what the programs and the protos say today."""

import difflib
import itertools
import sys
import unittest

from stack_fixture import ROOT

_FOLDER = ROOT / "docs" / "reference"
sys.path.append(str(_FOLDER))

import generate  # noqa: E402


class ReferenceTest(unittest.TestCase):
    def test_pages_are_what_the_sources_make_them(self) -> None:
        pages = generate.pages()
        self.assertEqual(set(pages), {page.name for page in _FOLDER.glob("*.md")})
        for name, text in pages.items():
            with self.subTest(name):
                stored = (_FOLDER / name).read_text().splitlines()
                differences = difflib.unified_diff(stored, text.splitlines(), "stored", "made", lineterm="", n=0)
                shown = "\n".join(itertools.islice(differences, 20))
                self.assertFalse(shown, f"run docs/reference/generate.py\n{shown}")


if __name__ == "__main__":
    unittest.main()
