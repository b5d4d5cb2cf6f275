"""What users keep for themselves and tell each other beside events, and that sync shows it."""

import json
import os
import secrets
import signal

from matrix_client import MatrixClient, quote
from polling import eventually
from recording_appservice import RecordingAppservice
from stack_fixture import SERVER_NAME, StackTestCase


def _joined(answer: dict, room_id: str) -> dict:
    return answer["rooms"]["join"].get(room_id, {})


def _told_of(answer: dict) -> list[str]:
    """Whose presence is in it."""
    return [event["sender"] for event in answer.get("presence", {}).get("events", [])]


def _content(part: dict, kind: str, event_type: str) -> dict | None:
    for event in part.get(kind, {}).get("events", []):
        if event["type"] == event_type:
            return event["content"]
    return None


class UpdatesTest(StackTestCase):
    def room_of(self, *people: MatrixClient) -> str:
        room_id = people[0].create_room(preset="public_chat")
        for person in people[1:]:
            person.join(room_id)
        return room_id

    def restart_homeserver(self, client: MatrixClient) -> None:
        process = self.stack.processes["homeserver"]
        assert process.identity is not None
        os.kill(process.identity.pid, signal.SIGKILL)
        eventually(lambda: not process.alive(), "the homeserver is dead")
        self.stack.start_service("homeserver")
        self.stack.wait_until_ready()
        # The gateway connects again.
        whoami = "/_matrix/client/v3/account/whoami"
        eventually(lambda: client.request("GET", whoami).status == 200, "it is back")

    def test_account_data_and_tags_outlive_a_restart(self) -> None:
        alice = self.person("alice")
        room_id = self.room_of(alice)
        user = f"/_matrix/client/v3/user/{quote(alice.user_id)}"
        since = alice.sync(timeout=0)["next_batch"]
        alice.ok("PUT", f"{user}/account_data/m.direct", {"@b:hs": ["!r:hs"]})
        alice.ok("PUT", f"{user}/rooms/{quote(room_id)}/tags/u.work", {"order": 0.5})
        self.restart_homeserver(alice)
        answer = alice.sync(since=since, timeout=10_000)
        self.assertEqual(_content(answer, "account_data", "m.direct"), {"@b:hs": ["!r:hs"]})
        tags = {"tags": {"u.work": {"order": 0.5}}}
        self.assertEqual(_content(_joined(answer, room_id), "account_data", "m.tag"), tags)
        self.assertEqual(alice.ok("GET", f"{user}/account_data/m.direct"), {"@b:hs": ["!r:hs"]})
        self.assertEqual(alice.ok("GET", f"{user}/rooms/{quote(room_id)}/tags"), tags)
        alice.ok("DELETE", f"{user}/rooms/{quote(room_id)}/tags/u.work")
        self.assertEqual(alice.ok("GET", f"{user}/rooms/{quote(room_id)}/tags"), {"tags": {}})

    def test_account_data_is_refused_where_it_must_be(self) -> None:
        alice, bea = self.person("alice.refused"), self.person("bea.refused")
        user = f"/_matrix/client/v3/user/{quote(alice.user_id)}"
        for kind in ("m.push_rules", "m.fully_read"):
            response = alice.request("PUT", f"{user}/account_data/{kind}", {})
            self.assert_error(response, 405, "M_BAD_JSON")
        self.assert_error(alice.request("GET", f"{user}/account_data/m.none"), 404, "M_NOT_FOUND")
        self.assert_error(bea.request("GET", f"{user}/account_data/m.direct"), 403, "M_FORBIDDEN")
        self.assert_error(bea.request("PUT", f"{user}/account_data/m.direct", {}), 403, "M_FORBIDDEN")

    def test_typing_and_receipts_reach_the_others(self) -> None:
        alice, bea = self.person("alice.reader"), self.person("bea.writer")
        room_id = self.room_of(alice, bea)
        room = f"/_matrix/client/v3/rooms/{quote(room_id)}"
        event_id = alice.send(room_id, "read this")
        since = alice.sync(timeout=0)["next_batch"]
        bea.ok("PUT", f"{room}/typing/{quote(bea.user_id)}", {"typing": True, "timeout": 30_000})
        answer = alice.sync(since=since, timeout=10_000)
        typing = _content(_joined(answer, room_id), "ephemeral", "m.typing")
        self.assertEqual(typing, {"user_ids": [bea.user_id]})
        bea.ok("POST", f"{room}/receipt/m.read/{quote(event_id)}")
        answer = alice.sync(since=answer["next_batch"], timeout=10_000)
        receipt = _content(_joined(answer, room_id), "ephemeral", "m.receipt")
        self.assertIn(bea.user_id, receipt[event_id]["m.read"])
        bea.ok("POST", f"{room}/read_markers", {"m.fully_read": event_id, "m.read.private": event_id})
        marker = _content(_joined(bea.sync(timeout=0), room_id), "account_data", "m.fully_read")
        self.assertEqual(marker, {"event_id": event_id})

    def test_strangers_do_not_type_or_read(self) -> None:
        alice, bea = self.person("alice.alone"), self.person("bea.outside")
        room_id = self.room_of(alice)
        room = f"/_matrix/client/v3/rooms/{quote(room_id)}"
        event_id = alice.send(room_id, "mine")
        typing = f"{room}/typing/{quote(bea.user_id)}"
        self.assert_error(bea.request("PUT", typing, {"typing": True}), 403, "M_FORBIDDEN")
        receipt = f"{room}/receipt/m.read/{quote(event_id)}"
        self.assert_error(bea.request("POST", receipt, {}), 403, "M_FORBIDDEN")
        self.assert_error(alice.request("POST", f"{room}/receipt/m.read/$none", {}), 404, "M_NOT_FOUND")

    def test_presence_is_shown_to_who_shares_a_room(self) -> None:
        alice, bea, carol = (self.person(f"{name}.presence") for name in ("alice", "bea", "carol"))
        self.room_of(alice, bea)
        status = f"/_matrix/client/v3/presence/{quote(bea.user_id)}/status"
        bea.ok("PUT", status, {"presence": "unavailable", "status_msg": "at lunch"})
        shown = alice.ok("GET", status)
        self.assertEqual((shown["presence"], shown["status_msg"]), ("unavailable", "at lunch"))
        events = alice.sync(timeout=0)["presence"]["events"]
        self.assertIn(bea.user_id, [event["sender"] for event in events])
        self.assert_error(carol.request("GET", status), 403, "M_FORBIDDEN")
        self.assert_error(alice.request("PUT", status, {"presence": "online"}), 403, "M_FORBIDDEN")
        self.assertNotIn("presence", carol.sync(timeout=0, set_presence="offline"))

    def test_presence_meets_who_comes_into_a_room(self) -> None:
        alice, bea, carol = (self.person(f"{name}.meets") for name in ("alice", "bea", "carol"))
        room_id = self.room_of(carol)
        bea.ok("PUT", f"/_matrix/client/v3/presence/{quote(bea.user_id)}/status", {"presence": "online"})
        since = {person: person.sync(timeout=0)["next_batch"] for person in (alice, carol)}
        bea.join(room_id)
        eventually(lambda: bea.user_id in _told_of(carol.sync(since=since[carol], timeout=0)), "carol sees who came")
        alice.join(room_id)
        answer = alice.sync(since=since[alice], timeout=10_000)
        self.assertIn(room_id, answer["rooms"]["join"])
        self.assertIn(bea.user_id, _told_of(answer))
        self.assertNotIn(bea.user_id, _told_of(alice.sync(since=answer["next_batch"], timeout=0)))

    # Goal: thousands who come online at once are too much for nobody. Method: more ghosts than one answer tells of.
    def test_burst_of_presence_is_bounded(self) -> None:
        bridge, _ = self.register_v1("burst", None, {"users": ["@burst_.*"]})
        alice = self.person("alice.burst")
        room_id = self.room_of(alice)
        ghosts = [bridge.acting_as(f"@burst_{number}:{SERVER_NAME}") for number in range(510)]
        for ghost in ghosts:
            login = {"type": "m.login.application_service", "username": ghost.user_id[1:].partition(":")[0]}
            bridge.ok("POST", "/_matrix/client/v3/register", login | {"inhibit_login": True})
            ghost.join(room_id)
        since = alice.sync(timeout=0, set_presence="offline")["next_batch"]
        for ghost in ghosts:
            ghost.ok("PUT", f"/_matrix/client/v3/presence/{quote(ghost.user_id)}/status", {"presence": "online"})
        answer = alice.sync(since=since, timeout=0, set_presence="offline")
        self.assertEqual(_told_of(answer), [ghost.user_id for ghost in ghosts[-500:]])

    def test_message_waits_for_the_device_until_it_is_acknowledged(self) -> None:
        alice, bea = self.person("alice.device"), self.person("bea.device")
        device_id = bea.ok("GET", "/_matrix/client/v3/account/whoami")["device_id"]
        since = bea.sync(timeout=0)["next_batch"]
        path = "/_matrix/client/v3/sendToDevice/m.test/txn1"
        body = {"messages": {bea.user_id: {device_id: {"secret": 1}, "OTHER": {}}}}
        for _ in range(2):
            alice.ok("PUT", path, body)
        answer = bea.sync(since=since, timeout=10_000)
        message = {"type": "m.test", "sender": alice.user_id, "content": {"secret": 1}}
        self.assertEqual(answer["to_device"]["events"], [message])
        self.assertEqual(bea.sync(since=since, timeout=0)["to_device"]["events"], [message])
        self.assertNotIn("to_device", bea.sync(since=answer["next_batch"], timeout=0))
        self.assertNotIn("to_device", bea.sync(timeout=0))


