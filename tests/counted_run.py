"""Runs a suite of unittest, and tells how many tests passed and failed to who counts them all (tests/run.sh)."""

import contextlib
import pathlib
import sys
import unittest


class CountingResult(unittest.TextTestResult):
    """A class that can't be set up makes a failure without a test, so what passed is counted."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def run(
    name: str, suite: unittest.TestSuite, results: pathlib.Path | None, transcript: pathlib.Path | None = None
) -> int:
    """The exit code. `results` gets "PASSED FAILED". What tests print goes to `transcript` if there is one, and is shown
    only when one fails."""
    runner = unittest.TextTestRunner(sys.stdout, resultclass=CountingResult, verbosity=2 if transcript else 1)
    with contextlib.ExitStack() as stack:
        if transcript:
            shown = stack.enter_context(open(transcript, "w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(shown))
        result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    if failed and transcript:
        print(transcript.read_text(encoding="utf-8")[-20000:])
    if results:
        results.write_text(f"{result.passed} {failed}\n")
    print(f"{name}: {result.passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
