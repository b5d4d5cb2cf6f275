"""The command line behind `tests/bench/run.sh push`, `surface`, `query` and `registry`."""

import argparse
import pathlib
import resource
import signal
import sys
from collections.abc import Callable, Sequence

from local.errors import StackError
from runner import load, machine, push_rows, query_rows, registry_rows, report, surface_rows
from runner.options import Options, PushOptions, RegistryOptions
from runner.site import Site
from runner.values import Row, Value

# What rows are run, by what, and where the values go.
_NOT_OF_A_RUN = ("binaries", "load", "json", "rows")


def main() -> int:
    suite = sys.argv[1]
    rows, limits = {
        "push": (push_rows.ROWS, push_rows.LIMITS),
        "surface": (surface_rows.ROWS, surface_rows.LIMITS),
        "query": (query_rows.ROWS, query_rows.LIMITS),
        "registry": (registry_rows.ROWS, registry_rows.LIMITS),
    }[suite]
    arguments, changed = _parse(suite, rows)
    # As for Ctrl-C: whatever was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # 10,000 ASes want some 20,000 sockets; the children inherit this.
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    parse_options = {"push": _push, "surface": _surface, "query": _query, "registry": _registry}[suite]
    options, payload = parse_options(arguments)
    load_before = machine.load_average()
    with Site(options.binaries, replicas=0) as site:
        postgres = site.postgres_settings()
    values: list[Value] = []
    loads: dict[str, float] = {}
    missing: list[str] = []
    failed = 0
    for row in rows:
        if arguments.rows and row.name not in arguments.rows:
            continue
        print(f"--- {row.name}: {row.what}", file=sys.stderr, flush=True)
        try:
            of_row = row.run(options)
        except load.NotAvailable as why:
            missing.append(f"{row.name}: not available ({why})")
            continue
        except (load.Failed, StackError) as why:
            missing.append(f"{row.name}: FAILED ({why})")
            failed += 1
            continue
        for one in of_row:
            print(f"{one.name} {one.value:.6g} {one.unit} ({one.note})", file=sys.stderr, flush=True)
            loads[one.name] = machine.load_average()
        values += of_row
    print(report.conditions(postgres, payload, load_before))
    if changed:
        print(f"options   {', '.join(f'{name} {value}' for name, value in changed.items())}: NOT WHAT THE NAMES STAND FOR")
    print(report.table(values, loads, limits))
    print("\n".join(missing))
    if arguments.json:
        report.write_json(arguments.json, values, changed)
    return 1 if failed else 0


def _push(arguments: argparse.Namespace) -> tuple[Options, str]:
    options = PushOptions(
        binaries=arguments.binaries,
        load=arguments.load,
        seconds=arguments.seconds,
        backlog_events=arguments.backlog_events,
        catch_up_events=arguments.catch_up_events,
        batch_events=arguments.batch_events,
        window=arguments.window,
    )
    payload = (
        f"700-byte events, {options.batch_events} a Publish, {options.window} Publish calls under way at once; "
        "all on this machine: source, Postgres, registry, push_dispatcher, ASes"
    )
    return options, payload


def _surface(arguments: argparse.Namespace) -> tuple[Options, str]:
    options = Options(binaries=arguments.binaries, load=arguments.load, seconds=arguments.seconds)
    return options, "HTTP over loopback; all on this machine: clients, Postgres, the five services, one bridge"


def _query(arguments: argparse.Namespace) -> tuple[Options, str]:
    options = Options(binaries=arguments.binaries, load=arguments.load, seconds=arguments.seconds)
    return options, "QueryUser over gRPC; all on this machine: callers, registry, query_proxy, one AS"


def _registry(arguments: argparse.Namespace) -> tuple[Options, str]:
    options = RegistryOptions(
        binaries=arguments.binaries,
        load=arguments.load,
        seconds=arguments.seconds,
        appservices=arguments.appservices,
    )
    return options, f"{options.appservices} application services; all on this machine: callers, Postgres, registry"


def _parse(suite: str, rows: Sequence[Row]) -> tuple[argparse.Namespace, dict[str, object]]:
    """Also those of the options that decide what is measured, and aren't as usual."""
    parser = argparse.ArgumentParser(prog=f"tests/bench/run.sh {suite}", allow_abbrev=False)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--load", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--json",
        type=pathlib.Path,
        metavar="FILE",
        help="also write the values there, one object a line; with the options below, if any, in each",
    )
    names = ", ".join(row.name for row in rows)
    parser.add_argument("--rows", type=_one_of(rows), metavar="NAME,...", help=f"only these: {names}")
    parser.add_argument("--seconds", type=float, help="of each run, to try a row out; rows have their own")
    if suite == "registry":
        parser.add_argument("--appservices", type=int, default=10_000, help="fewer, to try it out (default: 10,000)")
    if suite == "push":
        parser.add_argument("--backlog_events", type=int, default=10_000_000, help="row isolation (default: 10,000,000)")
        parser.add_argument("--catch_up_events", type=int, default=1_000_000, help="row catch_up (default: 1,000,000)")
        parser.add_argument("--batch_events", type=int, default=500, help="in one Publish (default: 500)")
        parser.add_argument("--window", type=int, default=8, help="Publish calls under way at once (default: 8)")
    arguments = parser.parse_args(sys.argv[2:])
    changed = {
        name: value
        for name, value in vars(arguments).items()
        if name not in _NOT_OF_A_RUN and value != parser.get_default(name)
    }
    return arguments, changed


def _one_of(rows: Sequence[Row]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        unknown = set(names) - {row.name for row in rows}
        if unknown:
            raise argparse.ArgumentTypeError(f"there is no row {', '.join(sorted(unknown))}")
        return names

    return parse


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
