"""docs/reference/flags.md and causewayctl.md: every flag and command, from the programs' own --help."""

import markdown_text
import program_help
from program_help import CommandHelp, Flag, ServiceHelp

SERVICES = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")

_FLAGS_INTRODUCTION = """\
# Flags

Of the five services; those of the operator's command line are in [causewayctl.md](causewayctl.md). Made of the programs' own `--help` by
[generate.py](generate.py); a test holds it fresh. `--name=value` or `--name value`; what is on or off also as `--name` and `--noname`. An unknown flag
or a bad value ends the process with exit code 2 before it listens. A unit stands in a flag's name, or else in its first words. Which ones have
to be given, and which there are for what clients may take: [operating](../guides/operating.md#flags).
""".splitlines()

_CONTROL_INTRODUCTION = """\
# causewayctl

The operator's command line: `causewayctl [FLAGS] NOUN VERB [ARGUMENT] [FLAGS]`. Made of its own `--help` by [generate.py](generate.py); a test holds it fresh.
How it is used: [operating](../guides/operating.md#causewayctl). What it calls: [RPCs](rpcs.md).
""".splitlines()


def _default(value: str) -> str:
    text = value.strip('"')
    if text != value:
        return f"`{text}`" if text else ""
    return {"true": "on", "false": "off"}.get(value, value)


def _rows(flags: list[Flag]) -> list[list[str]]:
    return [[f"`--{flag.name}`", _default(flag.default), markdown_text.cell(flag.text)] for flag in flags]


def _common(helps: dict[str, ServiceHelp]) -> list[list[str]]:
    """Where a default is not every service's, each one's."""
    rows = _rows(helps[SERVICES[0]].common)
    for index, row in enumerate(rows):
        defaults = {service: _default(helps[service].common[index].default) for service in SERVICES}
        if len(set(defaults.values())) > 1:
            row[1] = "<br>".join(f"{service}: {value}" for service, value in defaults.items())
    return rows


def flags_page() -> str:
    helps = {service: program_help.of_service(service) for service in SERVICES}
    heads = ["flag", "default", ""]
    lines = [*_FLAGS_INTRODUCTION, "", "## Every service", "", *markdown_text.table(heads, _common(helps))]
    for service, said in helps.items():
        lines += [f"## {service}", "", markdown_text.escaped(said.description), "", *markdown_text.table(heads, _rows(said.own))]
    return "\n".join(lines)


def _list(flags: list[tuple[str, str]]) -> list[str]:
    return [*(f"* `{form}`: {markdown_text.escaped(text)}" for form, text in flags), ""]


def _rpc(name: str) -> str:
    method = name.rpartition(".")[2].replace("/", ".")
    return f"[{method}](rpcs.md#{markdown_text.anchor(method)})"


def _command(command: CommandHelp) -> list[str]:
    lines = [f"### {command.synopsis}", "", f"{markdown_text.escaped(command.summary[:1].upper() + command.summary[1:])}", ""]
    if command.destroys:
        lines += [markdown_text.escaped(command.destroys), ""]
    lines += _list(command.flags) if command.flags else []
    if command.rpcs:
        lines += [f"Calls {', '.join(map(_rpc, command.rpcs))}.", ""]
    return lines


def control_page() -> str:
    said = program_help.of_control()
    lines = [*_CONTROL_INTRODUCTION, "", "## Flags of every command", "", *_list(said.flags)]
    lines += ["## Exit codes", "", said.exit_codes, "", "## Commands", ""]
    for command in said.commands:
        lines += _command(command)
    return "\n".join(lines).rstrip("\n") + "\n"
