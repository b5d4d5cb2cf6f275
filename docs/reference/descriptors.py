"""The protos as protoc understands them, each part with its comment."""

import ast
import dataclasses
import pathlib
import subprocess
import tempfile

_ACCESS = "causeway/access/v1/access.proto"
_CALLERS = f"[{_ACCESS.removesuffix('/access.proto').replace('/', '.')}.callers]"
# Numbers of fields in google/protobuf/descriptor.proto, of which a comment's path is made.
_FILE_PARTS = {"package": 2, "message_type": 4, "enum_type": 5, "service": 6}
_MESSAGE_PARTS = {"field": 2, "nested_type": 3, "enum_type": 4, "oneof_decl": 8}

Node = dict[str, list]


@dataclasses.dataclass(frozen=True)
class Value:
    """Of an enum."""

    name: str
    comment: str


@dataclasses.dataclass(frozen=True)
class Enum:
    name: str  # With the package, as every `name` of a type here.
    comment: str
    values: list[Value]


@dataclasses.dataclass(frozen=True)
class Field:
    name: str
    kind: str  # A scalar's name, or a type's with the package.
    prefix: str  # "repeated", "optional", "map<string,...>" or nothing.
    oneof: str  # One of which this is. Empty: none.
    comment: str


@dataclasses.dataclass(frozen=True)
class Message:
    name: str
    comment: str
    fields: list[Field]


@dataclasses.dataclass(frozen=True)
class Method:
    name: str
    comment: str
    request: str
    response: str
    request_streams: bool
    response_streams: bool
    callers: list[str]


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    comment: str
    methods: list[Method]


@dataclasses.dataclass
class File:
    path: str
    package: str
    comment: str
    services: list[Service] = dataclasses.field(default_factory=list)
    messages: list[Message] = dataclasses.field(default_factory=list)  # Those in others, too.
    enums: list[Enum] = dataclasses.field(default_factory=list)


def _parse(text: str) -> Node:
    """protoc's text format, which has one thing a line."""
    top: Node = {}
    open_nodes = [top]
    for line in text.splitlines():
        line = line.strip()
        if line == "}":
            open_nodes.pop()
        elif line.endswith(" {"):
            node: Node = {}
            open_nodes[-1].setdefault(line[:-2], []).append(node)
            open_nodes.append(node)
        else:
            name, _, value = line.partition(": ")
            if value.startswith('"'):
                value = ast.literal_eval(f"b{value}").decode()
            open_nodes[-1].setdefault(name, []).append(value)
    return top


def _one(node: Node, name: str) -> str:
    return node.get(name, [""])[0]


def _comment(location: Node) -> str:
    leading, trailing = (
        "\n".join(line.removeprefix(" ") for line in _one(location, f"{side}_comments").splitlines())
        for side in ("leading", "trailing")
    )
    return "\n".join(part for part in (leading, trailing) if part)


