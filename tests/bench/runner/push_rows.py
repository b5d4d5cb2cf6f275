"""The rows of the push benchmark: what each starts, how the load is called, and which names its values have."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

from runner import load
from runner.options import PushOptions
from runner.site import SLOW_DISK_OPTIONS, Site
from runner.values import RUNS, Row, Samples, Value, median, spread

# Of each side of a comparison.
ROUNDS = 5

# What the rows are to reach on a machine like the one described in README.md.
BARS = {
    "push.one_as.events_per_second": 110_000,
    "push.fanout_100.deliveries_per_second": 700_000,
    "push.ases_1000.ratio": 0.7,
    "push.ases_10000.ratio": 0.5,
    "push.latency_ases_1.p50_ms": 3,
    "push.latency_ases_1.p99_ms": 12,
    "push.latency_ases_10.p50_ms": 3,
    "push.latency_ases_10.p99_ms": 12,
    "push.latency_ases_100.p50_ms": 7,
    "push.slow_disk.events_per_second": 30_000,
    "push.slow_disk_remembers_all.events_per_second": 80_000,
    "push.catch_up.events_per_second": 150_000,
    # Of at most 100: but for the one that was cut before the outage, and the last.
    "push.catch_up.events_per_transaction": 99,
    "push.isolation.rate_ratio": 0.9,
    "push.isolation.latency_ratio": 0.9,
    "push.two_replicas.ratio": 0.9,
}


def _load(options: PushOptions, row: str, **flags: object) -> load.Result:
    return load.run(
        options.load,
        row,
        batch_events=options.batch_events,
        window=options.window,
        rest_seconds=options.shortened(6),
        **flags,
    )


def oddities(samples: Samples) -> str:
    """What should not have happened often, if it did."""
    text = ""
    for key in ("gaps", "refused", "repeated_events"):
        total = sum(sample.get(key, 0) for sample in samples)
        if total:
            text += f", {total:.0f} {key.replace('_', ' ')}"
    return text


def details(samples: Samples) -> str:
    """What may explain a rate."""
    return f"{median(samples, 'events_per_transaction'):.1f} events a transaction" + oddities(samples)


def throughput(
    name: str,
    unit: str,
    flags: Mapping[str, object],
    seconds: float,
    slow_disk: bool = False,
    tell: Callable[[PushOptions, Site], None] = lambda options, site: None,
) -> Callable[[PushOptions], list[Value]]:
    """One site by itself; `name` ends with the key of a sample."""
    key = name.rpartition(".")[2]

    def run(options: PushOptions) -> list[Value]:
        with Site(options.binaries, postgres_options=SLOW_DISK_OPTIONS if slow_disk else None) as site:
            result = _load(
                options,
                "throughput",
                **load.addresses(site),
                runs=RUNS,
                seconds=options.shortened(seconds),
                **flags,
            )
            tell(options, site)
        if result.unavailable:
            raise load.NotAvailable(result.unavailable)
        rate = median(result.row, key)
        note = f"{spread(result.row, key)}; {details(result.row)}"
        return [Value(name, rate, unit, rate=rate, note=note, bar=BARS[name])]

    return run


@contextlib.contextmanager
def _two_sites(options: PushOptions, replicas: int = 1) -> Iterator[tuple[Site, Site, Mapping[str, object]]]:
    """The row's site and the one to compare it with, and how the load is told of both."""
    with Site(options.binaries, replicas=replicas) as site, Site(options.binaries) as base:
        yield site, base, {**load.addresses(site), **load.addresses(base, "base_")}


def ratio(
    name: str,
    flags: Mapping[str, object],
    key: str = "events_per_second",
    seconds: float = 10,
    replicas: int = 1,
    more: Callable[[PushOptions, Site, Site], list[Value]] = lambda options, site, base: [],
    more_flags: Callable[[PushOptions], Mapping[str, object]] = lambda options: {},
) -> Callable[[PushOptions], list[Value]]:
    """Two sites in turn. The median of the rounds' ratios: each round has the machine as it is then."""

    def run(options: PushOptions) -> list[Value]:
        with _two_sites(options, replicas) as (site, base, addresses):
            result = _load(
                options,
                "compare",
                **addresses,
                runs=ROUNDS,
                seconds=options.shortened(seconds),
                **flags,
                **more_flags(options),
            )
            values = more(options, site, base)
        ratios = [{"ratio": one[key] / other[key]} for one, other in zip(result.row, result.base)]
        rate = median(result.row, key)
        note = (
            f"{spread(ratios, 'ratio', '.2f')}; {rate:.0f} ({details(result.row)}) "
            f"against {median(result.base, key):.0f} ({details(result.base)})"
        )
        return [Value(name, median(ratios, "ratio"), "ratio", rate=rate, note=note, bar=BARS[name])] + values

    return run


def latency(appservices: int) -> Callable[[PushOptions], list[Value]]:
    def run(options: PushOptions) -> list[Value]:
        with Site(options.binaries) as site:
            result = _load(
                options,
                "latency",
                **load.addresses(site),
                runs=RUNS,
                seconds=options.shortened(15),
                appservices=appservices,
                everyone="true",
            )
        return [
            Value(
                f"push.latency_ases_{appservices}.{key}",
                median(result.row, key),
                "ms",
                note=f"{spread(result.row, key, '.2f')}; {median(result.row, 'samples'):.0f} deliveries a run"
                + oddities(result.row),
                bar=BARS.get(f"push.latency_ases_{appservices}.{key}"),
            )
            for key in ("p50_ms", "p99_ms")
        ]

    return run


