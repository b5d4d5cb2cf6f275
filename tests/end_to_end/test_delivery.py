"""Delivery: in order, exactly once, unaltered, whatever the application service does."""

import re
import threading

from polling import eventually
from recording_appservice import DROP, HANG, OK, Answer
from stack_fixture import StackTestCase

# A dead service is asked again after seconds at most, so that these tests are quick.
_QUICK_RETRIES = {"push_dispatcher": ["--backoff_max_ms=500"]}


class DeliveryTest(StackTestCase):
    EXTRA_FLAGS = _QUICK_RETRIES

    def test_ten_messages_while_the_service_is_down_all_come_in_order(self) -> None:
        bridge, _, _ = self.draft_bridge("#down")
        alice = self.person("alice")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        bridge.go_down()
        sent = [f"message {number}" for number in range(10)]
        for body in sent:
            alice.send(room_id, body)
        # It comes back, but is not itself yet: the first attempts fail after they were read.
        failures: list[bytes] = []

        def fail_twice(request):
            if request.method == "PUT" and len(failures) < 2:
                failures.append(request.body)
                return Answer(500, b"{}") if len(failures) == 1 else DROP
            return bridge.answer(request)

        bridge.respond = fail_twice
        bridge.come_up()
        bridge.wait_for_texts(sent)
        self.assertEqual(len(failures), 2)
        repeats = [attempt for attempt in bridge.transactions() if attempt.body == failures[0]]
        self.assertGreaterEqual(len(repeats), 3, "the same bytes again")
        self.assertEqual(len({attempt.target for attempt in repeats}), 1, "under the same ID")

    def test_lost_acknowledgement_is_repeated_unaltered(self) -> None:
        bridge, _, _ = self.draft_bridge("#lost")
        alice = self.person("alice.lost")
        room_id = alice.join(bridge.alias)
        alice.send(room_id, "zero")  # Comes after all that the join made.
        bridge.wait_for_texts(["zero"])
        bridge.respond = lambda request: DROP if request.method == "PUT" else bridge.answer(request)
        first = len(bridge.transactions())
        alice.send(room_id, "one")
        eventually(lambda: len(bridge.transactions()) >= first + 2, "a repeat")
        # More events come while the first is on its way: nothing is added to it.
        alice.send(room_id, "two")
        bridge.respond = bridge.answer
        bridge.wait_for_texts(["one", "two"])
        attempts = bridge.transactions()[first:]
        self.assertEqual([e["content"]["body"] for e in attempts[0].json()["events"]], ["one"])

    def test_every_refusal_is_repeated(self) -> None:
        bridge, _, _ = self.draft_bridge("#refusals")
        alice = self.person("alice.refusals")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        refusals = [302, 400, 401, 403, 404, 405, 408, 429, 500, 503]

        def refuse(request):
            if request.method == "PUT" and refusals:
                return Answer(refusals.pop(0), b"{}", ("Location: http://127.0.0.1:9/elsewhere",))
            return bridge.answer(request)

        bridge.respond = refuse
        alice.send(room_id, "persistent")
        bridge.wait_for_texts(["persistent"])
        self.assertEqual(refusals, [])

    def test_one_transaction_in_flight(self) -> None:
        bridge, _, _ = self.draft_bridge("#single")
        alice = self.person("alice.single")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        gate = threading.Event()
        self.addCleanup(gate.set)
        open_now: list[str] = []
        most_open: list[int] = []

        def count(request):
            if request.method != "PUT":
                return bridge.answer(request)
            open_now.append(request.last_segment)
            most_open.append(len(open_now))
            gate.wait()
            open_now.remove(request.last_segment)
            return OK

        bridge.respond = count
        sent = [f"burst {number}" for number in range(30)]
        for body in sent:
            alice.send(room_id, body)
        eventually(lambda: most_open, "the first attempt")
        gate.set()
        bridge.wait_for_texts(sent)
        self.assertEqual(max(most_open), 1)

    def test_dead_service_delays_nobody_else(self) -> None:
        dead, _, _ = self.draft_bridge("#isolated")
        other = self.recording_appservice()
        as_token = self.grant("isolated-other", {"rooms": [".*"]})
        namespaces = {"rooms": [{"exclusive": False, "regex": ".*"}]}
        self.assertEqual(self.register(other.url, as_token, namespaces).status, 200)
        alice = self.person("alice.isolated")
        room_id = alice.join(dead.alias)
        dead.respond = lambda request: HANG
        self.addCleanup(dead.release)
        sent = [f"note {number}" for number in range(20)]
        for body in sent:
            alice.send(room_id, body)
        other.wait_for_texts(sent)
        self.assertNotIn("note 19", dead.delivered_texts())
        self.post("/unregister", {"as_token": as_token})

    def test_big_burst_comes_in_bounded_transactions(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#burst")
        alice = self.person("alice.burst")
        room_id = alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        bridge.go_down()
        bob = as_bridge.acting_as(bridge.user_id("Bob"))
        sent = [f"line {number} " + "x" * 20_000 for number in range(120)]
        for body in sent:
            self.assertEqual(bob.try_send(room_id, body).status, 200)
        bridge.come_up()
        bridge.wait_for_texts(sent)
        for attempt in bridge.transactions():
            self.assertLessEqual(len(attempt.json()["events"]), 100)
            self.assertLessEqual(len(attempt.body), 1 << 20)

    def test_events_that_concern_nobody_are_pushed_to_nobody(self) -> None:
        bridge, _, _ = self.draft_bridge("#private")
        alice = self.person("alice.private")
        room_id = alice.join(bridge.alias)
        elsewhere = alice.create_room()
        alice.send(elsewhere, "none of IRC's business")
        alice.send(room_id, "all of IRC's business")
        bridge.wait_for_texts(["all of IRC's business"])
        self.assertNotIn("none of IRC's business", bridge.delivered_texts())

    def test_transaction_ids_do_not_come_again_with_a_new_registration(self) -> None:
        """Nor after a restart: a bridge that knows all that it took would take what is new for repeats."""
        bridge = self.recording_appservice()
        as_token = self.grant("returning", {"rooms": [".*"]})
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        alice = self.person("alice.returning")
        room_id = alice.create_room()
        namespaces = {"rooms": [{"exclusive": False, "regex": re.escape(room_id)}]}
        ids_seen: set[str] = set()
        for turn in ("first", "again", "restarted"):
            before = len(bridge.transactions())
            self.assertEqual(self.register(bridge.url, as_token, namespaces).status, 200)
            for number in range(3):  # Each in a transaction of its own.
                alice.send(room_id, f"{turn} {number}")
                bridge.wait_for_texts([f"{turn} {number}"])
            ids = {attempt.last_segment for attempt in bridge.transactions()[before:]}
            self.assertGreaterEqual(len(ids), 3)
            self.assertEqual(ids & ids_seen, set())
            ids_seen |= ids
            self.assertEqual(self.post("/unregister", {"as_token": as_token}).status, 200)
            if turn == "again":
                self.kill("push_dispatcher")
                self.stack.start_service("push_dispatcher")
                self.stack.wait_until_ready()
