"""The whole database is kept, and put back, as docs/guides/operating.md says."""

import pathlib
import subprocess

from stack_fixture import Stack

_SECONDS_MAX = 120


def back_up(stack: Stack, file: pathlib.Path) -> None:
    """While all runs."""
    _run(stack, "pg_dump", "--format=custom", f"--file={file}", "causeway")


def restore(stack: Stack, file: pathlib.Path) -> None:
    """Who uses the database has been stopped."""
    _run(stack, "dropdb", "--force", "causeway")
    _run(stack, "pg_restore", "--create", "--exit-on-error", "--dbname=postgres", str(file))


def _run(stack: Stack, program: str, *words: str) -> None:
    where = [f"--host={stack.settings.socket_folder}", "--port=5432", "--username=postgres"]
    command = [program, *where, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{program}: {done.stderr}")
