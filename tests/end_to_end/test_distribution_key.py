"""What delivers events names the application service wherever it touches a table that is to be spread by it.

deploy/postgres/citus.sql says which tables those are. There is no Citus here: PostgreSQL's own auto_explain writes
down how it carries out each statement of push_dispatcher, those within functions too, and wherever rows of such a table
are looked for, the key has to be among what they are found by.
"""

import dataclasses
import json
import re
from collections.abc import Iterator

import database
from polling import eventually
from recording_appservice import OK, Answer, RecordingAppservice, Request
from stack_fixture import ROOT, StackTestCase

_LAYOUT = ROOT / "deploy" / "postgres" / "citus.sql"
_ROLE = "push_dispatcher"
_LOGGED_PLAN = re.compile(r" LOG:  duration: \S+ ms  plan:\n((?:\t.*\n)+)")
_PARTITION = re.compile(r"_\d+$")

# What a delivery consists of, by a part of the statement's text. Each has to be seen.
_HOT = {
    "a batch is taken in": "INSERT INTO queue_entries_",
    "what waits is known": "coalesce(counted.event_total, 0)",
    "one queue is sealed and settled": "(SELECT ($1::bigint[])[1]",
    "many are": "unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[]",
    "a queue is read": "WITH ORDINALITY AS w (uid, cursors, ordinal)",
    "a queue is locked for its records": "FROM queues WHERE uid = ANY",
    "a transaction is set aside": "INSERT INTO set_aside_transactions",
}

# What looks at all queues, or at old rows of all. No delivery waits for it; docs/guides/growing.md tells what it would
# need.
_NOT_HOT = {
    "leases, once a second": "WITH held AS MATERIALIZED",
    "their balance": "count(*) AS queue_count",
    "a replica ends": "SET owner = NULL",
    "operators look at all": 'WHERE a.appservice_id COLLATE "C" >',
    "operators look for one": "WHERE a.appservice_id = $1",
    "what is wanted of a generation": "FROM queues q CROSS JOIN sources src",
    "old bytes are dropped": "SET body = NULL",
    "old records are dropped": "DELETE FROM set_aside_transactions",
}


@dataclasses.dataclass(frozen=True)
class Layout:
    distributed: dict[str, str]  # The column, by table.
    reference: set[str]
    local: set[str]


def layout() -> Layout:
    text = _LAYOUT.read_text()
    return Layout(
        dict(re.findall(r"^SELECT create_distributed_table\('(\w+)', '(\w+)'", text, re.MULTILINE)),
        set(re.findall(r"^SELECT create_reference_table\('(\w+)'\)", text, re.MULTILINE)),
        set(re.findall(r"^-- local: (\w+)", text, re.MULTILINE)),
    )


def looks(plan: dict, joins: str = "") -> Iterator[tuple[str, str, str]]:
    """Where rows are looked for: the table, its alias, and all that they have to match, by the joins above it, too."""
    joins += "".join(plan.get(name, "") for name in ("Join Filter", "Hash Cond", "Merge Cond"))
    # What is inserted has the column, which has no default; what is changed is found by a node below.
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        yield plan["Relation Name"], plan["Alias"], plan.get("Index Cond", "") + joins
    for below in plan.get("Plans", []):
        yield from looks(below, joins)


