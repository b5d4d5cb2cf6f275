"""Runs Causeway on one machine: a private PostgreSQL and the five services.

`deploy/local.sh` is its command line; the demonstration and the end-to-end tests
use it as a library (`stack.Stack`), so that what they prove is what users run.
Python's standard library only.
"""
