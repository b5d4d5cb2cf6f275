"""Section "Examples / IRC" of the draft, byte by byte as an application service sees it."""

import json
import threading
import time
import unittest
import urllib.parse

from draft_bridge import HELLO_TS, WHATS_UP_TS
from matrix_client import compose, exchange_bytes, quote, text
from polling import eventually
from recording_appservice import Request
from stack_fixture import StackTestCase

_ROOM_ID = "!irc.freenode.net/#matrix:hsdomain.com"
_BOB = "@irc.freenode.net/Bob:hsdomain.com"


class WalkthroughTest(StackTestCase):
    """One conversation; its steps build on each other, so they are one test."""

    def test_as_the_draft_tells_it(self) -> None:
        bridge, as_bridge, hs_token = self.draft_bridge("#matrix")
        token = "?access_token=" + quote(hs_token)

        # "Nothing happens as no Matrix users are in the room."
        self.assertEqual(bridge.requests(), [])

        alice = self.person("alice")
        alice_room = alice.join("#irc.freenode.net/#matrix:hsdomain.com")
        answered = time.monotonic()
        self.assertEqual(alice_room, _ROOM_ID)
        alias_query, user_query = bridge.queries()
        self._assert_line(alias_query, "GET /rooms/%23irc.freenode.net%2F%23matrix%3Ahsdomain.com" + token)
        self._assert_line(user_query, "GET /users/%40irc.freenode.net%2FBob%3Ahsdomain.com" + token)
        self.assertLess(user_query.arrived, answered, "Bob is asked for before alice gets her answer")
        for query in (alias_query, user_query):
            self.assertEqual(query.body, b"")
            self.assertIsNone(query.header("Authorization"), "the draft knows only the parameter")
        self._check_room_as_alice_sees_it(alice)

        since = alice.sync(timeout=0)["next_batch"]
        hi = alice.send(_ROOM_ID, "hi!")
        push = eventually(lambda: _push_of(bridge.transactions(), hi), 'a transaction with "hi!"')
        self._check_push_of_hi(push, hi, token)

        whats_up = self._send_whats_up_as_the_draft_does(as_bridge.token)
        [event] = self._wait_for_news(alice, since, whats_up)
        self.assertEqual(event["sender"], _BOB)
        self.assertEqual(event["origin_server_ts"], WHATS_UP_TS)
        self.assertEqual(event["content"], text("what's up?"))

        bridge.wait_for_texts(["hello?", "hi!", "what's up?"])
        delivered = _messages(bridge.delivered())
        times = {event["content"]["body"]: event["origin_server_ts"] for event in delivered}
        self.assertEqual((times["hello?"], times["what's up?"]), (HELLO_TS, WHATS_UP_TS))
        self.assertEqual(len(bridge.queries()), 2, "each was asked for once")

    def _assert_line(self, request: Request, expected: str) -> None:
        self.assertEqual(request.line.decode("ascii"), f"{expected} HTTP/1.1")

    def _check_room_as_alice_sees_it(self, alice) -> None:
        events = alice.messages(_ROOM_ID)
        self.assertEqual(events[0]["type"], "m.room.create")
        [hello] = _messages(events)
        self.assertEqual(hello["content"], text("hello?"))
        self.assertEqual((hello["sender"], hello["origin_server_ts"]), (_BOB, HELLO_TS))
        state = {(event["type"], event["state_key"]): event for event in events if "state_key" in event}
        self.assertEqual(state["m.room.name", ""]["content"], {"name": "#matrix"})
        self.assertEqual(state["m.room.name", ""]["sender"], _BOB)
        self.assertEqual(state["m.room.name", ""]["origin_server_ts"], HELLO_TS)
        self.assertIn(("m.room.join_rules", ""), state)
        self.assertIn(("m.room.power_levels", ""), state)
        bob = state["m.room.member", _BOB]["content"]
        self.assertEqual((bob["membership"], bob["displayname"]), ("join", "Bob"))
        self.assertEqual(state["m.room.member", alice.user_id]["content"]["membership"], "join")
        self.assertEqual(alice.display_name(_BOB), "Bob")
        path = f"/_matrix/client/v3/directory/room/{quote('#irc.freenode.net/#matrix:hsdomain.com')}"
        directory = alice.ok("GET", path)
        self.assertEqual(directory["room_id"], _ROOM_ID)

    def _check_push_of_hi(self, push: Request, event_id: str, token: str) -> None:
        pattern = r"^PUT /transactions/[^/?]+\?access_token=[^&]+ HTTP/1\.1$"
        self.assertRegex(push.line.decode("ascii"), pattern)
        self.assertTrue(push.target.endswith(token))
        self.assertEqual(push.header("Content-Type"), "application/json")
        content = push.json()
        self.assertEqual(list(content), ["events"])
        [event] = [event for event in content["events"] if event["event_id"] == event_id]
        self.assertEqual(event["type"], "m.room.message")
        self.assertEqual(event["content"], text("hi!"))
        self.assertEqual(event["room_id"], _ROOM_ID)
        self.assertEqual((event["user_id"], event["sender"]), ("@alice:hsdomain.com",) * 2)
        self.assertLess(abs(event["origin_server_ts"] - time.time() * 1000), 60_000)

    def _send_whats_up_as_the_draft_does(self, as_token: str) -> str:
        target = (
            "/rooms/%21irc.freenode.net%2F%23matrix%3Ahsdomain.com/send/m.room.message"
            f"?access_token={quote(as_token)}"
            "&user_id=%40irc.freenode.net%2FBob%3Ahsdomain.com"
            "&ts=1421418084816"
        )
        response = exchange_bytes(self.port, compose("PUT", target, text("what's up?")))
        self.assertEqual(response.status, 200, str(response))
        self.assertEqual(list(response.json()), ["event_id"])
        return response.json()["event_id"]

    def _wait_for_news(self, client, since: str, event_id: str) -> list[dict]:
        """The event as a long poll brings it."""
        for _ in range(10):
            news = client.sync(since=since, timeout=10_000)
            since = news["next_batch"]
            room = news.get("rooms", {}).get("join", {}).get(_ROOM_ID, {})
            events = room.get("timeline", {}).get("events", [])
            found = [event for event in events if event["event_id"] == event_id]
            if found:
                return found
        raise AssertionError(f"{event_id} did not come to alice")


class SideBySideTest(StackTestCase):
    """Two users join the same unknown alias at once."""

    def test_one_room_is_made_and_everybody_is_in_it(self) -> None:
        bridge, _, _ = self.draft_bridge("#crowd")
        people = [self.person(name) for name in ("alice", "bea", "carl", "dora")]
        rooms: list[str] = []
        threads = [threading.Thread(target=lambda p=p: rooms.append(p.join(bridge.alias))) for p in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(rooms, [bridge.room_id] * len(people))
        events = people[0].messages(bridge.room_id)
        self.assertEqual([event["content"]["body"] for event in _messages(events)], ["hello?"])
        self.assertEqual(len([event for event in events if event["type"] == "m.room.create"]), 1)
        asked = [urllib.parse.unquote(query.path) for query in bridge.queries()]
        self.assertEqual(sorted(asked), sorted(set(asked)), "the same question is asked once")


def _messages(events: list[dict]) -> list[dict]:
    return [event for event in events if event["type"] == "m.room.message"]


def _push_of(transactions: list[Request], event_id: str) -> Request | None:
    for transaction in transactions:
        if any(event["event_id"] == event_id for event in json.loads(transaction.body)["events"]):
            return transaction
    return None


if __name__ == "__main__":
    unittest.main()
