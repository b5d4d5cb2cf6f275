#!/usr/bin/python3
"""How far one `bazel build` or `bazel test` came that may have been interrupted, from its build event file.

    .ci/count_turns.py EVENTS.json      prints "PASSED FAILED LEFT", in targets

A test counts when it has run. In a build with an aspect what the aspect made of a target counts, else that the target
is built. What was interrupted is left, and no failure.
"""

import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "tests"))

from count_bazel_tests import INTERRUPTED  # noqa: E402

Target = tuple[str, str]  # Label and aspect.


def target_of(event: dict, kind: str) -> Target | None:
    told = event["id"].get(kind)
    return (told.get("label", ""), told.get("aspect", "")) if told is not None else None


def count(lines: list[str]) -> tuple[int, int, int]:
    configured: set[Target] = set()
    tests: set[Target] = set()
    completed: set[Target] = set()
    ran: set[Target] = set()
    failed: set[Target] = set()
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # Bazel was ended in the middle of it.
            continue
        target = next(filter(None, (target_of(event, kind) for kind in (
            "targetConfigured", "targetCompleted", "testResult", "unconfiguredLabel", "configuredLabel"))), None)  # fmt: skip
        if target is None:
            continue
        if "aborted" in event:
            if event["aborted"].get("reason") not in INTERRUPTED:
                failed.add(target)
        elif "configured" in event:
            configured.add(target)
            if event["configured"].get("testSize"):
                tests.add(target)
        elif "testResult" in event:
            outcome = event["testResult"].get("status", "NO_STATUS")
            if outcome != "NO_STATUS":
                (ran if outcome == "PASSED" else failed).add(target)
        elif "completed" in event:
            (completed if event["completed"].get("success") else failed).add(target)
    aspects = {target for target in configured | completed if target[1]}
    if aspects:
        expected, done = aspects, completed
    elif ran or tests:
        expected, done = tests, ran
    else:
        expected, done = configured, completed
    passed = (done & expected) - failed
    return len(passed), len(failed), len(expected - passed - failed)


if __name__ == "__main__":
    events = pathlib.Path(sys.argv[1])  # Missing: interrupted before the first.
    print(*count(events.read_text().splitlines() if events.exists() else []))
