#!/usr/bin/python3
"""How far one `bazel build` or `bazel test` came that may have been interrupted, from its build event file.

    .ci/count_turns.py EVENTS.json      prints "PASSED FAILED LEFT", in targets

A test counts when it has run, another target when it is built. What was interrupted is left, and no failure.
"""

import json
import pathlib
import sys


def label(event: dict, name: str) -> str:
    return event["id"].get(name, {}).get("label", "")


def count(lines: list[str]) -> tuple[int, int, int]:
    targets: set[str] = set()
    tests: set[str] = set()
    passed: set[str] = set()
    failed: set[str] = set()
    for line in lines:
        event = json.loads(line)
        if one := label(event, "targetConfigured"):
            targets.add(one)
            if "configured" in event and event["configured"].get("testSize"):
                tests.add(one)
        elif one := label(event, "testResult"):
            outcome = event.get("testResult", {}).get("status", "NO_STATUS")
            if outcome == "PASSED":
                passed.add(one)
            elif outcome != "NO_STATUS":
                failed.add(one)
        elif one := label(event, "targetCompleted"):
            if "completed" not in event:
                continue  # Interrupted.
            if not event["completed"].get("success"):
                failed.add(one)
            elif one not in tests:
                passed.add(one)
    expected = tests or targets
    passed = (passed & expected) - failed
    return len(passed), len(failed), len(expected - passed - failed)


if __name__ == "__main__":
    print(*count(pathlib.Path(sys.argv[1]).read_text().splitlines()))
