"""The whole database goes back to a backup that was made while people talked.

The gateway and query_proxy, which have no database, run on, and know more of the registry than it does itself.
"""

import collections
import json
import random
import time
from collections.abc import Iterable, Sequence

import database_backup
from appservice_process import AppserviceProcess, Request
from matrix_client import MatrixClient
from promise_check import published_after
from publisher import Publisher
from push_fault_fixture import PushFaultTestCase
from stack_fixture import SERVER_NAME

_WITH_DATABASE = ("homeserver", "push_dispatcher", "registry")
_TALK_SECONDS = 3
_DRAIN_SECONDS_MAX = 120


def _taken(appservice: AppserviceProcess) -> list[str]:
    """The events that it took, in order, again if it took them again."""
    return [event_id for one in appservice.requests() if one.taken == "yes" for event_id in one.event_ids]


def _ids_with_two_contents(requests: Iterable[Request]) -> list[str]:
    contents = collections.defaultdict(set)
    for request in requests:
        contents[request.txn_id].add(request.sha256)
    return [txn_id for txn_id, hashes in contents.items() if len(hashes) > 1]


class DatabaseRestoreTest(PushFaultTestCase):
    EXTRA_FLAGS = {"push_dispatcher": ["--replica_name=first", "--backoff_max_ms=500"]}

    def setUp(self) -> None:
        self.appservices = []
        self.rooms = {}

    def test_all_goes_on_from_the_backup_and_no_transaction_id_gets_other_events(self) -> None:
        alice = self.person("alice")
        rooms = self.quiet_rooms(alice, 2)
        (self._folder / "appservices").mkdir()
        self._add("steady", "none", "last", rooms)
        self._add("losing", "losing", "last", rooms[:1])
        self._add("ahead", "slow", "all", rooms)
        stuck = self._add("stuck", "refusing", "last", rooms[1:])
        kept, _ = self.register_v1("kept", None, {"users": [f"@kept_.*:{SERVER_NAME}"]})
        begin = self.stream_end()
        publishers = [Publisher(alice, room, pause_s=0.02) for room in rooms]
        for publisher in publishers:
            publisher.start()
        time.sleep(_TALK_SECONDS)
        registered = self._registered()
        file = self._folder / "causeway.dump"
        database_backup.back_up(self.stack, file)

        # What the backup lacks: what is said from now on, and who registers.
        undone, _ = self.register_v1("undone", None, {"users": [f"@shared_.*:{SERVER_NAME}"]})
        self.assertEqual(self._whoami(undone), 200)
        time.sleep(_TALK_SECONDS)
        for publisher in publishers:
            publisher.stop()
        before = {one.name: one.requests() for one in self.appservices}
        for name in _WITH_DATABASE:
            self.assertTrue(self.stack.processes[name].stop(), f"{name} ends when it is asked to")
        database_backup.restore(self.stack, file)
        for name in reversed(_WITH_DATABASE):
            self.stack.start_service(name)
        self.stack.wait_until_ready()

        # The gateway knows again who is registered, and who isn't any more.
        self.assertEqual(self._registered(), registered)
        self.assertEqual((self._whoami(kept), self._whoami(undone)), (200, 401))
        new, _ = self.register_v1("new", None, {"users": [f"@shared_.*:{SERVER_NAME}"]})
        new.ok(
            "POST", "/_matrix/client/v3/register", {"type": "m.login.application_service", "username": "shared_a"}
        )
        news = [alice.send(room, f"after {number}") for number in range(20) for room in rooms]
        self.drain(_DRAIN_SECONDS_MAX)

        stream = published_after(self.stack, begin)
        self.assertGreater(len(stream), len(news))
        for one in self.appservices:
            with self.subTest(one.name):
                mine = [event.event_id for event in stream if event.room_id in self.rooms[one.name]]
                self._assert_has_all(one, mine, news)
                self.assertEqual(_ids_with_two_contents(one.requests()), [])
        self._assert_what_was_sealed_stays(stuck, before["stuck"])
        self._assert_the_check_bites(stuck.requests())

    def _add(self, name: str, fault: str, remembers: str, rooms: Sequence[str]) -> AppserviceProcess:
        appservice = AppserviceProcess(self._folder / "appservices", name, fault, remembers, random.Random(1))
        self.add_appservice(appservice, rooms)
        return appservice

    def _registered(self) -> list[str]:
        listed = json.loads(self.ctl_ok("appservice", "list", "--output=json"))
        return sorted(one["id"] for one in listed)

    def _whoami(self, appservice: MatrixClient) -> int:
        return appservice.request("GET", "/_matrix/client/v3/account/whoami").status

    def _assert_has_all(self, appservice: AppserviceProcess, stream: Sequence[str], news: Sequence[str]) -> None:
        """Of what the homeserver has: all, in its order. What the backup has as not taken comes twice at most."""
        taken = _taken(appservice)
        known = set(stream)
        self.assertEqual([event_id for event_id in dict.fromkeys(taken) if event_id in known], list(stream))
        times = collections.Counter(taken)
        self.assertLessEqual(max(times.values()), 2)
        self.assertEqual({times[event_id] for event_id in news if event_id in known}, {1})

    def _assert_what_was_sealed_stays(self, stuck: AppserviceProcess, before: Sequence[Request]) -> None:
        """It was never acknowledged, so that the backup has it as it was sent: it comes again under its ID."""
        (sealed,) = {request.txn_id for request in before}
        self.assertEqual(stuck.requests()[len(before)].txn_id, sealed)

    def _assert_the_check_bites(self, requests: Sequence[Request]) -> None:
        doctored = [*requests, Request(**(vars(requests[0]) | {"sha256": "another"}))]
        self.assertEqual(_ids_with_two_contents(doctored), [requests[0].txn_id])
