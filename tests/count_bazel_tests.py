#!/usr/bin/python3
"""Counts the test cases of one `bazel test`, from its build event file.

    tests/count_bazel_tests.py EVENTS.json      prints "PASSED FAILED"

Bazel itself counts targets, and tells nothing of targets that it could not build. Those that had no turn before it was
interrupted are told of on standard error.
"""

import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree


# Why an event tells that something was aborted, where that is no failure.
INTERRUPTED = {"USER_INTERRUPTED", "INCOMPLETE", "NO_BUILD", "TIME_OUT"}


def count_cases(report: pathlib.Path) -> tuple[int, int]:
    """Passed and failed cases of one test.xml, GoogleTest's or Bazel's own."""
    try:
        root = xml.etree.ElementTree.parse(report).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return 0, 0
    passed = failed = 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.get("status") != "notrun" and case.find("skipped") is None:
            passed += 1
    return passed, failed


def report_of(result: dict) -> pathlib.Path | None:
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            return pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(output["uri"]).path))
    return None


def main() -> None:
    passed = failed = left = 0
    ended = False
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        event = json.loads(line)
        if "testResult" in event:
            result = event["testResult"]
            report = report_of(result)
            case_passed, case_failed = count_cases(report) if report else (0, 0)
            passed += case_passed
            # A crash or a timeout leaves no report: it still is a failure.
            if result.get("status") not in ("PASSED", "NO_STATUS"):
                case_failed = max(case_failed, 1)
            failed += case_failed
        elif event.get("aborted", {}).get("reason") in INTERRUPTED:
            left += "targetCompleted" in event["id"] or "testResult" in event["id"]
        elif "targetCompleted" in event.get("id", {}) and not event.get("completed", {}).get("success"):
            failed += 1
        ended |= bool(event.get("lastMessage"))
    # Cut off before its end, or with nothing in it: something is wrong that has no name here.
    if not ended or passed + failed + left == 0:
        failed += 1
    if left > 0:
        print(f"NO TIME for {left} targets of unit tests", file=sys.stderr)
    print(passed, failed)


if __name__ == "__main__":
    main()
