"""docs/reference/rpcs.md: every RPC, from the comments of the protos."""

import collections
import pathlib

import descriptors
import markdown_text
from descriptors import Enum, File, Message, Method

_INTRODUCTION = """\
# RPCs

What the services and `causewayctl` call each other by: gRPC, `protos/causeway/*/v1`. Made of the protos' comments by
[generate.py](generate.py); a test holds it fresh. By default the registry listens at port 7101, query_proxy at 7102, push_dispatcher at 7103
and the homeserver at 7104; the gateway serves none of these. Who may call an RPC stands beside it, and holds
[with TLS or an operator token](../guides/operating.md#who-may-call-what). gRPC's health service and reflection are served besides.
""".splitlines()


class _Page:
    def __init__(self, files: list[File]) -> None:
        self._files = files
        self._messages = {message.name: message for file in files for message in file.messages}
        self._enums = {enum.name: enum for file in files for enum in file.enums}
        self._uses = collections.Counter(
            [kind for file in files for service in file.services for method in service.methods
             for kind in (method.request, method.response)]
            + [field.kind for message in self._messages.values() for field in message.fields
               if not field.kind.startswith(f"{message.name}.")]
        )  # fmt: skip
        self._methods = [method for file in files for service in file.services for method in service.methods]
        # Told where their one RPC is, with what lies in them.
        self._own = {
            kind for method in self._methods for kind in (method.request, method.response) if self._uses[kind] == 1
        }

    def lines(self) -> list[str]:
        lines = [*_INTRODUCTION]
        packages: dict[str, list[File]] = {}
        for file in sorted(self._files, key=_place):
            packages.setdefault(file.package, []).append(file)
        rows: list[list[str]] = []
        for package, files in packages.items():
            services = [_short(service.name) for file in files for service in file.services]
            links = ", ".join(f"[{name}](#{markdown_text.anchor(name)})" for name in services)
            rows.append([f"[{package}](#{markdown_text.anchor(package)})", links])
        lines += ["", *markdown_text.table(["package", "services"], rows)]
        for package, files in packages.items():
            lines += [f"## {package}", ""]
            for file in files:
                lines += [f"`protos/{file.path}`", "", *markdown_text.paragraphs(file.comment)]
                for service in file.services:
                    lines += self._service(service)
            lines += self._types(package, files)
        return lines

    def _service(self, service: descriptors.Service) -> list[str]:
        name = _short(service.name)
        lines = [f"### {name}", "", *markdown_text.paragraphs(service.comment)]
        for method in service.methods:
            lines += [f"#### {name}.{method.name}", "", *markdown_text.paragraphs(method.comment), *self._signature(method)]
            for kind in (method.request, method.response):
                if kind in self._own:
                    lines += self._with_what_lies_in_it(self._messages[kind])
        return lines

    def _signature(self, method: Method) -> list[str]:
        request, response = (
            f"{'a stream of ' if streams else ''}{self._link(kind)}"
            for kind, streams in ((method.request, method.request_streams), (method.response, method.response_streams))
        )
        return [f"{request} → {response}. For: {', '.join(method.callers) or 'nobody'}.", ""]

    def _types(self, package: str, files: list[File]) -> list[str]:
        lines: list[str] = []
        for file in files:
            for message in file.messages:
                if self._has_heading(message.name):
                    lines += [f"#### {_short(message.name)}", "", *markdown_text.paragraphs(message.comment)]
                    lines += self._with_what_lies_in_it(message, named=False)
            for enum in file.enums:
                if self._has_heading(enum.name):
                    lines += [f"#### {_short(enum.name)}", "", *markdown_text.paragraphs(enum.comment), *_values(enum)]
        return [f"### Types of {package}", "", *lines] if lines else []

    def _outermost(self, kind: str) -> str:
        """The message that the type lies in, or itself."""
        while (outer := kind.rpartition(".")[0]) in self._messages:
            kind = outer
        return kind

    def _has_heading(self, kind: str) -> bool:
        return self._outermost(kind) == kind and kind not in self._own

    def _with_what_lies_in_it(self, message: Message, named: bool = True) -> list[str]:
        lines = self._message(message, named)
        for inner in self._messages.values():
            if inner.name.startswith(f"{message.name}."):
                lines += self._message(inner, named=True)
        for enum in self._enums.values():
            if enum.name.startswith(f"{message.name}."):
                lines += [f"**{_short(enum.name)}**", "", *markdown_text.paragraphs(enum.comment), *_values(enum)]
        return lines

    def _message(self, message: Message, named: bool) -> list[str]:
        if named and not message.fields and not message.comment:
            return []
        lines = [f"**{_short(message.name)}**", "", *markdown_text.paragraphs(message.comment)] if named else []
        rows = []
        for field in message.fields:
            kind = " ".join(part for part in (field.prefix, self._link(field.kind)) if part)
            oneof = f"One of `{field.oneof}`. " if field.oneof else ""
            rows.append([f"`{field.name}`", kind, f"{oneof}{markdown_text.cell(field.comment)}".strip()])
        return lines + (markdown_text.table(["field", "type", ""], rows) or ["No fields.", ""])

    def _link(self, kind: str) -> str:
        if kind == "google.protobuf.Timestamp":
            return "timestamp"
        if kind not in self._messages and kind not in self._enums:
            return kind
        outermost = self._outermost(kind)
        if outermost in self._own:
            return _short(kind)
        return f"[{_short(kind)}](#{markdown_text.anchor(_short(outermost))})"


def _place(file: File) -> tuple[int, bool, str]:
    """Packages in the order of the services' ports, then those without; of one, first the file it is named for."""
    order = ("registry", "query", "push", "homeserver", "error", "access")
    package = file.package.split(".")[1]
    return (order.index(package), pathlib.Path(file.path).stem != package, file.path)


def _short(name: str) -> str:
    """Without the package, which ends with its version."""
    return name.partition(".v1.")[2] or name


def _values(enum: Enum) -> list[str]:
    rows = [[f"`{value.name}`", markdown_text.cell(value.comment)] for value in enum.values]
    return markdown_text.table(["value", ""], [row for row in rows if not row[0].endswith("UNSPECIFIED`") or row[1]])


def page(protos: pathlib.Path) -> str:
    text = "\n".join(_Page(descriptors.read(protos)).lines()).rstrip("\n") + "\n"
    headings = [markdown_text.anchor(line.lstrip("# ")) for line in text.splitlines() if line.startswith("#")]
    twice = [name for name, count in collections.Counter(headings).items() if count > 1]
    assert not twice, f"headings that are alike, so that links lead astray: {twice}"
    return text
