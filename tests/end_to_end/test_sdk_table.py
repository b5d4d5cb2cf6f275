"""sdks/README.md says which test proves what of which kit: each test of the classes it names has its line, and the reverse."""

import importlib
import pathlib
import re
import unittest

_GUIDE = pathlib.Path(__file__).resolve().parent / "sdks" / "README.md"
_ROW = re.compile(r"\| [^|]+ \| `(test_\w+)` \|(.*)\|")
_CLASS = re.compile(r"\b(\d+) `(test_sdk_\w+)\.(\w+)`")


def tests_by_class() -> dict[str, set[str]]:
    """As the table has them."""
    text = _GUIDE.read_text()
    classes = {number: f"{module}.{name}" for number, module, name in _CLASS.findall(text)}
    tests: dict[str, set[str]] = {name: set() for name in classes.values()}
    for line in text.splitlines():
        if row := _ROW.fullmatch(line):
            for number in re.findall(r"\d+", row[2]):
                tests[classes[number]].add(row[1])
    return tests


class SdkTableTest(unittest.TestCase):
    def test_table_has_the_tests(self) -> None:
        for name, tests in tests_by_class().items():
            with self.subTest(name):
                module, _, case = name.partition(".")
                found = getattr(importlib.import_module(module), case)
                self.assertEqual(tests, set(unittest.defaultTestLoader.getTestCaseNames(found)))

    def test_each_class_is_named(self) -> None:
        named = tests_by_class()
        for module in ("test_sdk_bridges", "test_sdk_outages", "test_sdk_functions", "test_sdk_many_ghosts"):
            for name, found in vars(importlib.import_module(module)).items():
                if isinstance(found, type) and issubclass(found, unittest.TestCase) and found.__module__ == module:
                    self.assertIn(f"{module}.{name}", named)