class DistributionKeyTest(StackTestCase):
    EXTRA_FLAGS = {"push_dispatcher": ["--backoff_min_ms=20", "--backoff_max_ms=200"]}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for setting in (
            "session_preload_libraries = 'auto_explain'",
            "auto_explain.log_min_duration = 0",
            "auto_explain.log_nested_statements = on",
            "auto_explain.log_format = 'json'",
        ):
            cls.query(f"ALTER ROLE {_ROLE} SET {setting}")

    @classmethod
    def query(cls, sql: str) -> list[str]:
        return database.query(cls.stack, sql)

    def restart_dispatcher(self) -> None:
        self.kill(_ROLE)
        self.stack.up()

    def plans(self) -> list[tuple[str, dict]]:
        """Statements since the settings came into force, and how each was carried out."""
        self.kill(_ROLE)
        log = self.stack.state.log_file("postgres").read_text()
        self.stack.up()
        logged = [json.loads(text) for text in _LOGGED_PLAN.findall(log)]
        return [(" ".join(one["Query Text"].split()), one["Plan"]) for one in logged]

    def bridges(self, count: int, room_id: str) -> list[RecordingAppservice]:
        """That each get all of one room."""
        appservices = []
        for number in range(count):
            appservice = self.recording_appservice()
            as_token = self.grant(f"watcher{number}", {"rooms": [".*"]})
            self.addCleanup(self.post, "/unregister", {"as_token": as_token})
            namespaces = {"rooms": [{"exclusive": False, "regex": re.escape(room_id)}]}
            self.assertEqual(self.register(appservice.url, as_token, namespaces).status, 200)
            appservices.append(appservice)
        return appservices

    def test_each_table_has_its_place(self) -> None:
        """Every table of the schema is named, and Citus's conditions hold for those that are to be spread."""
        placed = layout()
        tables = self.query(
            "SELECT relname FROM pg_class WHERE relnamespace = 'push_dispatcher'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1"
        )
        self.assertEqual(sorted([*placed.distributed, *placed.reference, *placed.local]), tables)
        for table, column in placed.distributed.items():
            with self.subTest(table):
                # Where a row belongs is said by whoever writes it, and unique is only what has the column.
                self.assertEqual(
                    self.query(
                        "SELECT attnotnull AND NOT atthasdef AND attidentity = '' FROM pg_attribute"
                        f" WHERE attrelid = 'push_dispatcher.{table}'::regclass AND attname = '{column}'"
                    ),
                    ["t"],
                )
                family = (
                    f"SELECT 'push_dispatcher.{table}'::regclass::oid UNION SELECT inhrelid FROM pg_inherits"
                    f" WHERE inhparent = 'push_dispatcher.{table}'::regclass"
                )
                without = self.query(
                    f"SELECT indexrelid::regclass FROM pg_index WHERE indisunique AND indrelid IN ({family})"
                    " AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = indrelid"
                    f" AND attnum = ANY (indkey) AND attname = '{column}')"
                )
                self.assertEqual(without, [])
                self.assertEqual(
                    self.query(f"SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ({family})"), []
                )

    def test_each_statement_of_a_delivery_names_the_application_service(self) -> None:
        self.restart_dispatcher()
        self.deliver_all_ways()
        plans = self.plans()
        unseen = [name for name, part in _HOT.items() if not any(part in text for text, _ in plans)]
        self.assertEqual(unseen, [])
        columns = layout().distributed
        for text, plan in plans:
            if any(part in text for part in _NOT_HOT.values()):
                continue
            for relation, alias, conditions in looks(plan):
                column = columns.get(_PARTITION.sub("", relation))
                if column is not None:
                    by_key = rf"\(({alias}\.)?{column} = |= {alias}\.{column}\b"
                    self.assertRegex(conditions, by_key, f"rows of {relation}, by {text}")

    def deliver_all_ways(self) -> None:
        alice = self.person("alice")
        room_id = alice.create_room()
        self.wait_until_published()
        appservices = self.bridges(5, room_id)
        sent = [f"at once {number}" for number in range(20)]
        for text in sent:
            alice.send(room_id, text)
        for appservice in appservices:
            appservice.wait_for_texts(sent)

        # From the store: one that was away, and all after a restart.
        appservices[0].go_down()
        late = [f"late {number}" for number in range(20)]
        for text in late:
            alice.send(room_id, text)
        self.wait_until_published()
        self.restart_dispatcher()
        appservices[0].come_up()
        for appservice in appservices:
            appservice.wait_for_texts([*sent, *late])

        # What is refused is set aside, with a record.
        def respond(request: Request) -> Answer:
            return Answer(422, b"{}") if b"poison" in request.body else OK

        for listed in json.loads(self.ctl_ok("queue", "list", "--output=json")):
            self.ctl_ok(
                *("queue", "policy", listed["appservice_id"], "--reason=a test"),
                *("--on_rejection=quarantine", "--rejections_max=1"),
            )
        for appservice in appservices:
            appservice.respond = respond
        alice.send(room_id, "poison")
        count = "SELECT count(*) FROM push_dispatcher.set_aside_transactions"
        eventually(lambda: self.query(count) == ["5"], "all have set it aside")
