"""What a request changed, and whose it was: out of the databases, so that no path is overlooked."""

import collections
import dataclasses
import json

import database
from stack_fixture import Stack

# Tables that follow from others, or that are nobody's: not looked at.
_DERIVED = {
    "homeserver": {
        *("stream_head", "room_state", "sent_events", "update_head", "sent_to_device", "media_chunks"),
        *("media_usage", "published_rooms", "schema_migrations", "key_counts"),
    },
    "registry": {"revision", "known_revisions", "removals", "audit_records", "schema_migrations"},
}
# How the owner of a row is told. A new table that has no `user_id` wants a line here.
_OWNER_COLUMN = {
    "homeserver.stream": "",  # See `_stream_owner`.
    "homeserver.to_device_messages": "",  # Whose they are is who sends them.
    "homeserver.media": "owner",
    "homeserver.room_aliases": "room_alias",
    "registry.appservices": "grant_name",
    "registry.ceilings": "grant_name",
    "registry.grants": "name",
    "registry.namespaces": "grant_name",
    "registry.pending_requests": "grant_name",
}
# Where a row alone doesn't say whose it is.
_SOURCE = {
    "registry.namespaces": "(SELECT n.*, a.grant_name FROM registry.namespaces n "
    "JOIN registry.appservices a ON a.uid = n.appservice_uid)",
}


@dataclasses.dataclass(frozen=True)
class Row:
    table: str  # "homeserver.users"
    owner: str  # A user ID, a room alias, or the name of an application service.
    content: str  # All of it, as JSON.

    def column(self, name: str) -> object:
        return json.loads(self.content).get(name)


@dataclasses.dataclass(frozen=True)
class Changes:
    appeared: list[Row]
    vanished: list[Row]  # A row that was changed vanished and appeared.

    @property
    def rows(self) -> list[Row]:
        return self.appeared + self.vanished

    def created(self, row: Row) -> bool:
        """Whether nothing of that owner was in the table before."""
        return row in self.appeared and not any(
            (one.table, one.owner) == (row.table, row.owner) for one in self.vanished
        )


class Databases:
    """Remembers what was there, and tells what is different. Thread-compatible."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._tables = [f"{schema}.{table}" for schema in _DERIVED for table in self._list_tables(schema)]
        self._stream_end = 0  # Rows up to here are known: they don't change.
        self._rows = self._read()

    def changes(self) -> Changes:
        """Since the last call."""
        before, self._rows = self._rows, self._read()
        vanished = [row for row in (before - self._rows).elements() if row.table != "homeserver.stream"]
        return Changes(appeared=list((self._rows - before).elements()), vanished=vanished)

    def _list_tables(self, schema: str) -> list[str]:
        tables = database.query(self._stack, f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
        return sorted(set(tables) - _DERIVED[schema])

    def _read(self) -> collections.Counter[Row]:
        rows: collections.Counter[Row] = collections.Counter()
        stream_end = self._stream_end
        for line in database.query(self._stack, " UNION ALL ".join(map(self._select, self._tables))):
            table, content = json.loads(line)
            if table == "homeserver.stream":
                stream_end = max(stream_end, content["position"])
            rows[Row(table, _owner(table, content), json.dumps(content, sort_keys=True))] += 1
        self._stream_end = stream_end
        return rows

    def _select(self, table: str) -> str:
        which = f"WHERE position > {self._stream_end}" if table == "homeserver.stream" else ""
        return f"SELECT jsonb_build_array('{table}', to_jsonb(t)) FROM {_SOURCE.get(table, table)} t {which}"


def _owner(table: str, content: dict) -> str:
    if table == "homeserver.stream":
        return _stream_owner(content)
    if table == "homeserver.to_device_messages":
        return json.loads(content["message_json"])["sender"]
    column = _OWNER_COLUMN.get(table, "user_id")
    if column not in content:
        raise AssertionError(f"whose are the rows of {table}? Say so in identity_changes.py")
    return str(content[column])


def _stream_owner(content: dict) -> str:
    by_alias = content["kind"] in ("alias_added", "alias_removed")
    return content["room_alias"] if by_alias else json.loads(content["event_json"])["sender"]
