#!/usr/bin/python3
"""Writes the pages beside it anew: flags and commands from the programs' --help, metrics from the services' sources, RPCs
from the protos' comments.

    docs/reference/generate.py

Builds the programs first if they aren't up to date. tests/end_to_end/test_reference.py fails while a page is stale.
BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
"""

import pathlib
import subprocess

import flags_page
import metrics_page
import rpcs_page

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]


def pages() -> dict[str, str]:
    """By file name. The programs must have been built."""
    return {
        "causewayctl.md": flags_page.control_page(),
        "flags.md": flags_page.flags_page(),
        "metrics.md": metrics_page.page(ROOT, flags_page.SERVICES),
        "rpcs.md": rpcs_page.page(ROOT / "protos"),
    }


def main() -> None:
    subprocess.run([ROOT / "deploy" / "local" / "build.sh", ROOT / ".local" / "bin"], check=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
