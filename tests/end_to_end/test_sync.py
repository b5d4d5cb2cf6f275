"""/sync: news at once, silence until the timeout, nothing twice, nothing missed."""

import json
import socket
import threading
import time
import urllib.parse

from matrix_client import compose, quote
from polling import eventually
from stack_fixture import StackTestCase


def _timeline(answer: dict, room_id: str) -> list[dict]:
    return answer.get("rooms", {}).get("join", {}).get(room_id, {}).get("timeline", {}).get("events", [])


class SyncTest(StackTestCase):
    def test_long_poll_is_answered_when_something_happens(self) -> None:
        alice, bea = self.person("alice"), self.person("bea")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        since = alice.sync(timeout=0)["next_batch"]
        answers: list[dict] = []
        waiting = threading.Thread(target=lambda: answers.append(alice.sync(since=since, timeout=30_000)))
        started = time.monotonic()
        waiting.start()
        bea.send(room_id, "news")
        waiting.join()
        self.assertLess(time.monotonic() - started, 10)
        bodies = [event["content"].get("body") for event in _timeline(answers[0], room_id)]
        self.assertEqual(bodies, ["news"])

    def test_waits_until_the_timeout_when_nothing_happens(self) -> None:
        alice = self.person("alice.idle")
        since = alice.sync(timeout=0)["next_batch"]
        started = time.monotonic()
        answer = alice.sync(since=since, timeout=700)
        self.assertGreaterEqual(time.monotonic() - started, 0.65)
        self.assertEqual(answer.get("rooms", {}).get("join", {}), {})

    def test_every_event_once_in_order(self) -> None:
        alice, bea = self.person("alice.once"), self.person("bea.once")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        since = alice.sync(timeout=0)["next_batch"]
        sent = [f"line {number}" for number in range(40)]
        talker = threading.Thread(target=lambda: [bea.send(room_id, body) for body in sent])
        talker.start()
        seen: list[str] = []
        while len(seen) < len(sent):
            answer = alice.sync(since=since, timeout=10_000)
            self.assertNotEqual(answer["next_batch"], since, "the timeout passed without news")
            since = answer["next_batch"]
            seen += [event["content"]["body"] for event in _timeline(answer, room_id)]
        talker.join()
        self.assertEqual(seen, sent)

    def test_filter_limits_the_timeline(self) -> None:
        alice = self.person("alice.filter")
        room_id = alice.create_room()
        for number in range(5):
            alice.send(room_id, str(number))
        inline = json.dumps({"room": {"timeline": {"limit": 2}}})
        path = f"/_matrix/client/v3/user/{quote(alice.user_id)}/filter"
        by_id = alice.ok("POST", path, json.loads(inline))["filter_id"]
        for filter_ in (inline, by_id):
            with self.subTest(filter_):
                answer = alice.sync(timeout=0, filter=filter_)
                bodies = [event["content"]["body"] for event in _timeline(answer, room_id)]
                self.assertEqual(bodies, ["3", "4"])
                self.assertTrue(answer["rooms"]["join"][room_id]["timeline"]["limited"])

    def test_invitation_arrives(self) -> None:
        alice, bea = self.person("alice.inviter"), self.person("bea.invited")
        since = bea.sync(timeout=0)["next_batch"]
        room_id = alice.create_room(invite=[bea.user_id], name="come in")
        answer = bea.sync(since=since, timeout=10_000)
        stripped = answer["rooms"]["invite"][room_id]["invite_state"]["events"]
        self.assertIn("invite", [event["content"].get("membership") for event in stripped])

    def test_members_are_loaded_lazily_when_asked_for(self) -> None:
        alice, bea, carol = (self.person(f"{name}.lazy") for name in ("alice", "bea", "carol"))
        room_id = alice.create_room(preset="public_chat", name="crowd")
        bea.join(room_id)
        carol.join(room_id)
        bea.send(room_id, "hi")
        lazy = json.dumps({"room": {"timeline": {"limit": 1}, "state": {"lazy_load_members": True}}})
        room = alice.sync(timeout=0, filter=lazy)["rooms"]["join"][room_id]
        members = {e["state_key"] for e in room["state"]["events"] if e["type"] == "m.room.member"}
        self.assertEqual(members, {alice.user_id, bea.user_id})
        self.assertEqual(room["summary"]["m.joined_member_count"], 3)
        self.assertEqual(room["unread_notifications"], {"highlight_count": 0, "notification_count": 0})
        self.assertGreaterEqual(room["timeline"]["events"][0]["unsigned"]["age"], 0)

    def test_the_api_before_sync(self) -> None:
        alice, bea = self.person("alice.before"), self.person("bea.before")
        room_id = alice.create_room(preset="public_chat", name="then")
        bea.join(room_id)
        alice.send(room_id, "old")
        first = alice.ok("GET", "/_matrix/client/r0/initialSync", limit=1)
        (room,) = (room for room in first["rooms"] if room["room_id"] == room_id)
        self.assertEqual([event["content"].get("body") for event in room["messages"]["chunk"]], ["old"])
        self.assertIn("m.room.name", [event["type"] for event in room["state"]])
        bea.send(room_id, "new")
        events = alice.ok("GET", "/_matrix/client/r0/events", **{"from": first["end"], "timeout": 10_000})
        self.assertEqual([event["content"].get("body") for event in events["chunk"]], ["new"])
        again = alice.ok("GET", "/_matrix/client/v3/events", **{"from": events["end"], "timeout": 0})
        self.assertEqual(again["chunk"], [])

    def test_who_hangs_up_waits_no_more(self) -> None:
        alice = self.person("alice.gone")
        since = alice.sync(timeout=0)["next_batch"]
        listening = {
            "/_matrix/client/v3/sync": {"since": since, "timeout": 60_000},
            "/_matrix/client/r0/events": {"from": since, "timeout": 60_000},
        }
        for path, parameters in listening.items():
            target = f"{path}?{urllib.parse.urlencode(parameters)}"
            asks_once = compose("GET", target, token=alice.token)
            for request in (asks_once, asks_once.replace(b"Connection: close\r\n", b"")):
                with self.subTest(path, asks_once=request is asks_once):
                    with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
                        connection.sendall(request)
                        eventually(lambda: self.polls_waiting() == 1, "one waits")
                    eventually(lambda: self.polls_waiting() == 0, "nobody waits")

    def test_the_api_before_sync_tells_what_is_no_event_of_a_room(self) -> None:
        alice, bea = self.person("alice.eph"), self.person("bea.eph")
        room_id = alice.create_room(preset="public_chat")
        bea.join(room_id)
        said = alice.send(room_id, "read this")
        room = f"/_matrix/client/v3/rooms/{quote(room_id)}"
        end = alice.ok("GET", "/_matrix/client/r0/initialSync")["end"]

        def told() -> dict[str, dict]:
            nonlocal end
            events = alice.ok("GET", "/_matrix/client/r0/events", **{"from": end, "timeout": 10_000})
            end = events["end"]
            return {event["type"]: event for event in events["chunk"]}

        bea.ok("PUT", f"{room}/typing/{quote(bea.user_id)}", {"typing": True, "timeout": 30_000})
        typing = told()["m.typing"]
        self.assertEqual((typing["room_id"], typing["content"]["user_ids"]), (room_id, [bea.user_id]))
        bea.ok("POST", f"{room}/receipt/m.read/{quote(said)}")
        receipt = told()["m.receipt"]
        self.assertEqual((receipt["room_id"], list(receipt["content"])), (room_id, [said]))
        presence = f"/_matrix/client/v3/presence/{quote(bea.user_id)}/status"
        bea.ok("PUT", presence, {"presence": "unavailable", "status_msg": "at lunch"})
        eventually(lambda: told().get("m.presence", {}).get("sender") == bea.user_id, "her presence is told")
        invited_to = bea.create_room(invite=[alice.user_id])
        invitation = told()["m.room.member"]
        self.assertEqual((invitation["room_id"], invitation["state_key"]), (invited_to, alice.user_id))
        receipts = alice.ok("GET", "/_matrix/client/r0/initialSync")["receipts"]
        self.assertEqual([one["content"] for one in receipts], [receipt["content"]])
