"""What operators do to queues, and what policies do by themselves: with real refusals."""

import json
import re
import subprocess
import threading

from polling import eventually
from recording_appservice import OK, Answer, RecordingAppservice
from stack_fixture import StackTestCase


class QueueActsTest(StackTestCase):
    EXTRA_FLAGS = {"push_dispatcher": ["--backoff_min_ms=20", "--backoff_max_ms=200"]}

    def bridge(self, name: str) -> tuple[RecordingAppservice, str, object]:
        """A service that gets all of one room: itself, the room, and alice in it."""
        appservice = self.recording_appservice()
        as_token = self.grant(name, {"rooms": [".*"]})
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        alice = self.person(f"alice.{name}")
        room_id = alice.create_room()
        namespaces = {"rooms": [{"exclusive": False, "regex": re.escape(room_id)}]}
        self.assertEqual(self.register(appservice.url, as_token, namespaces).status, 200)
        self.id = next(
            row["id"]
            for row in map(_row, self.ctl_ok("appservice", "list").splitlines())
            if row and appservice.url in row["line"]
        )
        return appservice, room_id, alice

    def act(self, verb: str, *flags: str, noun: str = "queue") -> str:
        return self.ctl_ok(noun, verb, self.id, f"--reason=test of {verb}", *flags)

    def refuse(self, appservice: RecordingAppservice, status: int, text: str) -> None:
        """Answers `status` to transactions that hold `text`."""

        def respond(request):
            refused = request.method == "PUT" and text.encode() in request.body
            return Answer(status, b'{"errcode":"M_BAD","error":"no"}') if refused else OK

        appservice.respond = respond

    def wait_until_taken(self, appservice: RecordingAppservice, expected: list[str]) -> None:
        """As wait_for_texts, for a queue of which something was given up: then a
        transaction may follow one that was never acknowledged."""

        def taken() -> list[str]:
            attempts = {a.last_segment: a for a in appservice.transactions() if a.acknowledged}
            events = [event for attempt in attempts.values() for event in attempt.json()["events"]]
            texts = [e["content"]["body"] for e in events if e["type"] == "m.room.message"]
            return [text for text in texts if text in expected]

        eventually(lambda: expected[-1] in taken(), f"{expected[-1]!r} is taken")
        self.assertEqual(taken(), expected)

    def audit(self) -> str:
        return self.ctl_ok("queue", "audit", f"--id={self.id}")

    def test_a_paused_queue_waits_and_goes_on_where_it_was(self) -> None:
        appservice, room_id, alice = self.bridge("pausing")
        alice.send(room_id, "before")
        appservice.wait_for_texts(["before"])
        self.act("pause")
        sent = [f"meanwhile {number}" for number in range(5)]
        for text in sent:
            alice.send(room_id, text)
        self.assertIn("paused", self.ctl_ok("queue", "show", self.id).lower())
        self.assertEqual([t for t in appservice.delivered_texts() if t in sent], [])
        self.act("resume")
        appservice.wait_for_texts(["before", *sent])
        self.assertRegex(self.audit(), "(?s)resume.*pause")

    def test_what_is_refused_for_good_blocks_until_an_operator_skips_it(self) -> None:
        appservice, room_id, alice = self.bridge("skipping")
        self.refuse(appservice, 400, "poison")
        alice.send(room_id, "poison")
        eventually(lambda: "blocked" in self.ctl_ok("queue", "show", self.id).lower(), "blocked is shown")
        alice.send(room_id, "fine")
        txn_id = appservice.transactions()[-1].last_segment
        self.act("skip", f"--txn_id={txn_id}", "--yes", noun="transaction")
        self.wait_until_taken(appservice, ["fine"])
        self.assertIn("skip", self.audit())
        # What was given up can be had again by its positions, while it is stored.
        listed = json.loads(self.ctl_ok("transaction", "list", self.id, "--output=json"))
        skipped = next(one for one in listed if one["txn_id"] == txn_id)
        appservice.respond = lambda _: OK
        first, last = skipped["after_position"] + 1, skipped["last_position"]
        self.act("replay", f"--source={skipped['source']}", f"--first={first}", f"--last={last}")
        self.wait_until_taken(appservice, ["fine", "poison"])

    def test_quarantine_puts_aside_what_is_refused_and_replays_it(self) -> None:
        appservice, room_id, alice = self.bridge("quarantine")
        self.act("policy", "--on_rejection=quarantine", "--rejections_max=3")
        self.refuse(appservice, 422, "poison")
        alice.send(room_id, "poison")
        eventually(
            lambda: "quarantined" in self.ctl_ok("transaction", "list", self.id), "it is put aside"
        )
        alice.send(room_id, "fine")
        self.wait_until_taken(appservice, ["fine"])
        poisoned = [attempt for attempt in appservice.transactions() if b"poison" in attempt.body]
        self.assertEqual(len(poisoned), 3)
        self.assertEqual(len({attempt.body for attempt in poisoned}), 1)
        appservice.respond = lambda _: OK
        txn_id = poisoned[0].last_segment
        self.act("replay", f"--txn_id={txn_id}", noun="transaction")
        self.wait_until_taken(appservice, ["fine", "poison"])
        self.assertNotEqual(self.ctl("transaction", "replay", self.id, f"--txn_id={txn_id}", "--reason=x").returncode, 0)

    def test_too_large_goes_out_again_in_smaller_transactions(self) -> None:
        appservice, room_id, alice = self.bridge("limits")
        limit = 3000

        def respond(request):
            if request.method == "PUT" and len(request.body) > limit:
                return Answer(413, b"{}")
            return OK

        appservice.respond = respond
        appservice.go_down()
        sent = [f"line {number}" for number in range(40)]
        for text in sent:
            alice.send(room_id, text)
        alice.send(room_id, "x" * 2 * limit)
        alice.send(room_id, "last")
        appservice.come_up()
        self.wait_until_taken(appservice, [*sent, "last"])
        sizes_by_id: dict[str, set[bytes]] = {}
        for attempt in appservice.transactions():
            sizes_by_id.setdefault(attempt.last_segment, set()).add(attempt.body)
        self.assertTrue(all(len(bodies) == 1 for bodies in sizes_by_id.values()), "one ID, one body")
        retired = {a.last_segment for a in appservice.transactions() if not a.acknowledged}
        taken = {a.last_segment for a in appservice.transactions() if a.acknowledged}
        self.assertEqual(retired & taken, set(), "a refused ID is never used again")
        # The one that is too large by itself.
        self.assertIn("quarantined", self.ctl_ok("transaction", "list", self.id))

    def test_move_to_now_gives_up_what_is_queued(self) -> None:
        appservice, room_id, alice = self.bridge("moving")
        appservice.go_down()
        for number in range(5):
            alice.send(room_id, f"old {number}")
        self.wait_until_published()
        self.act("move-to-now", "--yes")
        appservice.come_up()
        alice.send(room_id, "new")
        self.wait_until_taken(appservice, ["new"])
        self.assertFalse(any(b"old " in attempt.body for attempt in appservice.transactions() if attempt.acknowledged))

    def test_explain_names_the_rule(self) -> None:
        _, room_id, alice = self.bridge("explaining")
        self.act("pause")
        event_id = alice.send(room_id, "why?")
        self.wait_until_published()
        explained = self.ctl_ok("queue", "explain", f"--appservice={self.id}", f"--event={event_id}")
        self.assertRegex(explained, f"room ID {re.escape(room_id)} matches rooms\\[0\\]")
        self.assertRegex(explained, "state +queued")
        self.assertRegex(explained, "position +[1-9]")
        self.act("resume")
        elsewhere = alice.send(alice.create_room(), "not for it")
        self.wait_until_published()
        explained = self.ctl_ok("queue", "explain", f"--appservice={self.id}", f"--event={elsewhere}")
        self.assertRegex(explained, "interested +(false|no)")
        self.assertRegex(explained, f"sender {re.escape(alice.user_id)} matches none")
        # Nobody wanted it, so push_dispatcher hasn't stored it.
        self.assertRegex(explained, "(?s)state +not_stored.*position +-")
        missing = self.ctl("queue", "explain", f"--appservice={self.id}", "--event=$none")
        self.assertNotEqual(missing.returncode, 0)
        self.assertIn("$none", missing.stderr)

    def test_a_range_is_replayed_while_another_still_waits_for_it(self) -> None:
        appservice, room_id, alice = self.bridge("forgetful")
        keeper_token = self.grant("keeper", {"rooms": [".*"]})
        self.addCleanup(self.post, "/unregister", {"as_token": keeper_token})
        namespaces = {"rooms": [{"exclusive": False, "regex": re.escape(room_id)}]}
        self.assertEqual(self.register("http://127.0.0.1:9", keeper_token, namespaces).status, 200)
        event_id = alice.send(room_id, "again")
        appservice.wait_for_texts(["again"])
        explained = json.loads(
            self.ctl_ok("queue", "explain", f"--appservice={self.id}", f"--event={event_id}", "--output=json")
        )
        one = [f"--source={explained['source']}", *(f"--{end}={explained['position']}" for end in ("first", "last"))]

        def replayed() -> str:
            # Not before the acknowledgement is committed.
            return self.ctl("queue", "replay", self.id, *one, "--reason=it forgot").stdout

        self.assertIn("events: 1", eventually(replayed, "it is replayed"))
        eventually(lambda: appservice.delivered_texts().count("again") == 2, "it comes again")
        self.assertIn("range_replayed", self.audit())
        both = self.ctl("queue", "replay", self.id, *one, "--txn_id=n-1", "--reason=x")
        self.assertNotEqual(both.returncode, 0)

    def test_watch_tells_of_each_change(self) -> None:
        self.bridge("watched")
        command = self.stack.ctl_command(["queue", "watch", f"--appservice={self.id}", "--output=json"])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
            impatience = threading.Timer(30, watch.kill)
            impatience.start()
            states = (json.loads(line)["state"] for line in watch.stdout)
            self.assertIn(next(states), ("idle", "sending"))
            self.act("pause")
            self.assertIn("paused", states)
            self.act("resume")
            self.assertIn("idle", states)
            impatience.cancel()
            watch.kill()

    def test_acts_need_a_reason(self) -> None:
        self.bridge("reasons")
        done = self.ctl("queue", "pause", self.id)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("reason", done.stderr)


def _row(line: str) -> dict | None:
    words = line.split()
    return {"id": words[0], "line": line} if words else None
