"""A stack with three push_dispatchers, and application services that can be killed."""

import json
import re
import signal
from collections.abc import Sequence

from appservice_process import AppserviceProcess
from matrix_client import MatrixClient
from polling import eventually
from promise_check import Verdict, check, published_after, recorded_run, stream_end
from random_kills import Victim
from service_replica import push_replica
from stack_fixture import StackTestCase

# Long enough for the others to notice, and to take the queues over.
_AWAY_UNTIL_TAKEN_OVER_SECONDS = 7.5


class PushFaultTestCase(StackTestCase):
    """The replicas are "first", the stack's own, which alone takes events in; "second"; and "third"."""

    EXTRA_FLAGS = {"push_dispatcher": ["--replica_name=first"]}

    def setUp(self) -> None:
        flags = self.EXTRA_FLAGS["push_dispatcher"]
        self.replicas = [
            Victim("first", self._kill_first, self._start_first, _AWAY_UNTIL_TAKEN_OVER_SECONDS)
        ]
        self.appservices: list[AppserviceProcess] = []
        self.rooms: dict[str, Sequence[str]] = {}  # By application service.
        for name in ("second", "third"):
            replica = push_replica(self.stack, name, [f for f in flags if not f.startswith("--replica_name")])
            self.addCleanup(replica.stop)
            replica.start()
            replica.wait_until_ready()
            self.replicas.append(
                Victim(name, replica.kill, replica.start, _AWAY_UNTIL_TAKEN_OVER_SECONDS)
            )

    def _kill_first(self) -> None:
        self.stack.processes["push_dispatcher"].stop(ask=signal.SIGKILL)

    def _start_first(self) -> None:
        self.stack.start_service("push_dispatcher")

    @property
    def postgres(self) -> Victim:
        return Victim(
            "postgres",
            lambda: self.stack.postgres.process.stop(ask=signal.SIGKILL),
            lambda: self.stack.postgres.up(self.stack.settings),
        )

    def quiet_rooms(self, person: MatrixClient, count: int) -> list[str]:
        """New ones, of which all has been published: none of it concerns who registers from now on."""
        rooms = [person.create_room() for _ in range(count)]
        self.wait_until_published()
        return rooms

    def add_appservice(self, appservice: AppserviceProcess, rooms: Sequence[str]) -> None:
        """Starts it, and registers it for all that happens in some rooms."""
        self.addCleanup(appservice.kill)
        appservice.start()
        appservice.wait_until_ready()
        as_token = self.grant(appservice.name, {"rooms": [".*"]})
        namespaces = {"rooms": [{"exclusive": False, "regex": re.escape(room)} for room in rooms]}
        self.assertEqual(self.register(appservice.url, as_token, namespaces).status, 200)
        self.appservices.append(appservice)
        self.rooms[appservice.name] = rooms
        if appservice.remembers == "all":
            self.ctl_ok(
                *("queue", "policy", self.ids_by_name()[appservice.name]),
                *("--remembers_every_txn_id=true", "--reason=it does"),
            )

    def ids_by_name(self) -> dict[str, str]:
        """What the registry calls the application services."""
        listed = json.loads(self.ctl_ok("appservice", "list", "--output=json"))
        ids_by_url = {one["url"]: one["id"] for one in listed}
        return {one.name: ids_by_url[one.url] for one in self.appservices if one.url in ids_by_url}

    def queues(self) -> list[dict]:
        return json.loads(self.ctl_ok("queue", "list", "--output=json"))

    def owners(self) -> dict[str, str]:
        """Which replica has the queue of an application service, by its name."""
        owner_by_id = {queue["appservice_id"]: queue["owner"] for queue in self.queues()}
        return {name: owner_by_id[id_] for name, id_ in self.ids_by_name().items()}

    def drain(self, seconds: float) -> None:
        """No more faults, until nothing is queued any more."""
        for appservice in self.appservices:
            appservice.calm_down()
        self.stack.wait_until_ready()
        self.wait_until_published()
        eventually(
            lambda: all(int(queue["queued_events"]) == 0 for queue in self.queues()), "all is taken", seconds
        )

    def stream_end(self) -> int:
        return stream_end(self.stack)

    def recorded_run(self, after: int) -> list[dict]:
        """The checker's lines; what the homeserver did up to position `after` was before its time."""
        return recorded_run(published_after(self.stack, after), self.appservices, self.rooms)

    def check(self, lines: Sequence[dict], name: str = "run") -> Verdict:
        return check(lines, self._folder / f"{name}.jsonl")
