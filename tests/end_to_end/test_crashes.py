"""kill -9 of each process in the middle: nothing lost, altered, repeated or reordered."""

import os
import random
import threading

from crash_fixture import CrashTestCase
from draft_bridge import HELLO_TS, WHATS_UP_TS
from matrix_client import MatrixClient, quote
from polling import eventually
from stack_fixture import SERVICES

_PROCESSES = SERVICES + ("postgres",)
_LISTENERS = 8


class KillDuringWalkthroughTest(CrashTestCase):
    def _walk(self, victim: str) -> None:
        channel = f"#kill-{victim}"
        bridge, as_bridge, _ = self.draft_bridge(channel)
        alice = self.person(f"alice.{victim}")
        room_id = alice.join(bridge.alias)
        bob = as_bridge.acting_as(bridge.user_id("Bob"))
        self.send_until_taken(alice, room_id, "hi!", "hi")
        self.send_until_taken(bob, room_id, "what's up?", "up", ts=WHATS_UP_TS)

        self.kill(victim)
        done = threading.Event()

        def keep_talking() -> None:
            for number in range(5):
                self.send_until_taken(alice, room_id, f"alice {number}", f"a{number}")
                self.send_until_taken(bob, room_id, f"bob {number}", f"b{number}", ts=WHATS_UP_TS + number)
            done.set()

        talker = threading.Thread(target=keep_talking)
        talker.start()
        self.assertEqual(self.stack.up(), [victim], "only what died is started")
        talker.join()
        self.assertTrue(done.is_set(), "all was taken")

        expected = ["hello?", "hi!", "what's up?"]
        expected += [f"{who} {number}" for number in range(5) for who in ("alice", "bob")]
        bridge.wait_for_texts(expected)
        delivered = [e for e in bridge.delivered() if e["type"] == "m.room.message"]
        self.assertEqual([e["content"]["body"] for e in delivered], expected, "each once, in order")
        kept = [e for e in alice.messages(room_id) if e["type"] == "m.room.message"]
        self.assertEqual([e["content"]["body"] for e in kept], expected)
        self.assertEqual([e["event_id"] for e in delivered], [e["event_id"] for e in kept])
        times = {e["content"]["body"]: e["origin_server_ts"] for e in kept}
        self.assertEqual(times["hello?"], HELLO_TS)
        self.assertEqual([times[f"bob {n}"] for n in range(5)], [WHATS_UP_TS + n for n in range(5)])

    def test_registry(self) -> None:
        self._walk("registry")

    def test_query_proxy(self) -> None:
        self._walk("query_proxy")

    def test_push_dispatcher(self) -> None:
        self._walk("push_dispatcher")

    def test_homeserver(self) -> None:
        self._walk("homeserver")

    def test_gateway(self) -> None:
        self._walk("gateway")

    def test_postgres(self) -> None:
        self._walk("postgres")


class KillDuringQueryTest(CrashTestCase):
    def test_join_that_was_cut_off_succeeds_when_repeated(self) -> None:
        for victim in ("query_proxy", "homeserver", "gateway"):
            with self.subTest(victim):
                bridge, _, _ = self.draft_bridge(f"#cut-{victim}")
                alice = self.person(f"alice.cut.{victim}")
                asked, go_on = threading.Event(), threading.Event()
                self.addCleanup(go_on.set)

                def answer_late(request):
                    if request.method == "GET":
                        asked.set()
                        go_on.wait()
                    return bridge.answer(request)

                bridge.respond = answer_late
                path = f"/_matrix/client/v3/join/{quote(bridge.alias)}"
                joining = threading.Thread(target=_ignore_errors, args=(alice, path))
                joining.start()
                self.assertTrue(asked.wait(30), "the service is asked")
                self.kill(victim)
                go_on.set()
                joining.join()
                self.stack.up()
                self.assertEqual(self.join_until_taken(alice, bridge.alias), bridge.room_id)
                bodies = [e["content"].get("body") for e in alice.messages(bridge.room_id)]
                self.assertEqual(bodies.count("hello?"), 1, "the scrollback is injected once")
                self.doCleanups()