class AppserviceUpdatesTest(StackTestCase):
    def register_ephemeral(self, url: str) -> MatrixClient:
        as_token = self.grant("xmpp", {"users": ["@xmpp_.*"]})
        registration = {
            "id": "xmpp",
            "url": url,
            "as_token": as_token,
            "hs_token": self.remember_secret(secrets.token_urlsafe(24)),
            "sender_localpart": "xmpp_bot",
            "receive_ephemeral": True,
            "rate_limited": False,
            "namespaces": {"users": [{"exclusive": True, "regex": "@xmpp_.*"}], "aliases": [], "rooms": []},
        }
        file = self._folder / "xmpp.yaml"
        file.write_text(json.dumps(registration))
        file.chmod(0o600)
        self.ctl_ok("appservice", "register", f"--file={file}")
        bot = MatrixClient(self.port, as_token, f"@xmpp_bot:{SERVER_NAME}")
        ghost = {"type": "m.login.application_service", "username": "xmpp_eve", "inhibit_login": True}
        bot.ok("POST", "/_matrix/client/v3/register", ghost)
        return bot.acting_as(f"@xmpp_eve:{SERVER_NAME}")

    def test_service_gets_messages_typing_receipts_and_presence(self) -> None:
        service: RecordingAppservice = self.recording_appservice()
        ghost = self.register_ephemeral(service.url)
        alice = self.person("alice")
        room_id = alice.create_room(preset="public_chat")
        ghost.join(room_id)
        event_id = alice.send(room_id, "hi")
        self.wait_until_published()

        def told(kind: str) -> list[dict]:
            bodies = [request.json() for request in service.requests() if request.method == "PUT"]
            return [thing for body in bodies for thing in body.get(kind, [])]

        messages = {"messages": {ghost.user_id: {"*": {"n": 1}, "DEV": {"n": 2}}}}
        alice.ok("PUT", "/_matrix/client/v3/sendToDevice/m.test/txn1", messages)
        to_device = eventually(lambda: len(told("to_device")) == 2 and told("to_device"), "messages came")
        self.assertEqual([message["content"]["n"] for message in to_device], [1, 2])
        self.assertEqual(to_device[1]["to_device_id"], "DEV")
        self.assertEqual(to_device[1]["to_user_id"], ghost.user_id)

        def ephemeral(event_type: str) -> list[dict]:
            return [event for event in told("ephemeral") if event["type"] == event_type]

        room = f"/_matrix/client/v3/rooms/{quote(room_id)}"
        alice.ok("PUT", f"{room}/typing/{quote(alice.user_id)}", {"typing": True})
        typing = eventually(lambda: ephemeral("m.typing"), "typing came")
        self.assertEqual(typing[-1]["content"]["user_ids"], [alice.user_id])
        alice.ok("POST", f"{room}/receipt/m.read/{quote(event_id)}", {})
        receipts = eventually(lambda: ephemeral("m.receipt"), "a receipt came")
        self.assertIn(alice.user_id, receipts[-1]["content"][event_id]["m.read"])
        # She is no user of the service, but shares a room with one.
        status = f"/_matrix/client/v3/presence/{quote(alice.user_id)}/status"
        alice.ok("PUT", status, {"presence": "online", "status_msg": "here"})
        presence = eventually(lambda: ephemeral("m.presence"), "presence came")
        self.assertEqual(presence[-1]["sender"], alice.user_id)
        self.assertNotIn("room_ids", presence[-1])
