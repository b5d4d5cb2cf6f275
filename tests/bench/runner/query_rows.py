"""The rows of the query benchmark."""

import statistics
from collections.abc import Callable

from runner import load
from runner.options import Options
from runner.site import Site
from runner.values import RUNS, Row, Value, median, spread

_SHARE_BAR = 0.6
_COMPARED_RUNS = 5  # The order changes.


def _waiters(count: int) -> Callable[[Options], list[Value]]:
    """By bare libcurl, by query_proxy's engine alone, and through query_proxy, in turn."""
    name = f"waiters_{count}"

    def run(options: Options) -> list[Value]:
        with Site(options.binaries, replicas=0, others=("query_proxy",)) as site:
            result = load.run(
                options.load,
                name,
                registry=site.registry,
                query_proxy=site.address("query_proxy"),
                waiters=count,
                runs=RUNS,
                seconds=options.shortened(5),
                rest_seconds=options.shortened(1),
            )
        return [
            *_figures(f"curl.{name}", "requests", result.base),
            *_figures(f"engine.{name}", "queries", result.engine),
            _share(f"engine.{name}.share", result.engine, result.base),
            *_figures(f"grpc.{name}", "calls", result.grpc),
            *_figures(f"query.{name}", "queries", result.row),
            _share(f"query.{name}.share", result.row, result.base),
        ]

    return run


def _beside_hanging(options: Options) -> list[Value]:
    """Ten ask one service, with 1,000 waiting for one that hangs and without, in turn."""
    name = "beside_hanging"
    with Site(options.binaries, replicas=0, others=("query_proxy",)) as site:
        result = load.run(
            options.load,
            name,
            registry=site.registry,
            query_proxy=site.address("query_proxy"),
            waiters=10,
            runs=_COMPARED_RUNS,
            seconds=options.shortened(5),
            rest_seconds=options.shortened(1),
        )
    values = []
    for key in ("p50_ms", "p99_ms"):
        values.append(Value(f"{name}.{key}", median(result.row, key), "ms", note=spread(result.row, key, ".2f")))
        values.append(Value(f"{name}.alone.{key}", median(result.base, key), "ms", note=spread(result.base, key, ".2f")))
        ratios = [one[key] / other[key] for one, other in zip(result.row, result.base)]
        note = f"{min(ratios):.2f} to {max(ratios):.2f}"
        values.append(Value(f"{name}.{key[:3]}_ratio", statistics.median(ratios), "of alone", note=note))
    return values


def _share(name: str, samples: list[load.Sample], base: list[load.Sample]) -> Value:
    shares = [one["per_second"] / other["per_second"] for one, other in zip(samples, base)]
    share = statistics.median(shares)
    note = f"{min(shares):.2f} to {max(shares):.2f}"
    return Value(name, share, "of curl", rate=share, note=note, bar=_SHARE_BAR)


def _figures(name: str, what: str, samples: list[load.Sample]) -> list[Value]:
    rate = median(samples, "per_second")
    return [
        Value(f"{name}.{what}_per_second", rate, f"{what}/s", rate=rate, note=spread(samples, "per_second")),
        Value(
            f"{name}.p99_ms",
            median(samples, "p99_ms"),
            "ms",
            note=f"{spread(samples, 'p99_ms', '.2f')}; p50 {median(samples, 'p50_ms'):.2f}",
        ),
    ]


ROWS = tuple(
    Row(f"waiters_{count}", f"{count} at a time ask about users, each about another", _waiters(count))
    for count in (1, 100, 1000)
) + (
    Row(
        "beside_hanging",
        "10 at a time ask about users, while 1,000 wait for another service, which hangs, and while none does",
        _beside_hanging,
    ),
)
LIMITS = ()