class KillDuringDeliveryTest(CrashTestCase):
    def test_interrupted_transaction_is_repeated_unaltered(self) -> None:
        """`delivered` compares the attempts' bytes; here they come from different processes."""
        for victim in ("push_dispatcher", "postgres"):
            with self.subTest(victim):
                bridge, _, _ = self.draft_bridge(f"#flight-{victim}")
                alice = self.person(f"alice.flight.{victim}")
                room_id = alice.join(bridge.alias)
                bridge.wait_for_texts(["hello?"])
                started, go_on = threading.Event(), threading.Event()
                self.addCleanup(go_on.set)

                def hold(request):
                    if request.method == "PUT" and not go_on.is_set():
                        started.set()
                        go_on.wait()
                    return bridge.answer(request)

                bridge.respond = hold
                alice.send(room_id, "in flight")
                self.assertTrue(started.wait(30), "the transaction is on its way")
                self.kill(victim)
                go_on.set()
                self.stack.up()
                self.send_until_taken(alice, room_id, "after", f"after-{victim}")
                bridge.wait_for_texts(["in flight", "after"])
                self.doCleanups()


class KillDuringLongPollsTest(CrashTestCase):
    def test_who_waits_misses_nothing(self) -> None:
        alice = self.person("alice.polls")
        room_id = alice.create_room(preset="public_chat")
        listeners = [self.person(f"listener{number}.polls") for number in range(_LISTENERS)]
        for listener in listeners:
            listener.join(room_id)
        sent = [f"line {number}" for number in range(6)]
        heard: list[list[str]] = [[] for _ in listeners]

        def hear(number: int, since: str) -> None:
            listener, mine = listeners[number], heard[number]
            by_sync = number % 2 == 0
            path = "/_matrix/client/v3/sync" if by_sync else "/_matrix/client/r0/events"
            while len(mine) < len(sent):
                place = {"since" if by_sync else "from": since, "timeout": 20_000, "set_presence": "offline"}
                answer = self.repeat(lambda: listener.request("GET", path, **place), f"{path} answers").json()
                since = answer["next_batch" if by_sync else "end"]
                events = answer.get("chunk", [])
                if room := answer.get("rooms", {}).get("join", {}).get(room_id):
                    self.assertFalse(room["timeline"]["limited"])
                    events = room["timeline"]["events"]
                mine += [e["content"]["body"] for e in events if e["type"] == "m.room.message"]

        ends = [listener.sync(timeout=0, set_presence="offline")["next_batch"] for listener in listeners]
        threads = [threading.Thread(target=hear, args=place) for place in enumerate(ends)]
        for thread in threads:
            thread.start()
        self.send_until_taken(alice, room_id, sent[0], "0")
        eventually(lambda: self._all_wait(heard, 1), "all have heard it, and wait for more")

        self.kill("gateway")
        eventually(lambda: self.polls_waiting() == 0, "nobody holds a place")

        def keep_talking() -> None:
            for number, body in enumerate(sent[1:], 1):
                self.send_until_taken(alice, room_id, body, str(number))

        talker = threading.Thread(target=keep_talking)
        talker.start()
        self.assertEqual(self.stack.up(), ["gateway"])
        for thread in [talker, *threads]:
            thread.join()
        self.assertEqual(heard, [sent] * _LISTENERS, "each once, in order")

    def _all_wait(self, heard: list[list[str]], count: int) -> bool:
        return all(len(lines) == count for lines in heard) and self.polls_waiting() == len(heard)


class RandomKillsTest(CrashTestCase):
    def test_conversation_survives_kills_at_random_moments(self) -> None:
        seed = int(os.environ.get("CAUSEWAY_TEST_SEED", "0")) or random.randrange(1, 1 << 32)
        print(f"CAUSEWAY_TEST_SEED={seed}")
        chance = random.Random(seed)
        bridge, as_bridge, _ = self.draft_bridge("#random")
        alice = self.person("alice")
        room_id = alice.join(bridge.alias)
        bob = as_bridge.acting_as(bridge.user_id("Bob"))
        expected = ["hello?"]
        finished = threading.Event()

        def talk() -> None:
            for number in range(120):
                who, name = (alice, "alice") if number % 2 else (bob, "bob")
                self.send_until_taken(who, room_id, f"{name} {number}", f"r{number}")
                expected.append(f"{name} {number}")
            finished.set()

        talker = threading.Thread(target=talk)
        talker.start()
        for _ in range(10):
            victim = chance.choice(_PROCESSES)
            finished.wait(chance.uniform(0, 0.4))
            self.kill(victim)
            finished.wait(chance.uniform(0, 0.2))
            self.stack.up()
        talker.join()
        self.assertTrue(finished.is_set(), "all was taken")
        bridge.wait_for_texts(expected, seconds=60)
        self.assertEqual(bridge.delivered_texts(), expected)
        kept = [e["content"]["body"] for e in alice.messages(room_id) if e["type"] == "m.room.message"]
        self.assertEqual(kept, expected)


def _ignore_errors(client: MatrixClient, path: str) -> None:
    try:
        client.request("POST", path, {})
    except Exception:  # Its connection is cut on purpose.
        pass
