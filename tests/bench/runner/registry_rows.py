"""The rows of the registry benchmark."""

from runner import load
from runner.options import Options, RegistryOptions
from runner.site import Site
from runner.values import Row, Value

_CONSUMERS = 5
_DELAY_BAR_MS = 1000


def _full(options: Options) -> list[Value]:
    """The registry is filled once, which takes longest; all is measured on that one."""
    assert isinstance(options, RegistryOptions)
    with Site(options.binaries, replicas=0) as site:
        result = load.run(
            options.load,
            "full",
            registry=site.registry,
            registry_pid=site.pid("registry"),
            appservices=options.appservices,
            consumers=_CONSUMERS,
            seconds=options.shortened(10),
        )
    (sample,) = result.row
    rate = sample["registrations_per_second"]
    updates = f"{sample['missed_updates']:.0f} registrations had changed"
    changes = f"{sample['delay_count'] / _CONSUMERS:.0f} changes, {_CONSUMERS} consumers"
    checks = f"{sample['decision_count']:.0f} of CheckNamespaces with three namespaces, gRPC and lint included"
    return [
        Value("registry.registrations_per_second", rate, "registrations/s", rate=rate, note="each with 3 namespaces"),
        *(
            Value(f"registry.delay.{part}_ms", sample[f"delay_{part}_ms"], "ms", note=changes, bar=_DELAY_BAR_MS)
            for part in ("p50", "p99", "max")
        ),
        Value("registry.reconnect.bytes", sample["missed_bytes"], "bytes", note=updates, bar=sample["snapshot_bytes"]),
        Value("registry.reconnect.messages", sample["missed_messages"], "messages", note=updates),
        Value("registry.snapshot.bytes", sample["snapshot_bytes"], "bytes"),
        Value("registry.snapshot.messages", sample["snapshot_messages"], "messages"),
        Value("registry.snapshot.ms", sample["snapshot_ms"], "ms", note="until all consumers can use it"),
        Value("registry.resident_bytes", sample["resident_bytes"], "bytes", note="while all consumers watch"),
        *(
            Value(f"registry.decision.{part}_ms", sample[f"decision_{part}_ms"], "ms", note=checks)
            for part in ("p50", "p99", "max")
        ),
    ]


ROWS = (Row("full", "10,000 application services with 30,000 namespaces, and five that watch", _full),)
LIMITS = ()
