"""The push_dispatcher that is published to dies, or hangs: another one takes the events in meanwhile."""

import random
import time

from appservice_process import AppserviceProcess
from polling import eventually
from publisher import Publisher
from push_fault_fixture import PushFaultTestCase
from service_replica import push_replica
from stack_fixture import SERVER_NAME

from local.ports import LOOPBACK

# Until the queue of whoever is gone is taken over (7 s at most), and until a call to one that hangs is
# given up (10 s); both begin at once. The rest is for a busy machine.
_SECONDS_MAX = 20


class PublishingFailOverTest(PushFaultTestCase):
    """The homeserver and the gateway know all three replicas; they begin with the first."""

    EXTRA_FLAGS = {"push_dispatcher": ["--replica_name=first", "--backoff_max_ms=500"]}

    @classmethod
    def prepare_state(cls) -> None:
        cls.further = [push_replica(cls.stack, name, ["--backoff_max_ms=500"]) for name in ("second", "third")]
        first = cls.stack.state.prepare(SERVER_NAME, 0).grpc_ports["push_dispatcher"]
        ports = [first, *[replica.grpc_port for replica in cls.further]]
        flag = "--push_dispatcher=" + ",".join(f"{LOOPBACK}:{port}" for port in ports)
        cls.EXTRA_FLAGS.update(homeserver=[flag], gateway=[flag])

    def setUp(self) -> None:
        self.appservices = []
        self.rooms = {}
        for replica in self.further:
            self.addCleanup(replica.stop)
            replica.start()
            replica.wait_until_ready()

    def test_events_go_to_another(self) -> None:
        second, third = self.further
        alice = self.person("alice")
        (room,) = self.quiet_rooms(alice, 1)
        folder = self._folder / "appservices"
        folder.mkdir()
        steady = AppserviceProcess(folder, "steady", "none", "last", random.Random(1))
        self.add_appservice(steady, [room])
        begin = self.stream_end()
        publisher = Publisher(alice, room, pause_s=0.05)
        publisher.start()
        self._await_next(publisher, steady)

        self._kill_first()
        self._await_next(publisher, steady)
        # That a registration is in force is asked of another one, too.
        late = AppserviceProcess(folder, "late", "none", "last", random.Random(2))
        self._register(late)

        second.pause()
        self.addCleanup(second.resume)
        self._await_next(publisher, steady)
        self._register(AppserviceProcess(folder, "later", "none", "last", random.Random(3)))

        # It goes on where it stood still; and the first is there again, but nobody goes back to it.
        second.resume()
        self._start_first()
        third.kill()
        self._await_next(publisher, steady)
        publisher.stop()
        third.start()
        self.drain(_SECONDS_MAX)
        verdict = self.check(self.recorded_run(begin))
        self.assertTrue(verdict.good, verdict.said)

    def _register(self, appservice: AppserviceProcess) -> None:
        began = time.monotonic()
        self.add_appservice(appservice, [])
        self.assertLess(time.monotonic() - began, 10)

    def _await_next(self, publisher: Publisher, appservice: AppserviceProcess) -> None:
        """What is sent from now on arrives."""
        sent_before = len(publisher.event_ids)

        def next_has_arrived() -> bool:
            taken = {event_id for request in appservice.requests() for event_id in request.event_ids}
            sent = publisher.event_ids[sent_before + 1 :]
            return bool(sent) and sent[0] in taken

        eventually(next_has_arrived, "an event sent after the fault arrives", _SECONDS_MAX)
