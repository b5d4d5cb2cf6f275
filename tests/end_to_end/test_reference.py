"""docs/reference tells what the programs and the protos say today."""

import difflib
import itertools
import pathlib
import sys
import tempfile
import unittest

import metrics_guide
from stack_fixture import ROOT

_FOLDER = ROOT / "docs" / "reference"
sys.path.append(str(_FOLDER))

import generate  # noqa: E402
import metric_declarations  # noqa: E402


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

    def test_the_guide_tells_of_the_same_metrics(self) -> None:
        guide, reference = (
            {
                service: {name: (family.kind, set(family.labels)) for name, family in table.items()}
                for service, table in metrics_guide.documented(page).items()
            }
            for page in (metrics_guide.GUIDE, metrics_guide.REFERENCE)
        )
        self.assertEqual(guide, reference)


class MetricDeclarationsTest(unittest.TestCase):
    """None is left out because it is declared in another way than those so far."""

    _DECLARED = 'auto& family = prometheus::BuildGauge().Name("causeway_x").Help("One.").Register(registry);'
    _MADE = 'family.Add({{"kind", kind}});'

    def test_one_is_read(self) -> None:
        metrics = self._read(self._DECLARED + self._MADE)
        self.assertEqual(metrics, [metric_declarations.Metric("causeway_x", "gauge", ["kind"], "One.")])

    def test_what_is_not_understood_is_an_error(self) -> None:
        helper = (
            "Counter& Make(prometheus::Registry& registry, const char* name, const char* help) {"
            "  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});"
            "}"
        )
        for code, error in (
            (self._DECLARED, "nothing tells the labels"),
            (self._DECLARED + "family.Add(kLabels);", "labels of kLabels"),
            ("prometheus::BuildGauge().Name(kName).Help(kHelp).Register(registry).Add({});", "of 1 that make"),
            (helper + 'Make(registry, kName, "One.");', "of 3 that make"),
            (helper.replace("Name(name)", "Name(kPrefix + name)"), "Make makes"),
            ('Count("causeway_y");', "none declares: causeway_y"),
        ):
            with self.subTest(code), self.assertRaisesRegex(ValueError, error):
                self._read(code)

    def test_one_that_no_service_has_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "part of no service"):
            self._read(self._DECLARED + self._MADE, "unused.cc")

    def _read(self, code: str, source: str = "main.cc") -> list[metric_declarations.Metric]:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "services" / "x"
            folder.mkdir(parents=True)
            (folder / "main.cc").touch()
            (folder / source).write_text(code)
            found = metric_declarations.read(pathlib.Path(name), ("x",))
        return found.get(("x",), {}).get(f"services/x/{source}", [])


if __name__ == "__main__":
    unittest.main()
