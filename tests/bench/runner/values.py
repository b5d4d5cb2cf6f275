"""What rows give, and how it is reckoned out of samples."""

import dataclasses
import statistics
from collections.abc import Callable, Sequence

from runner import load
from runner.options import Options

# Runs of a row by itself.
RUNS = 3

Samples = Sequence[load.Sample]


@dataclasses.dataclass(frozen=True)
class Value:
    """One figure, as `--json` has it and with what a reader wants to know besides."""

    name: str
    value: float
    unit: str
    # What happens in a second, to set against the limits; None where that means nothing.
    rate: float | None = None
    note: str = ""
    # What is promised: at most so much of a time or of bytes, at least so much of anything else. None: nothing is.
    bar: float | None = None

    def met(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value <= self.bar if self.unit in ("ms", "bytes") else self.value >= self.bar


@dataclasses.dataclass(frozen=True)
class Row:
    """A row by the name that --rows knows."""

    name: str
    what: str
    run: Callable[[Options], list[Value]]


def median(samples: Samples, key: str) -> float:
    return statistics.median(sample[key] for sample in samples)


def spread(samples: Samples, key: str, form: str = ".0f") -> str:
    values = sorted(sample[key] for sample in samples)
    return f"{values[0]:{form}} to {values[-1]:{form}}"
