"""What the figures were measured on."""

import os
import pathlib
import platform
import re


def describe() -> str:
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+) kB$", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    return (
        f"{os.cpu_count()} x {cpu[1] if cpu else platform.machine()}, "
        f"{int(memory[1]) / 2**20:.0f} GiB, Linux {platform.release()}"
    )


def load_average() -> float:
    """Over the last minute; what was measured is part of it."""
    return os.getloadavg()[0]
