"""A release is replaced by the next, one process after the other, while people talk.

The next release is this one with a migration more of each table that is written to all the time
(next_release/), so that old and new run on the new schema side by side.
"""

import random
import time
from collections.abc import Sequence

from appservice_process import AppserviceProcess
from database import being_read, query
from matrix_client import MatrixClient
from polling import eventually
from publisher import Publisher
from push_fault_fixture import PushFaultTestCase
from service_replica import ServiceReplica, push_replica
from stack_fixture import ROOT, SERVER_NAME

from local import ports

_NEXT_RELEASE = ROOT / ".local" / "next_release"
_SCHEMAS = ("push_dispatcher", "homeserver")
# An event that was sent has been delivered: in moments, but for a busy machine.
_ARRIVES_SECONDS_MAX = 30
_DRAIN_SECONDS_MAX = 120
# While the one homeserver that a client knows is replaced, the client repeats its request.
_TAKEN_SECONDS_MAX = 20
_BESIDE_SECONDS = 2
# A migration waits for its lock, and everybody else behind it, half a second at a time.
_READ_SECONDS = 10
_HELD_UP_SECONDS_MAX = 4
# What clients may be answered meanwhile besides 200: not served now, or a broken connection.
_MENDED_BY_RETRY = {503, 0}


class RollingUpgradeTestCase(PushFaultTestCase):
    """All of this release: three push_dispatchers, of which homeserver and gateway know all. A second
    homeserver and a second gateway, which goes to that one, don't run yet."""

    EXTRA_FLAGS = {"push_dispatcher": ["--replica_name=first", "--backoff_max_ms=500"]}

    @classmethod
    def prepare_state(cls) -> None:
        stack = cls.stack
        cls.further = [push_replica(stack, name, ["--backoff_max_ms=500"]) for name in ("second", "third")]
        first = stack.state.prepare(SERVER_NAME, 0).grpc_ports["push_dispatcher"]
        push_ports = [first, *[replica.grpc_port for replica in cls.further]]
        push = "--push_dispatcher=" + ",".join(f"{ports.LOOPBACK}:{port}" for port in push_ports)
        cls.EXTRA_FLAGS.update(homeserver=[push], gateway=[push])
        cls.homeserver = ServiceReplica(stack, "homeserver", "second", [push])
        cls.public_port = ports.pick(1)[0]
        homeserver = f"--homeserver={ports.LOOPBACK}:{cls.homeserver.grpc_port}"
        public = f"--public_listen={ports.LOOPBACK}:{cls.public_port}"
        cls.gateway = ServiceReplica(stack, "gateway", "second", [push, homeserver, public])

    def setUp(self) -> None:
        self.appservices = []
        self.rooms = {}
        for replica in self.further:
            self.addCleanup(replica.stop)
            replica.start()
            replica.wait_until_ready()

    def start_second_homeserver(self) -> None:
        self.addCleanup(self.homeserver.stop)
        self.homeserver.start(_NEXT_RELEASE)

    def start_publishers(self, alice: MatrixClient, rooms: Sequence[str]) -> list[Publisher]:
        """Each with a client of its own, that can be led to another gateway."""
        self.clients = [MatrixClient(self.port, alice.token, alice.user_id) for _ in rooms]
        publishers = [Publisher(*one, pause_s=0.02) for one in zip(self.clients, rooms)]
        for publisher in publishers:
            publisher.start()
        return publishers

    def add_steady(self, rooms: Sequence[str]) -> AppserviceProcess:
        (self._folder / "appservices").mkdir()
        return self.add_faulty("steady", "none", "last", rooms)

    def add_faulty(self, name: str, fault: str, remembers: str, rooms: Sequence[str]) -> AppserviceProcess:
        appservice = AppserviceProcess(self._folder / "appservices", name, fault, remembers, random.Random(1))
        self.add_appservice(appservice, rooms)
        return appservice

    def await_next(self, publishers: Sequence[Publisher], appservice: AppserviceProcess) -> None:
        """What each sends from now on arrives."""
        sent_before = [len(publisher.event_ids) for publisher in publishers]

        def next_ones_have_arrived() -> bool:
            taken = {event_id for request in appservice.requests() for event_id in request.event_ids}
            sent = [one.event_ids[before + 1 :] for one, before in zip(publishers, sent_before)]
            return all(event_ids and event_ids[0] in taken for event_ids in sent)

        eventually(next_ones_have_arrived, "what is sent now arrives", _ARRIVES_SECONDS_MAX)

    def is_migrated(self, schema: str) -> bool:
        sql = f"SELECT count(*) FROM {schema}.schema_migrations WHERE name LIKE '9000%'"
        return query(self.stack, sql) == ["1"]

    def assert_only_mended_refusals(self, publishers: Sequence[Publisher]) -> None:
        for publisher in publishers:
            self.assertLessEqual(set(publisher.refusals), _MENDED_BY_RETRY)

    def assert_promises_kept(self, begin: int, publishers: Sequence[Publisher]) -> None:
        """What clients were told is in the stream, all of it, once; and so each application service got it."""
        self.drain(_DRAIN_SECONDS_MAX)
        lines = self.recorded_run(begin)
        published = [line["event_id"] for line in lines if line["kind"] == "published"]
        acknowledged = [event_id for publisher in publishers for event_id in publisher.event_ids]
        self.assertEqual(sorted(published), sorted(acknowledged))
        verdict = self.check(lines)
        print(f"{len(published)} events: {verdict.said}", flush=True)
        self.assertTrue(verdict.good, verdict.said)