class _FileReader:
    def __init__(self, node: Node, maps: dict[str, Node]) -> None:
        self._node = node
        self._maps = maps
        self._locations = {
            tuple(map(int, location.get("path", []))): location for location in node["source_code_info"][0]["location"]
        }
        self._file = File(_one(node, "name"), _one(node, "package"), self._file_comment())

    def read(self) -> File:
        for index, node in enumerate(self._node.get("service", [])):
            self._file.services.append(self._service(node, (_FILE_PARTS["service"], index)))
        self._types(self._node, self._file.package, (), _FILE_PARTS | {"nested_type": 0})
        return self._file

    def _file_comment(self) -> str:
        """What stands before `package`, or else before `syntax`."""
        return self._at((_FILE_PARTS["package"],)) or self._at((12,))

    def _at(self, path: tuple[int, ...]) -> str:
        return _comment(self._locations.get(path, {}))

    def _types(self, node: Node, scope: str, path: tuple[int, ...], parts: dict[str, int]) -> None:
        for kind in ("message_type", "nested_type"):
            for index, message in enumerate(node.get(kind, [])):
                if "options" not in message or "map_entry" not in message["options"][0]:
                    self._message(message, scope, (*path, parts[kind], index))
        for index, enum in enumerate(node.get("enum_type", [])):
            self._enum(enum, scope, (*path, parts["enum_type"], index))

    def _message(self, node: Node, scope: str, path: tuple[int, ...]) -> None:
        name = f"{scope}.{_one(node, 'name')}"
        fields = [
            self._field(field, node, (*path, _MESSAGE_PARTS["field"], index))
            for index, field in enumerate(node.get("field", []))
        ]
        self._file.messages.append(Message(name, self._at(path), fields))
        self._types(node, name, path, _MESSAGE_PARTS | {"message_type": 0})

    def _field(self, node: Node, message: Node, path: tuple[int, ...]) -> Field:
        kind = _one(node, "type_name").removeprefix(".") or _one(node, "type").removeprefix("TYPE_").lower()
        prefix = "repeated" if _one(node, "label") == "LABEL_REPEATED" else ""
        oneof = ""
        if kind in self._maps:
            key, value = self._maps[kind]["field"]
            prefix = f"map from {_one(key, 'type').removeprefix('TYPE_').lower()} to"
            kind = _one(value, "type_name").removeprefix(".") or _one(value, "type").removeprefix("TYPE_").lower()
        elif "proto3_optional" in node:
            prefix = "optional"
        elif "oneof_index" in node:
            oneof = _one(message["oneof_decl"][int(_one(node, "oneof_index"))], "name")
        return Field(_one(node, "name"), kind, prefix, oneof, self._at(path))

    def _enum(self, node: Node, scope: str, path: tuple[int, ...]) -> None:
        values = [Value(_one(value, "name"), self._at((*path, 2, index))) for index, value in enumerate(node["value"])]
        self._file.enums.append(Enum(f"{scope}.{_one(node, 'name')}", self._at(path), values))

    def _service(self, node: Node, path: tuple[int, ...]) -> Service:
        methods = [
            Method(
                name=_one(method, "name"),
                comment=self._at((*path, 2, index)),
                request=_one(method, "input_type").removeprefix("."),
                response=_one(method, "output_type").removeprefix("."),
                request_streams="client_streaming" in method,
                response_streams="server_streaming" in method,
                callers=[
                    caller.lower() for options in method.get("options", []) for caller in options.get(_CALLERS, [])
                ],
            )
            for index, method in enumerate(node.get("method", []))
        ]
        return Service(f"{self._file.package}.{_one(node, 'name')}", self._at(path), methods)


def _maps(scope: str, nodes: list[Node]) -> dict[str, Node]:
    """The messages that protoc makes of maps, by name."""
    found: dict[str, Node] = {}
    for node in nodes:
        name = f"{scope}.{_one(node, 'name')}"
        if "options" in node and "map_entry" in node["options"][0]:
            found[name] = node
        found |= _maps(name, node.get("nested_type", []))
    return found


def read(protos: pathlib.Path) -> list[File]:
    """All of a folder, by path."""
    paths = sorted(str(file.relative_to(protos)) for file in protos.rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as descriptors:
        command = ["protoc", f"-I{protos}", "--include_source_info", f"--descriptor_set_out={descriptors.name}"]
        subprocess.run([*command, *paths], check=True)
        decode = ["protoc", f"-I{protos}", "--decode=google.protobuf.FileDescriptorSet"]
        text = subprocess.run(
            [*decode, "google/protobuf/descriptor.proto", _ACCESS],
            stdin=descriptors,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    nodes = _parse(text)["file"]
    maps: dict[str, Node] = {}
    for node in nodes:
        maps |= _maps(_one(node, "package"), node.get("message_type", []))
    return sorted((_FileReader(node, maps).read() for node in nodes), key=lambda file: file.path)
