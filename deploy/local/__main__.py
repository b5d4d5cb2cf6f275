"""The command line behind deploy/local.sh; its help text stands there."""

import argparse
import os
import pathlib
import sys

from local import report
from local.errors import StackError
from local.stack import Stack
from local.state import SERVICES

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_OPTIONS_WITH_VALUE = ("--state", "--server_name", "--gateway_port")


def main() -> int:
    try:
        options, rest = _parse(sys.argv[1:])
        return _COMMANDS[options.command](options, rest)
    except StackError as error:
        print(f"local.sh: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # Somebody reads our output and has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parse(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Options may stand before or after the command, but what follows `ctl` and its own
    options belongs to causewayctl, whatever it looks like."""
    parser = argparse.ArgumentParser(prog="deploy/local.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("--state", type=pathlib.Path)
    parser.add_argument("--server_name")
    parser.add_argument("--gateway_port", type=_port)
    parser.add_argument("--rate_limits", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    position = 0
    while position < len(words) and words[position] != "ctl":
        position += 2 if words[position] in _OPTIONS_WITH_VALUE else 1
    if position < len(words):
        position += 1
        while position < len(words) and words[position].partition("=")[0] in _OPTIONS_WITH_VALUE:
            position += 1 if "=" in words[position] else 2
        return parser.parse_args(words[:position]), words[position:]
    options, rest = parser.parse_known_args(words)
    if rest and options.command != "logs":
        parser.error(f"{options.command} takes no {rest[0]!r}")
    return options, rest


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port lies between 0 and 65535")
    return int(text)


def _stack(options: argparse.Namespace) -> Stack:
    return Stack(options.state or _ROOT / ".local", rate_limits=options.rate_limits, tls=options.tls)


def _up(options: argparse.Namespace, _: list[str]) -> int:
    stack = _stack(options)
    started = stack.up(options.server_name, options.gateway_port)
    print(f"started: {', '.join(started)}" if started else "everything was running", file=sys.stderr)
    print(stack.url)
    return 0


def _down(options: argparse.Namespace, _: list[str]) -> int:
    stack = _stack(options)
    if not stack.state.exists():
        print(f"nothing was ever started with the state {stack.state.folder}", file=sys.stderr)
        return 0
    killed = stack.down()
    for name in killed:
        log = stack.state.log_file(name)
        print(f"{name} did not end when asked and was killed; see {log}", file=sys.stderr)
    print("down", file=sys.stderr)
    return 0


def _status(options: argparse.Namespace, _: list[str]) -> int:
    stack = _stack(options)
    services = stack.status()
    render = report.as_json if options.json else report.as_table
    print(render(stack, services))
    return 0 if all(one.ready for one in services) else 1


def _logs(options: argparse.Namespace, rest: list[str]) -> int:
    state = _stack(options).state
    follow = "-f" in rest
    names = [word for word in rest if word != "-f"]
    logs = [state.log_file(name) for name in names] or sorted(state.logs.glob("*.log"))
    for log in logs:
        if not log.exists():
            known = ", ".join(("postgres",) + SERVICES)
            raise StackError(f"there is no {log}; the services are: {known}")
    if not logs:
        raise StackError(f"there are no logs in {state.logs}")
    how = ["-F"] if follow else []
    os.execv("/usr/bin/tail", ["tail", "-n", "100"] + how + [str(log) for log in logs])


def _ctl(options: argparse.Namespace, rest: list[str]) -> int:
    command = _stack(options).ctl_command(rest)
    try:
        os.execv(command[0], command)
    except OSError as error:
        raise StackError(f"cannot run {command[0]}: {error}") from error


def _demo(options: argparse.Namespace, _: list[str]) -> int:
    # Only here, so that the other commands start without it.
    sys.path.insert(0, str(_ROOT / "deploy" / "demo"))
    import demo

    return demo.run(
        folder=(options.state or _ROOT / ".local") / "demo",
        server_name=options.server_name or "hsdomain.com",
        gateway_port=options.gateway_port or 0,
        keep=options.keep,
    )


_COMMANDS = {"up": _up, "down": _down, "status": _status, "logs": _logs, "ctl": _ctl, "demo": _demo}

if __name__ == "__main__":
    sys.exit(main())
