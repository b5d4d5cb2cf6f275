"""Runs the rows of the push benchmark: starts what each needs, has //tests/bench/push:push_bench
measure, and reports medians. Python's standard library only.
"""
