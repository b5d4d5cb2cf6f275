"""The rows of the surface benchmark."""

from collections.abc import Callable

from runner import load
from runner.options import Options
from runner.site import Site
from runner.values import RUNS, Row, Value, median, spread

# What is counted as Causeway's memory: every process of its own, PostgreSQL not.
_PROCESSES = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")
_MEBIBYTE = 2**20


def _measure(options: Options, row: str, seconds: float) -> list[load.Sample]:
    with Site(options.binaries, whole=True) as site:
        return load.run(
            options.load,
            row,
            registry=site.registry,
            gateway_port=site.gateway_port,
            database=site.database,
            pids=",".join(f"{name}:{site.pid(name)}" for name in _PROCESSES),
            runs=RUNS,
            seconds=options.shortened(seconds),
            rest_seconds=options.shortened(3),
        ).row


def _rate(name: str, row: str, seconds: float, bar: float | None) -> Callable[[Options], list[Value]]:
    """`name` ends with the key of a sample, "messages_per_second"."""
    key = name.rpartition(".")[2]
    unit = key.replace("_per_second", "/s")

    def run(options: Options) -> list[Value]:
        samples = _measure(options, row, seconds)
        rate = median(samples, key)
        return [Value(name, rate, unit, rate=rate, note=spread(samples, key), bar=bar)]

    return run


def _send(options: Options) -> list[Value]:
    samples = _measure(options, "send", 10)
    rate = median(samples, "messages_per_second")
    lag = f"the bridge has the last one {median(samples, 'bridge_lag_ms'):.0f} ms after the last answer"
    p50 = f"p50 {median(samples, 'p50_ms'):.1f}"
    return [
        Value(
            "surface.send.messages_per_second",
            rate,
            "messages/s",
            rate=rate,
            note=f"{spread(samples, 'messages_per_second')}; {lag}",
            bar=4000,
        ),
        Value(
            "surface.send.p99_ms",
            median(samples, "p99_ms"),
            "ms",
            note=f"{spread(samples, 'p99_ms', '.1f')}; {p50}",
            bar=50,
        ),
    ]


def _to_bridge(options: Options) -> list[Value]:
    samples = _measure(options, "to_bridge", 15)
    return [
        Value(
            f"surface.to_bridge.{key}",
            median(samples, key),
            "ms",
            note=f"{spread(samples, key, '.2f')}; {median(samples, 'samples'):.0f} messages a run",
            bar=bar,
        )
        for key, bar in (("p50_ms", 8), ("p99_ms", 25))
    ]


def _sync(options: Options) -> list[Value]:
    return _syncs(options, "sync", "")


def _sync_online(options: Options) -> list[Value]:
    return _syncs(options, "sync_online", ".online")


def _syncs(options: Options, row: str, suffix: str) -> list[Value]:
    samples = _measure(options, row, 10)
    each = ", ".join(f"{name} {median(samples, f'{name}_bytes') / _MEBIBYTE:.0f}" for name in _PROCESSES)
    before = f"{median(samples, 'before_bytes') / _MEBIBYTE:.0f} before anybody came"
    return [
        Value(
            f"surface.sync_5000{suffix}.resident_bytes",
            median(samples, "resident_bytes"),
            "bytes",
            note=f"MiB: {each}; {before}",
            bar=300_000_000,
        ),
        Value(
            f"surface.sync_wake{suffix}.p99_ms",
            median(samples, "p99_ms"),
            "ms",
            note=f"{spread(samples, 'p99_ms', '.1f')}; p50 {median(samples, 'p50_ms'):.1f}; "
            f"{median(samples, 'samples'):.0f} answers a run, and {median(samples, 'presence_answers'):.0f} of presence",
            bar=50,
        ),
    ]


def _commits(options: Options) -> list[Value]:
    name = "limit.commit.commits_per_second"
    with Site(options.binaries, replicas=0) as site:
        samples = load.run(
            options.load, "commits", database=site.database, runs=RUNS, seconds=options.shortened(5)
        ).row
    return [Value(name, median(samples, "commits_per_second"), "commits/s", note=spread(samples, "commits_per_second"))]


ROWS = (
    Row("limit.commit", "one row a commit straight into Postgres", _commits),
    Row(
        "limit.versions",
        "GET /versions through the gateway, 50 at a time",
        _rate("limit.versions.requests_per_second", "versions", 5, bar=None),
    ),
    Row("send", "50 ghosts of one bridge, as fast as they can", _send),
    Row("to_bridge", "50 messages/s of a person, until the bridge has them", _to_bridge),
    Row("sync", "5,000 wait in /sync, and 20 at a time are woken", _sync),
    Row("sync_online", "the same, and all come online", _sync_online),
    Row(
        "create_room",
        "rooms as bridges make them, 8 at a time",
        _rate("surface.create_room.rooms_per_second", "create_room", 10, bar=300),
    ),
)
LIMITS = (("commits", "limit.commit.commits_per_second"), ("GETs", "limit.versions.requests_per_second"))
