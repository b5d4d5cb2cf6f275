#!/usr/bin/python3
"""Runs the end-to-end tests, several modules at once.

    tests/end_to_end/run.py [--jobs N] [--results FILE] [MODULE | MODULE.Class | MODULE.Class.test]...

Each class starts a stack of its own, so modules don't disturb each other. They mostly
wait, so as many run at once as there are cores. --results writes "PASSED FAILED".
The binaries must have been built (tests/end_to_end/build.sh).
"""

import argparse
import io
import multiprocessing
import os
import pathlib
import sys
import time
import unittest

_FOLDER = pathlib.Path(__file__).resolve().parent
# Modules that take longest are started first, so that none runs alone at the end.
_FIRST = (
    "test_push_faults",
    "test_rolling_upgrade",
    "test_identity_property",
    "test_crashes",
    "test_sdk_many_ghosts",
    "test_sdk_outages",
    "test_sdk_bridges",
    "test_queries",
    "test_bad_input",
    "test_delivery",
)


class ClassAnnouncingResult(unittest.TextTestResult):
    """Says which class runs, and counts what passed: a class that can't be set up
    makes a failure without a test."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.passed = 0
        self._class = ""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        name = f"{type(test).__module__}.{type(test).__name__}"
        if name != self._class:
            self._class = name
            print(f"running {name}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def run_module(name: str) -> tuple[str, int, int, float, str]:
    """In a process of its own. Returns the name, passed, failed, seconds, and what was said."""
    sys.path.insert(0, str(_FOLDER))
    said = io.StringIO()
    started = time.monotonic()
    suite = unittest.defaultTestLoader.loadTestsFromName(name)
    runner = unittest.TextTestRunner(said, resultclass=ClassAnnouncingResult, verbosity=1)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    return name, result.passed, failed, time.monotonic() - started, said.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or sorted(
        (file.stem for file in _FOLDER.glob("test_*.py")), key=lambda stem: (stem not in _FIRST, stem)
    )
    passed_total = failed_total = 0
    # Fresh processes, one for each module: nothing of one can leak into the next.
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=1) as pool:
        for name, passed, failed, seconds, said in pool.imap_unordered(run_module, names):
            print(f"{name}: {passed} passed, {failed} failed, {seconds:.0f} s", flush=True)
            if failed:
                print(said, flush=True)
            passed_total += passed
            failed_total += failed
    if options.results:
        options.results.write_text(f"{passed_total} {failed_total}\n")
    print(f"end to end: {passed_total} passed, {failed_total} failed")
    return 1 if failed_total else 0


if __name__ == "__main__":
    sys.exit(main())
