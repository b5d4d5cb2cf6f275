"""One service's schema is kept, and put back."""

import subprocess

from stack_fixture import ROOT, Stack

from local.postgres import Postgres


def back_up(stack: Stack, schema: str) -> str:
    return _run("pg_dump", "--schema", schema, "--dbname", _conninfo(stack))


def restore(stack: Stack, schema: str, backup: str) -> None:
    """At once for everybody who looks on: in one transaction, and with new connections."""
    end_connections = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{schema}'"
    sql = f"DROP SCHEMA {schema} CASCADE;\n{backup}\n{end_connections};\n"
    _run(
        *("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
        *("--dbname", _conninfo(stack)),
        stdin=sql,
    )


def _conninfo(stack: Stack) -> str:
    return Postgres.conninfo(stack.settings, "postgres")


def _run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(
        command, input=stdin, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.stderr}")
    return done.stdout
