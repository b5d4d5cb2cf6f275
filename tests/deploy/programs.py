"""What the programs themselves say of the flags that files give them."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")
GRPC_PORTS = {name: 7101 + index for index, name in enumerate(SERVICES)}
# Who calls whom by gRPC: ARCHITECTURE.md, "Who talks to whom".
CALLS = {
    "registry": set(),
    "query_proxy": {"registry"},
    "push_dispatcher": {"registry", "push_dispatcher"},
    "homeserver": {"registry", "query_proxy", "push_dispatcher"},
    "gateway": {"registry", "query_proxy", "push_dispatcher", "homeserver"},
    "causewayctl": {"registry", "query_proxy", "push_dispatcher", "homeserver"},
}
WITH_DATABASE = ("registry", "push_dispatcher", "homeserver")


def refusal(program: str, arguments: list[str]) -> str:
    """Why the program would not take them; empty if it would. --help comes after all flags were read."""
    command = [ROOT / ".local" / "bin" / program, *arguments, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return "" if done.returncode == 0 else done.stderr or f"exit code {done.returncode}"


def flag_values(arguments: list[str]) -> dict[str, str]:
    """Of arguments that are all --name=value or --name."""
    return dict(word.removeprefix("--").partition("=")[::2] for word in arguments)


def host_name(program: str) -> str:
    """As DNS has it, which knows no underscores."""
    return program.replace("_", "-")
