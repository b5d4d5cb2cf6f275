#!/usr/bin/python3
"""Tests what deploy/compose makes of the images. Started by run.sh, where a Docker engine serves $DOCKER_HOST.

    tests/containers/run.py --state DIR [--results FILE]
"""

import argparse
import pathlib
import shutil
import sys
import unittest

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    sys.path[:0] = [str(_ROOT / folder) for folder in ("tests", "tests/containers", "deploy", "deploy/demo")]
    import counted_run
    import test_compose

    shutil.rmtree(options.state, ignore_errors=True)
    options.state.mkdir(parents=True)
    test_compose.STATE = options.state
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_compose)
    return counted_run.run("containers", suite, options.results, options.state / "transcript.log")


if __name__ == "__main__":
    sys.exit(main())