class RollingUpgradeTest(RollingUpgradeTestCase):
    def test_old_and_new_run_side_by_side_and_nothing_is_lost(self) -> None:
        alice = self.person("alice")
        rooms = self.quiet_rooms(alice, 3)
        steady = self.add_steady(rooms)
        self.add_faulty("ahead", "slow", "all", rooms[:2])
        self.add_faulty("failing", "failing", "last", rooms[1:])
        begin = self.stream_end()
        publishers = self.start_publishers(alice, rooms)

        for replica in self.further:
            replica.stop()
            replica.start(_NEXT_RELEASE)
            replica.wait_until_ready()
            self.assertTrue(self.is_migrated("push_dispatcher"))
            # Those of before go on: at least the first, which takes events in.
            self.assertTrue(self.stack.processes["push_dispatcher"].alive())
            self.await_next(publishers, steady)
        self._replace("push_dispatcher")
        self.await_next(publishers, steady)

        self.assertFalse(self.is_migrated("homeserver"))
        self.start_second_homeserver()
        self.homeserver.wait_until_ready()
        self.assertTrue(self.is_migrated("homeserver"))
        self.addCleanup(self.gateway.stop)
        self.gateway.start()
        self.gateway.wait_until_ready()
        # Some are served by the old one, some by the new one.
        self.clients[0].port = self.public_port
        self.await_next(publishers, steady)
        time.sleep(_BESIDE_SECONDS)
        self._assert_none_was_refused(publishers)

        # Who can't go elsewhere has to repeat.
        self.clients[1].port = self.public_port
        self._replace("homeserver")
        self.await_next(publishers, steady)
        for client in self.clients:
            client.port = self.public_port
        self._replace("gateway")
        for client in self.clients:
            client.port = self.port
        self.await_next(publishers, steady)
        self.gateway.stop()
        self.homeserver.stop()

        for publisher in publishers:
            publisher.stop()
        self.assert_only_mended_refusals(publishers)
        self.assertLess(max(publisher.longest_s for publisher in publishers), _TAKEN_SECONDS_MAX)
        self.assert_promises_kept(begin, publishers)

    def _replace(self, name: str) -> None:
        """The stack's own process of a service; of the gateway, by the same build."""
        self.assertTrue(self.stack.processes[name].stop(), f"{name} ends when it is asked to")
        self.stack.start_service(name, _NEXT_RELEASE if name in _SCHEMAS else None)
        self.stack.wait_until_ready()

    def _assert_none_was_refused(self, publishers: Sequence[Publisher]) -> None:
        self.assertEqual([dict(publisher.refusals) for publisher in publishers], [{} for _ in publishers])


class UpgradeDuringDumpTest(RollingUpgradeTestCase):
    def test_a_migration_that_has_to_wait_holds_nobody_up(self) -> None:
        alice = self.person("alice")
        rooms = self.quiet_rooms(alice, 2)
        steady = self.add_steady(rooms)
        begin = self.stream_end()
        publishers = self.start_publishers(alice, rooms)
        self.await_next(publishers, steady)
        second = self.further[0]
        with being_read(self.stack, ["push_dispatcher.queues", "homeserver.stream"]):
            second.stop()
            second.start(_NEXT_RELEASE)
            self.start_second_homeserver()
            for replica in (second, self.homeserver):
                eventually(lambda: replica.readiness().status == 503, f"{replica.name} listens")
            time.sleep(_READ_SECONDS)
            for replica in (second, self.homeserver):
                self.assertEqual(replica.readiness().status, 503, "who can't migrate isn't ready")
            self.assertIn("database: its tables are not those of this release yet", self.homeserver.readiness().text)
            self.assertFalse(any(self.is_migrated(schema) for schema in _SCHEMAS))
            self.await_next(publishers, steady)
        for replica in (second, self.homeserver):
            replica.wait_until_ready()
        self.assertTrue(all(self.is_migrated(schema) for schema in _SCHEMAS))
        self.await_next(publishers, steady)
        for publisher in publishers:
            publisher.stop()
        longest_s = max(publisher.longest_s for publisher in publishers)
        print(f"held up for {longest_s:.2f} s at most", flush=True)
        self.assertLess(longest_s, _HELD_UP_SECONDS_MAX)
        self.assert_only_mended_refusals(publishers)
        self.assert_promises_kept(begin, publishers)
