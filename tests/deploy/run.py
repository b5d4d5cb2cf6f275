#!/usr/bin/python3
"""Runs the tests beside it, and writes "PASSED FAILED" with --results FILE. Started by run.sh."""

import argparse
import pathlib
import sys
import unittest

_FOLDER = pathlib.Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    sys.path.insert(0, str(_FOLDER.parent))
    import counted_run

    suite = unittest.defaultTestLoader.discover(str(_FOLDER), top_level_dir=str(_FOLDER))
    return counted_run.run("deploy", suite, options.results)


if __name__ == "__main__":
    sys.exit(main())
