"""Several dispatchers on one database: who dies is replaced, and nothing is lost or altered by it."""

import json
import os
import re
import signal
import time

from polling import eventually
from recording_appservice import DROP, OK, Answer
from service_replica import ServiceReplica, push_replica
from stack_fixture import StackTestCase

from local import probes  # noqa: E402 (found through stack_fixture)

# Generous on a busy machine. With leases that move, test_push_balance kills one.
_FAIL_OVER_SECONDS = 10
_FLAGS = ["--backoff_max_ms=500", "--lease_moves_per_second_max=0"]


class PushReplicasTest(StackTestCase):
    # Whose a queue is changes only when a replica ends.
    EXTRA_FLAGS = {"push_dispatcher": ["--replica_name=first", *_FLAGS]}

    def setUp(self) -> None:
        self.http_ports: dict[str, int] = {}
        # Whatever the test before has left.
        if not self.stack.processes["push_dispatcher"].alive():
            self.stack.start_service("push_dispatcher")
            self.stack.wait_until_ready()

    def start_replica(self, name: str) -> ServiceReplica:
        replica = push_replica(self.stack, name, _FLAGS)
        self.addCleanup(replica.stop)
        self.http_ports[name] = replica.http_port
        replica.start()
        return replica

    def owned_by(self, name: str) -> int:
        """How many queues a replica says that it owns."""
        metrics = probes.get(self.http_ports[name], "/metrics", timeout_s=10).text
        series = re.findall(r"^causeway_push_leases_(acquired|lost)_total\{\S+ (\S+)$", metrics, re.MULTILINE)
        return sum(int(float(count)) * (1 if kind == "acquired" else -1) for kind, count in series)

    def queues(self) -> list[dict]:
        return json.loads(self.ctl_ok("queue", "list", "--output=json"))

    def kill_first(self) -> None:
        process = self.stack.processes["push_dispatcher"]
        os.kill(process.identity.pid, signal.SIGKILL)
        eventually(lambda: not process.alive(), "the first replica is dead")

    def test_the_queues_of_a_killed_replica_are_taken_over(self) -> None:
        self.start_replica("second")
        self.start_replica("third")
        bridge, _, _ = self.draft_bridge("#failover")
        alice = self.person("alice.failover")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        # The answers to what is taken get lost, so that a transaction is half done.
        bridge.respond = lambda request: DROP if request.method == "PUT" else bridge.answer(request)
        sent = [f"message {number}" for number in range(20)]
        for text in sent:
            alice.send(room_id, text)
        eventually(lambda: bridge.transactions(), "an attempt")
        self.wait_until_queued(len(sent))
        self.kill_first()
        killed = time.monotonic()
        bridge.respond = bridge.answer
        bridge.wait_for_texts(["hello?", *sent])
        self.assertLess(time.monotonic() - killed, _FAIL_OVER_SECONDS + 5)
        bodies: dict[str, set[bytes]] = {}
        for attempt in bridge.transactions():
            bodies.setdefault(attempt.last_segment, set()).add(attempt.body)
        self.assertTrue(all(len(of_id) == 1 for of_id in bodies.values()), "one ID, one body")
        self.stack.start_service("push_dispatcher")
        self.stack.wait_until_ready()
        alice.send(room_id, "and on")
        bridge.wait_for_texts(["hello?", *sent, "and on"])

    def wait_until_queued(self, event_count: int) -> None:
        def queued() -> bool:
            return any(int(queue["queued_events"]) >= event_count for queue in self.queues())

        eventually(queued, "all is published")

    def test_whoever_takes_events_in_wakes_the_owner(self) -> None:
        bridge, _, _ = self.draft_bridge("#waking")
        bridge.respond = lambda request: OK if request.method == "PUT" else bridge.answer(request)
        second = self.start_replica("second")
        alice = self.person("alice.waking")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        # The first gives its queues back as it ends, the second takes them, the
        # first comes again and takes events in for the second.
        self.stack.processes["push_dispatcher"].send_signal(signal.SIGTERM)
        eventually(lambda: not self.stack.processes["push_dispatcher"].alive(), "the first has ended")
        eventually(lambda: self.owned_by("second") > 0, "the second has the queue")
        self.stack.start_service("push_dispatcher")
        self.stack.wait_until_ready()
        self.assertEqual({queue["owner"] for queue in self.queues()}, {"second"})
        for number in range(5):
            alice.send(room_id, f"note {number}")
        bridge.wait_for_texts(["hello?", *[f"note {number}" for number in range(5)]])
        self.assertTrue(second.alive())

    def queue_of(self, bridge_id: str) -> dict:
        return json.loads(self.ctl_ok("queue", "show", bridge_id, "--output=json"))

    def test_whoever_is_asked_tells_what_the_owner_knows(self) -> None:
        bridge, _, _ = self.draft_bridge("#asking")
        [bridge_id] = [queue["appservice_id"] for queue in self.queues()]
        second = self.start_replica("second")
        alice = self.person("alice.asking")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        # The second takes the queues; causewayctl goes on asking the first.
        self.stack.processes["push_dispatcher"].send_signal(signal.SIGTERM)
        eventually(lambda: self.owned_by("second") > 0, "the second has the queues")
        eventually(lambda: not self.stack.processes["push_dispatcher"].alive(), "the first has ended")
        self.stack.start_service("push_dispatcher")
        self.stack.wait_until_ready()
        refusal = Answer(403, b'{"errcode":"M_FORBIDDEN","error":"who are you?"}')
        bridge.respond = lambda request: refusal if request.method == "PUT" else bridge.answer(request)
        alice.send(room_id, "held up")
        eventually(lambda: self.queue_of(bridge_id)["state"] == "blocked", "the refusal is seen")
        queue = self.queue_of(bridge_id)
        self.assertEqual((queue["owner"], queue["owner_error"]), ("second", ""))
        self.assertGreaterEqual(queue["attempts"], 1)
        self.assertEqual((queue["last_http_status"], queue["last_error"]), (403, "HTTP 403"))
        self.assertIn("who are you?", queue["last_answer"])
        listed = {each["appservice_id"]: each for each in self.queues()}
        self.assertEqual(listed[bridge_id]["state"], "blocked")
        transactions = json.loads(self.ctl_ok("transaction", "list", bridge_id, "--output=json"))
        self.assertEqual(transactions[0]["last_http_status"], 403)
        status = self.ctl("status").stdout
        self.assertIn("it refuses what it is sent: HTTP 403", status)
        # Nobody knows while the owner stands still; that is said, and soon.
        second.pause()
        self.addCleanup(second.resume)
        began = time.monotonic()
        queue = self.queue_of(bridge_id)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(queue["state"], "unknown")
        self.assertIn("its owner, second, could not be asked", queue["owner_error"])
        bridge.respond = bridge.answer
        second.resume()
        bridge.wait_for_texts(["hello?", "held up"])

    def test_answers_with_500_are_repeated_by_whoever_comes_next(self) -> None:
        bridge, _, _ = self.draft_bridge("#handover")
        self.start_replica("second")
        alice = self.person("alice.handover")
        room_id = alice.join(bridge.alias)
        alice.send(room_id, "before")  # Comes after all that the join made.
        bridge.wait_for_texts(["hello?", "before"])
        bridge.respond = lambda request: (
            Answer(500, b"{}") if request.method == "PUT" else bridge.answer(request)
        )
        before = len(bridge.transactions())
        alice.send(room_id, "half done")
        eventually(
            lambda: any(b"half done" in attempt.body for attempt in bridge.transactions()), "an attempt"
        )
        self.stack.processes["push_dispatcher"].send_signal(signal.SIGTERM)
        eventually(lambda: not self.stack.processes["push_dispatcher"].alive(), "the first has ended")
        bridge.respond = bridge.answer
        bridge.wait_for_texts(["hello?", "before", "half done"])
        attempts = [a for a in bridge.transactions()[before:] if b"half done" in a.body]
        self.assertEqual(len({a.last_segment for a in attempts}), 1, "the next owner keeps the ID")
        self.assertEqual(len({a.body for a in attempts}), 1)
        self.stack.start_service("push_dispatcher")
        self.stack.wait_until_ready()
