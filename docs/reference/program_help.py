"""What the programs say of themselves by --help."""

import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
_BINARIES = ROOT / ".local" / "bin"
_FLAG = re.compile(r"  --(\w+) \(default: (.*)\)\n((?:      .*\n)+)")
_CONTROL_FLAG = re.compile(r"  (--\w+(?: \S+)?) +(\S.*)")


@dataclasses.dataclass(frozen=True)
class Flag:
    name: str
    default: str  # Of a service's flag, as it is written there: text in quotes.
    text: str


@dataclasses.dataclass(frozen=True)
class ServiceHelp:
    description: str
    own: list[Flag]
    common: list[Flag]  # Which every service has, though not with the same default.


@dataclasses.dataclass(frozen=True)
class CommandHelp:
    """Of a command of causewayctl."""

    synopsis: str
    summary: str
    destroys: str  # What it asks about before; a sentence, or nothing.
    flags: list[tuple[str, str]]  # "--name VALUE", and what it means.
    rpcs: list[str]


@dataclasses.dataclass(frozen=True)
class ControlHelp:
    flags: list[tuple[str, str]]  # Of every command.
    exit_codes: str
    commands: list[CommandHelp]


def _ask(program: str, *words: str) -> str:
    command = [_BINARIES / program, *words, "--help"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout


def of_service(service: str) -> ServiceHelp:
    text = _ask(service)
    own, _, common = text.partition("Flags of every service:\n")
    flags = [
        [Flag(name, default, " ".join(lines.split())) for name, default, lines in _FLAG.findall(part)]
        for part in (own, common)
    ]
    return ServiceHelp(text.partition("\n")[0].partition(": ")[2], *flags)


def _section(text: str, title: str) -> list[str]:
    return text.partition(f"{title}:\n")[2].partition("\n\n")[0].splitlines()


def _flags(lines: list[str]) -> list[tuple[str, str]]:
    return [_CONTROL_FLAG.fullmatch(line).groups() for line in lines]


def _of_command(words: list[str]) -> CommandHelp:
    text = _ask("causewayctl", *words)
    synopsis, _, summary = text.partition("\n")[0].removeprefix("causewayctl ").partition(" [FLAGS]: ")
    destroys = re.search(r"^(?:It|With .* it) destroys .*$", text, re.MULTILINE)
    return CommandHelp(
        synopsis,
        summary,
        destroys[0] if destroys else "",
        _flags(_section(text, "\n\nFlags")),
        [line.strip() for line in _section(text, "\nCalls")],
    )


def of_control() -> ControlHelp:
    text = _ask("causewayctl")
    commands = [
        # The rest of these columns is its argument.
        _of_command([word for word in line[:30].split() if re.fullmatch("[a-z-]+", word)])
        for line in _section(text, "\nCommands")
    ]
    exit_codes = re.search(r"^Exit codes: (.*)$", text, re.MULTILINE)[1]
    return ControlHelp(_flags(_section(text, "Flags of every command")), exit_codes, commands)
