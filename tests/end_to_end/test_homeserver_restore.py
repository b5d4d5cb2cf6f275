"""The homeserver's part of the database goes back to a backup, and then other events happen."""

import collections
import json
import random

import schema_backup
from appservice_process import AppserviceProcess
from matrix_client import MatrixClient
from polling import eventually
from push_fault_fixture import PushFaultTestCase
from stack_fixture import SERVER_NAME

from local import probes  # noqa: E402 (found through stack_fixture)

_SCHEMA = "homeserver"
_SOURCE = f"homeserver:{SERVER_NAME}"
_USAGE, _NOT_FOUND = 2, 4
# It is looked twice, 10 s apart, before the source begins anew.
_TAKEN_SECONDS_MAX = 60


class HomeserverRestoreTestCase(PushFaultTestCase):
    def setUp(self) -> None:
        self.appservices = []
        self.rooms = {}

    def _bridge(self, name: str) -> AppserviceProcess:
        folder = self._folder / "appservices"
        folder.mkdir(exist_ok=True)
        return AppserviceProcess(folder, name, "none", "last", random.Random(name))

    def _restore(self, backup: str, person: MatrixClient) -> None:
        self.kill("homeserver")
        schema_backup.restore(self.stack, _SCHEMA, backup)
        self.stack.start_service("homeserver")
        eventually(lambda: self._homeserver_answers(person), "the homeserver is back")

    def _homeserver_answers(self, person: MatrixClient) -> bool:
        return person.request("GET", "/_matrix/client/v3/account/whoami").status == 200

    def _send_and_await(self, person, appservice, room, what) -> list[str]:
        event_ids = [person.send(room, f"{what} {number}") for number in range(5)]
        eventually(
            lambda: self._taken(appservice).issuperset(event_ids), f"all that is {what} is taken", _TAKEN_SECONDS_MAX
        )
        return event_ids

    def _taken(self, appservice: AppserviceProcess) -> set[str]:
        return {event_id for request in appservice.requests() for event_id in request.event_ids}


class HomeserverRestoreTest(HomeserverRestoreTestCase):
    def test_what_happens_after_the_restore_is_delivered(self) -> None:
        alice = self.person("alice")
        steady_room, ghosts_room = self.quiet_rooms(alice, 2)
        steady = self._bridge("steady")
        self.add_appservice(steady, [steady_room])
        ghosts = self._bridge("ghosts")
        ghost = self._add_ghost(ghosts)
        alice.ok("POST", f"/_matrix/client/v3/rooms/{ghosts_room}/invite", {"user_id": ghost.user_id})
        ghost.join(ghosts_room)
        common = self._send_and_await(alice, steady, steady_room, "before")
        self._send_and_await(alice, ghosts, ghosts_room, "before")
        backup = schema_backup.back_up(self.stack, _SCHEMA)

        lost = self._send_and_await(alice, steady, steady_room, "lost")
        ghost.ok("POST", f"/_matrix/client/v3/rooms/{ghosts_room}/leave", {})
        self.wait_until_published()
        self._restore(backup, alice)

        news = self._send_and_await(alice, steady, steady_room, "new")
        # By the backup, the ghost has never left.
        self._send_and_await(alice, ghosts, ghosts_room, "new")
        self.stack.wait_until_ready()

        taken = [event_id for one in steady.requests() if one.taken == "yes" for event_id in one.event_ids]
        times = collections.Counter(taken)
        self.assertEqual({times[event_id] for event_id in [*lost, *news]}, {1})
        self.assertLessEqual({times[event_id] for event_id in common}, {1, 2})
        # What comes again may have come before somebody registered: the room's first events are among it.
        sent = [*common, *lost, *news]
        self.assertEqual([one for one in dict.fromkeys(taken) if one in sent], sent)
        self.assertIn("source_restarted", self.ctl_ok("queue", "audit"))
        metrics = probes.get(self.stack.settings.http_ports["push_dispatcher"], "/metrics", timeout_s=10).text
        self.assertIn("\ncauseway_push_source_restarts_total 1\n", metrics)

    def _add_ghost(self, appservice: AppserviceProcess) -> MatrixClient:
        """Registers `appservice` for ghosts, and one of these."""
        self.addCleanup(appservice.kill)
        appservice.start()
        appservice.wait_until_ready()
        client, _ = self.register_v1("ghosts", appservice.url, {"users": [f"@ghost_.*:{SERVER_NAME}"]})
        client.ok(
            "POST", "/_matrix/client/v3/register", {"type": "m.login.application_service", "username": "ghost_a"}
        )
        return client.acting_as(f"@ghost_a:{SERVER_NAME}")


class LeftHistoryTest(HomeserverRestoreTestCase):
    def test_an_operator_lets_a_left_history_be_taken_up_again(self) -> None:
        alice = self.person("alice")
        (room,) = self.quiet_rooms(alice, 1)
        bridge = self._bridge("steady")
        self.add_appservice(bridge, [room])
        self._send_and_await(alice, bridge, room, "common")
        older = schema_backup.back_up(self.stack, _SCHEMA)
        self._send_and_await(alice, bridge, room, "right")
        self.wait_until_published()
        right = schema_backup.back_up(self.stack, _SCHEMA)
        self._restore(older, alice)
        self._send_and_await(alice, bridge, room, "wrong")

        self._restore(right, alice)
        waiting = alice.send(room, "waits for an operator")
        port = self.stack.settings.http_ports["homeserver"]
        eventually(
            lambda: "took the place of this one" in probes.get(port, "/readyz", timeout_s=10).text,
            "it says why it waits",
            _TAKEN_SECONDS_MAX,
        )
        act = ("source", "forget-left")
        self.assertEqual(self.ctl(*act, _SOURCE, "--reason=it is right").returncode, _USAGE)  # Nobody said yes.
        unknown = self.ctl(*act, "homeserver:nobody", "--reason=it is right", "--yes")
        self.assertEqual((unknown.returncode, "homeserver:nobody" in unknown.stderr), (_NOT_FOUND, True))
        self.assertNotIn(waiting, self._taken(bridge))

        self.assertIn("forgotten: 1", self.ctl_ok(*act, _SOURCE, "--reason=it is right", "--yes"))
        eventually(lambda: waiting in self._taken(bridge), "it is taken up again", _TAKEN_SECONDS_MAX)
        self.stack.wait_until_ready()
        forgotten = [
            (one["actor"], one["reason"])
            for one in json.loads(self.ctl_ok("queue", "audit", "--output=json"))
            if one["action"] == "left_histories_forgotten"
        ]
        self.assertEqual(forgotten, [("operator", "it is right")])
