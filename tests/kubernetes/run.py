#!/usr/bin/python3
"""Tests deploy/kubernetes on the node that run.sh has started and $KUBECONFIG leads to.

    tests/kubernetes/run.py --state DIR [--results FILE]
"""

import argparse
import contextlib
import os
import pathlib
import sys
import unittest

_ROOT = pathlib.Path(__file__).resolve().parents[2]


class CountingResult(unittest.TextTestResult):
    """A class that can't be set up makes a failure without a test, so what passed is counted."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    os.environ["KUBECTL"] = "kubectl"
    folders = ("tests/kubernetes", "tests/containers", "tests/deploy", "deploy", "deploy/demo")
    sys.path[:0] = [str(_ROOT / folder) for folder in folders]
    import test_cluster

    options.state.mkdir(parents=True)
    test_cluster.STATE = options.state
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_cluster)
    runner = unittest.TextTestRunner(sys.stdout, resultclass=CountingResult, verbosity=2)
    # The walkthrough shows each HTTP exchange, which is of interest when it fails.
    transcript = options.state / "transcript.log"
    with open(transcript, "w", encoding="utf-8") as shown, contextlib.redirect_stdout(shown):
        result = runner.run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    if failed:
        print(transcript.read_text(encoding="utf-8")[-20000:])
    if options.results:
        options.results.write_text(f"{result.passed} {failed}\n")
    print(f"kubernetes: {result.passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
