"""What only the database can tell, asked as its superuser."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence

from stack_fixture import Stack

from local.postgres import Postgres

_PSQL = ("psql", "--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1")


def query(stack: Stack, sql: str) -> list[str]:
    """The rows; columns are separated by |."""
    command = [*_PSQL, "--dbname", Postgres.conninfo(stack.settings, "postgres"), "--command", sql]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()


@contextlib.contextmanager
def being_read(stack: Stack, tables: Sequence[str]) -> Iterator[None]:
    """Meanwhile a transaction is open that has read the tables, as pg_dump has for as long as it runs."""
    command = [*_PSQL, "--dbname", Postgres.conninfo(stack.settings, "postgres")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        reader.stdin.write(f"BEGIN; LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE; SELECT 'locked';\n")
        reader.stdin.flush()
        if reader.stdout.readline() != "locked\n":
            raise AssertionError("the tables could not be locked")
        try:
            yield
        finally:
            reader.stdin.close()  # It ends, and its transaction with it.
