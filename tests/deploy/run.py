#!/usr/bin/python3
"""Runs the tests beside it, and writes "PASSED FAILED" with --results FILE. Started by run.sh."""

import argparse
import pathlib
import sys
import unittest

_FOLDER = pathlib.Path(__file__).resolve().parent


class CountingResult(unittest.TextTestResult):
    """A class that can't be set up makes a failure without a test, so what passed is counted."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    suite = unittest.defaultTestLoader.discover(str(_FOLDER), top_level_dir=str(_FOLDER))
    result = unittest.TextTestRunner(sys.stdout, resultclass=CountingResult, verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    if options.results:
        options.results.write_text(f"{result.passed} {failed}\n")
    print(f"deploy: {result.passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
