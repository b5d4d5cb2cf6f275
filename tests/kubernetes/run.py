#!/usr/bin/python3
"""Tests deploy/kubernetes on the node that run.sh has started and $KUBECONFIG leads to.

    tests/kubernetes/run.py --state DIR [--results FILE]
"""

import argparse
import os
import pathlib
import sys
import unittest

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path)
    options = parser.parse_args()
    os.environ["KUBECTL"] = "kubectl"
    folders = ("tests", "tests/kubernetes", "tests/containers", "tests/deploy", "deploy", "deploy/demo")
    sys.path[:0] = [str(_ROOT / folder) for folder in folders]
    import counted_run
    import test_cluster

    options.state.mkdir(parents=True)
    test_cluster.STATE = options.state
    suite = unittest.defaultTestLoader.loadTestsFromModule(test_cluster)
    return counted_run.run("kubernetes", suite, options.results, options.state / "transcript.log")


if __name__ == "__main__":
    sys.exit(main())
