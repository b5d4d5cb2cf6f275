"""Runs the rows of the benchmarks: starts what each needs, has a program make the load and
measure, and reports medians. Python's standard library only.
"""