def isolation_latency(options: PushOptions) -> list[Value]:
    name = "push.isolation.latency_ratio"
    with _two_sites(options) as (_, _, addresses):
        result = _load(
            options,
            "compare_latency",
            **addresses,
            runs=ROUNDS,
            seconds=options.shortened(10),
            appservices=10,
            base_appservices=10,
            everyone="true",
            hanging_events=options.backlog_events,
        )
    ratios = [{"ratio": other["p50_ms"] / one["p50_ms"]} for one, other in zip(result.row, result.base)]
    note = f"{spread(ratios, 'ratio', '.2f')}; p50, p99 " + " against ".join(
        f"{median(samples, 'p50_ms'):.2f}, {median(samples, 'p99_ms'):.2f} ms" for samples in (result.row, result.base)
    )
    note += oddities(result.row)
    return [Value(name, median(ratios, "ratio"), "ratio", note=note, bar=BARS[name])]


def catch_up(options: PushOptions) -> list[Value]:
    name = "push.catch_up.events_per_second"
    with Site(options.binaries) as site:
        result = _load(
            options,
            "catch_up",
            **load.addresses(site),
            runs=RUNS,
            seconds=1,
            catch_up_events=options.catch_up_events,
        )
    rate = median(result.row, "events_per_second")
    note = f"{options.catch_up_events} events; {spread(result.row, 'events_per_second')}; {details(result.row)}"
    # Of the worst run: small ones are what an outage leaves if nothing joins them.
    full = "push.catch_up.events_per_transaction"
    fewest = min(sample["events_per_transaction"] for sample in result.row)
    return [
        Value(name, rate, "events/s", rate=rate, note=note, bar=BARS[name]),
        Value(full, fewest, "events", note="of at most 100, in the worst run", bar=BARS[full]),
    ]


def resident(options: PushOptions, site: Site, base: Site) -> list[Value]:
    note = (
        f"its peak, with {options.backlog_events} events queued for one that hangs, against {base.peak_resident_bytes()} "
        "without; bounded by --queue_window_entries (256 lists of events a queue, about 100 bytes each and a bit for each "
        "event) and --segment_cache_bytes (64 MiB for all)"
    )
    return [Value("push.backlog_10m.resident_bytes", site.peak_resident_bytes(), "bytes", note=note)]


def limit_store(options: PushOptions) -> list[Value]:
    with Site(options.binaries, replicas=0) as site:
        result = _load(
            options,
            "store",
            database=site.database,
            commit_events=options.commit_events,
            runs=RUNS,
            seconds=options.shortened(8),
        )
    rate = median(result.row, "events_per_second")
    note = f"{spread(result.row, 'events_per_second')}; {options.commit_events} events a commit"
    return [Value("limit.store.events_per_second", rate, "events/s", note=note)]


def limit_put(options: PushOptions) -> list[Value]:
    result = _load(options, "put", runs=RUNS, seconds=options.shortened(8))
    rate = median(result.row, "events_per_second")
    note = f"{spread(result.row, 'events_per_second')}; 100 events a PUT"
    return [Value("limit.put.events_per_second", rate, "events/s", note=note)]


def remember_commit_size(options: PushOptions, site: Site) -> None:
    """The limit is to be measured with the commits that push_dispatcher makes."""
    options.commit_events = site.events_per_commit() or options.commit_events


ROWS = (
    Row(
        "one_as",
        "1 AS, as fast as it goes",
        throughput("push.one_as.events_per_second", "events/s", {}, 30, tell=remember_commit_size),
    ),
    Row("limit.store", "the same bytes straight into Postgres", limit_store),
    Row("limit.put", "the same transactions straight to the AS", limit_put),
    Row(
        "fanout_100",
        "100 ASes, each gets every event",
        throughput(
            "push.fanout_100.deliveries_per_second",
            "deliveries/s",
            {"appservices": 100, "everyone": "true"},
            15,
        ),
    ),
    Row(
        "ases_1000",
        "1,000 ASes in turn, against 1 AS",
        ratio("push.ases_1000.ratio", {"appservices": 1000}),
    ),
    Row(
        "ases_10000",
        "10,000 ASes in turn, against 1 AS",
        ratio("push.ases_10000.ratio", {"appservices": 10000}),
    ),
    Row("latency_ases_1", "100 events/s to 1 AS", latency(1)),
    Row("latency_ases_10", "100 events/s to each of 10 ASes", latency(10)),
    Row("latency_ases_100", "100 events/s to each of 100 ASes", latency(100)),
    Row(
        "slow_disk",
        "1 AS, 2 ms more for each commit",
        throughput("push.slow_disk.events_per_second", "events/s", {}, 15, slow_disk=True),
    ),
    Row(
        "slow_disk_remembers_all",
        "the same; the AS remembers every ID",
        throughput(
            "push.slow_disk_remembers_all.events_per_second",
            "events/s",
            {"remembers_every_txn_id": "true"},
            15,
            slow_disk=True,
        ),
    ),
    Row("catch_up", "1 AS that was down, up again", catch_up),
    Row(
        "isolation",
        "10 ASes beside one that hangs, against 10",
        ratio(
            "push.isolation.rate_ratio",
            {"appservices": 10, "base_appservices": 10},
            more=resident,
            more_flags=lambda options: {"hanging_events": options.backlog_events},
        ),
    ),
    Row("isolation_latency", "the same at 100 events/s to each", isolation_latency),
    Row(
        "two_replicas",
        "2 push_dispatchers against 1, 100 ASes",
        ratio(
            "push.two_replicas.ratio",
            {"appservices": 100, "base_appservices": 100, "everyone": "true"},
            key="deliveries_per_second",
            replicas=2,
        ),
    ),
)
LIMITS = (("store", "limit.store.events_per_second"), ("put", "limit.put.events_per_second"))
