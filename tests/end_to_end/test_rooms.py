"""Rooms as bridges and people use them: powers, redactions, lists, many ghosts."""

import json
import secrets

from matrix_client import MatrixClient, quote
from polling import eventually
from stack_fixture import SERVER_NAME, StackTestCase

_CLIENT = "/_matrix/client/v3"
_GHOSTS = 40


def room_path(room_id: str, rest: str) -> str:
    return f"{_CLIENT}/rooms/{quote(room_id)}/{rest}"


class RoomTest(StackTestCase):
    def register_irc(self, name: str) -> tuple[MatrixClient, str]:
        """The client of a new service of today's kind, and its ghosts' prefix."""
        prefix = f"{name}_"
        as_token = self.grant(name, {"users": [f"@{prefix}.*"], "aliases": [f"#{prefix}.*"]})
        service = self.recording_appservice()
        registration = {
            "id": name,
            "url": service.url,
            "as_token": as_token,
            "hs_token": self.remember_secret(secrets.token_urlsafe(24)),
            "sender_localpart": f"{prefix}bot",
            "rate_limited": False,
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"@{prefix}.*"}],
                "aliases": [{"exclusive": True, "regex": f"#{prefix}.*"}],
                "rooms": [],
            },
        }
        file = self._folder / f"{name}.yaml"
        file.write_text(json.dumps(registration))  # JSON is YAML.
        file.chmod(0o600)
        self.ctl_ok("appservice", "register", f"--file={file}")
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        self.service = service
        return MatrixClient(self.port, as_token, f"@{prefix}bot:{SERVER_NAME}"), prefix

    def test_redacted_event_is_stripped_for_clients_and_told_to_the_bridge(self) -> None:
        bot, prefix = self.register_irc("redact")
        alice = self.person("alice.redact")
        room_id = bot.create_room(preset="public_chat", room_alias_name=f"{prefix}lobby")
        alice.join(room_id)
        said = alice.send(room_id, "something bad")
        path = room_path(room_id, f"redact/{quote(said)}/r1")
        redaction = bot.ok("PUT", path, {"reason": "spam"})["event_id"]
        self.assertEqual(bot.ok("PUT", path, {"reason": "spam"})["event_id"], redaction)
        event = alice.ok("GET", room_path(room_id, f"event/{quote(said)}"))
        self.assertEqual(event["content"], {})
        self.assertEqual(event["unsigned"]["redacted_because"]["event_id"], redaction)
        self.assertNotIn("something bad", json.dumps(alice.messages(room_id)))
        self.assertNotIn("something bad", json.dumps(alice.sync()))

        def told() -> bool:
            pushed = [event for event in self.service.delivered() if event["event_id"] == redaction]
            return bool(pushed) and pushed[0]["redacts"] == said

        eventually(told, "the bridge has the redaction")
        refused = alice.request("PUT", room_path(room_id, f"redact/{quote(redaction)}/r2"), {})
        self.assert_error(refused, 403, "M_FORBIDDEN")
        self.assertIn("takes power level 50", refused.json()["error"])

    def test_lists_of_public_rooms(self) -> None:
        bot, prefix = self.register_irc("lists")
        alice = self.person("alice.lists")
        listed = alice.create_room(visibility="public", name="Lists of Alice", topic="all of them")
        page = MatrixClient(self.port).ok("GET", f"{_CLIENT}/publicRooms", limit=1)
        self.assertEqual(page["chunk"][0]["room_id"], listed)
        self.assertEqual(page["chunk"][0]["num_joined_members"], 1)
        self.assertNotIn("prev_batch", page)
        other = alice.create_room(visibility="public")
        first = alice.ok("GET", f"{_CLIENT}/publicRooms", limit=1)
        second = alice.ok("GET", f"{_CLIENT}/publicRooms", limit=1, since=first["next_batch"])
        again = alice.ok("GET", f"{_CLIENT}/publicRooms", limit=1, since=second["prev_batch"])
        self.assertEqual(again["chunk"], first["chunk"])
        alice.ok("PUT", f"{_CLIENT}/directory/list/room/{quote(other)}", {"visibility": "private"})
        body = {"filter": {"generic_search_term": "LISTS OF"}}
        found = alice.ok("POST", f"{_CLIENT}/publicRooms", body)
        self.assertEqual([room["name"] for room in found["chunk"]], ["Lists of Alice"])
        visibility = f"{_CLIENT}/directory/list/room/{quote(listed)}"
        self.assertEqual(alice.ok("GET", visibility), {"visibility": "public"})
        alice.ok("PUT", visibility, {"visibility": "private"})
        self.assertEqual(alice.ok("GET", visibility), {"visibility": "private"})

        bridged = bot.create_room(preset="public_chat", room_alias_name=f"{prefix}chan")
        network = f"{_CLIENT}/directory/list/appservice/freenode/{quote(bridged)}"
        self.assert_error(alice.request("PUT", network, {"visibility": "public"}), 403, "M_FORBIDDEN")
        bot.ok("PUT", network, {"visibility": "public"})
        in_network = alice.ok(
            "GET", f"{_CLIENT}/publicRooms", third_party_instance_id="lists|freenode"
        )
        self.assertEqual([room["room_id"] for room in in_network["chunk"]], [bridged])
        everywhere = alice.ok("POST", f"{_CLIENT}/publicRooms", {"include_all_networks": True})
        self.assertEqual([room["room_id"] for room in everywhere["chunk"]], [bridged])
        bot.ok("DELETE", network)
        gone = alice.ok("GET", f"{_CLIENT}/publicRooms", include_all_networks="true")
        self.assertEqual(gone["chunk"], [])

    def test_what_is_refused_says_why(self) -> None:
        alice, bob = self.person("alice.rules"), self.person("bob.rules")
        room_id = alice.create_room(preset="public_chat")
        bob.join(room_id)
        renaming = room_path(room_id, "state/m.room.name")
        refused = bob.request("PUT", renaming, {"name": "mine"})
        self.assert_error(refused, 403, "M_FORBIDDEN")
        self.assertIn(f"takes power level 50, {bob.user_id} has 0", refused.json()["error"])
        self.assert_error(
            bob.request("POST", f"{_CLIENT}/knock/{quote(room_id)}", {}), 403, "M_FORBIDDEN"
        )
        by_mail = {"medium": "email", "address": "a@example.org", "id_server": "example.org"}
        self.assert_error(
            alice.request("POST", room_path(room_id, "invite"), by_mail), 403, "M_FORBIDDEN"
        )
        self.assert_error(
            bob.request("PUT", room_path("!mine:" + SERVER_NAME, "state/m.room.create"), {}),
            403,
            "M_FORBIDDEN",
        )
        unknown = alice.request("POST", f"{_CLIENT}/createRoom", {"room_version": "11"})
        self.assert_error(unknown, 400, "M_UNSUPPORTED_ROOM_VERSION")

    def test_who_joins_is_what_the_join_rule_says(self) -> None:
        alice, bob, carol = (self.person(f"{name}.joins") for name in ("alice", "bob", "carol"))
        club = alice.create_room(preset="public_chat")
        bob.join(club)

        def room_with(rule: dict) -> str:
            state = [{"type": "m.room.join_rules", "state_key": "", "content": rule}]
            return alice.create_room(preset="public_chat", initial_state=state)

        def is_refused(person: MatrixClient, room_id: str) -> None:
            self.assert_error(person.request("POST", room_path(room_id, "join"), {}), 403, "M_FORBIDDEN")

        allow = [{"type": "m.room_membership", "room_id": club}]
        for rule, is_bob_let_in in (
            ({"join_rule": "invite"}, False),
            ({"join_rule": "knock"}, False),
            ({"join_rule": "restricted", "allow": []}, False),
            ({"join_rule": "restricted", "allow": allow}, True),
            ({"join_rule": "knock_restricted", "allow": allow}, True),
        ):
            with self.subTest(**rule):
                room_id = room_with(rule)
                is_refused(carol, room_id)
                if is_bob_let_in:
                    bob.join(room_id)
                    member = bob.ok("GET", room_path(room_id, f"state/m.room.member/{quote(bob.user_id)}"))
                    self.assertEqual(member["join_authorised_via_users_server"], alice.user_id)
                else:
                    is_refused(bob, room_id)
                alice.ok("POST", room_path(room_id, "invite"), {"user_id": carol.user_id})
                carol.join(room_id)

        # A rule counts from when it is made, and who is in stays in; a ban counts above all.
        alice.ok("PUT", room_path(club, "state/m.room.join_rules"), {"join_rule": "invite"})
        bob.send(club, "still here")
        is_refused(carol, club)
        alice.ok("PUT", room_path(club, "state/m.room.join_rules"), {"join_rule": "public"})
        alice.ok("POST", room_path(club, "ban"), {"user_id": carol.user_id})
        is_refused(carol, club)
        # Who left the club is let in no more.
        later = room_with({"join_rule": "restricted", "allow": allow})
        bob.ok("POST", room_path(club, "leave"))
        is_refused(bob, later)

    def test_ban_lasts_until_it_is_lifted(self) -> None:
        alice, bob, carol = (self.person(f"{name}.ban") for name in ("alice", "bob", "carol"))
        room_id = alice.create_room(preset="public_chat")
        for person in (bob, carol):
            person.join(room_id)
        target = {"user_id": bob.user_id}
        not_banned = alice.request("POST", room_path(room_id, "unban"), target)
        self.assert_error(not_banned, 403, "M_FORBIDDEN")
        alice.ok("POST", room_path(room_id, "ban"), target | {"reason": "spam"})
        self.assert_error(bob.request("POST", room_path(room_id, "join"), {}), 403, "M_FORBIDDEN")
        by_carol = carol.request("POST", room_path(room_id, "unban"), target)
        self.assert_error(by_carol, 403, "M_FORBIDDEN")
        alice.ok("POST", room_path(room_id, "unban"), target | {"reason": "it was a joke"})
        lifted = carol.messages(room_id)[-1]
        self.assertEqual((lifted["sender"], lifted["state_key"]), (alice.user_id, bob.user_id))
        self.assertEqual(lifted["content"], {"membership": "leave", "reason": "it was a joke"})
        joined = f"{_CLIENT}/joined_rooms"
        self.assertNotIn(room_id, bob.ok("GET", joined)["joined_rooms"])
        bob.join(room_id)
        self.assertIn(room_id, bob.ok("GET", joined)["joined_rooms"])

    def test_creator_chooses_the_power_levels(self) -> None:
        alice, bob = self.person("alice.power"), self.person("bob.power")
        plain, room_id = (
            alice.create_room(preset="public_chat", **options)
            for options in (
                {},
                {
                    "power_level_content_override": {
                        "users": {alice.user_id: 100, bob.user_id: 50},
                        "events_default": 10,
                    }
                },
            )
        )
        before, levels = (
            alice.ok("GET", room_path(one, "state/m.room.power_levels")) for one in (plain, room_id)
        )
        self.assertEqual(
            levels,
            before | {"users": {alice.user_id: 100, bob.user_id: 50}, "events_default": 10},
        )
        bob.join(room_id)
        bob.ok("PUT", room_path(room_id, "state/m.room.name"), {"name": "ours"})
        carol = self.person("carol.power")
        carol.join(room_id)
        self.assert_error(carol.try_send(room_id, "may I?"), 403, "M_FORBIDDEN")
        malformed = {"power_level_content_override": {"users": {alice.user_id: "all"}}}
        refused = alice.request("POST", f"{_CLIENT}/createRoom", malformed)
        self.assert_error(refused, 400, "M_BAD_JSON")

    def test_forgotten_room_is_gone(self) -> None:
        alice, bob = self.person("alice.forget"), self.person("bob.forget")
        room_id = alice.create_room(preset="public_chat")
        bob.join(room_id)
        self.assert_error(bob.request("POST", room_path(room_id, "forget")), 400, "M_UNKNOWN")
        # As an SDK leaves with a reason.
        bob.ok("POST", room_path(room_id, "kick"), {"user_id": bob.user_id, "reason": "Quit: bye"})
        self.assertEqual(bob.messages(room_id)[-1]["content"]["reason"], "Quit: bye")
        bob.ok("POST", room_path(room_id, "forget"))
        self.assert_error(bob.request("GET", room_path(room_id, "messages"), dir="b"), 403)

    def test_context_and_initial_sync(self) -> None:
        alice = self.person("alice.context")
        room_id = alice.create_room(room_alias_name="context")
        before, here, after = (alice.send(room_id, body) for body in ("before", "here", "after"))
        context = alice.ok("GET", room_path(room_id, f"context/{quote(here)}"), limit=2)
        self.assertEqual(context["event"]["event_id"], here)
        self.assertEqual([event["event_id"] for event in context["events_before"]], [before])
        self.assertEqual([event["event_id"] for event in context["events_after"]], [after])
        earlier = alice.ok(
            "GET",
            room_path(room_id, "messages"),
            dir="b",
            **{"from": context["end"]},
            filter='{"types":["m.room.message"]}',
        )
        self.assertEqual(
            [event["event_id"] for event in earlier["chunk"]], [after, here, before]
        )
        self.assertNotIn("end", earlier)
        self.assertGreaterEqual(earlier["chunk"][0]["unsigned"]["age"], 0)
        aliases = alice.ok("GET", room_path(room_id, "aliases"))["aliases"]
        self.assertEqual(aliases, [f"#context:{SERVER_NAME}"])
        initial_sync = f"/_matrix/client/r0/rooms/{quote(room_id)}/initialSync"
        self.assertEqual(alice.ok("GET", initial_sync)["account_data"], [])
        tag = f"/_matrix/client/v3/user/{quote(alice.user_id)}/rooms/{quote(room_id)}/tags/m.favourite"
        alice.ok("PUT", tag, {"order": 0.5})
        sync = alice.ok("GET", initial_sync, limit=1)
        self.assertEqual(
            sync["account_data"],
            [{"type": "m.tag", "content": {"tags": {"m.favourite": {"order": 0.5}}}}],
        )
        self.assertEqual(sync["membership"], "join")
        self.assertEqual([event["event_id"] for event in sync["messages"]["chunk"]], [after])

    def test_ghosts_come_speak_and_go(self) -> None:
        bot, prefix = self.register_irc("crowd")
        alice = self.person("alice.crowd")
        room_id = bot.create_room(preset="public_chat", invite=[alice.user_id])
        alice.join(room_id)
        ghosts = []
        for number in range(_GHOSTS):
            request = {"type": "m.login.application_service", "username": f"{prefix}{number}"}
            bot.ok("POST", f"{_CLIENT}/register", request)
            ghosts.append(bot.acting_as(f"@{prefix}{number}:{SERVER_NAME}"))
        for ghost in ghosts:
            ghost.join(room_id)
        # One transaction ID for all: they are told apart by who acts.
        said = {ghost.send(room_id, f"I am {ghost.user_id}", txn_id="1") for ghost in ghosts}
        self.assertEqual(len(said), _GHOSTS)
        members = alice.ok("GET", room_path(room_id, "joined_members"))["joined"]
        self.assertEqual(len(members), _GHOSTS + 2)
        for ghost in ghosts:
            reason = {"user_id": ghost.user_id, "reason": "Quit"}
            ghost.ok("POST", room_path(room_id, "kick"), reason)
        left = alice.ok("GET", room_path(room_id, "members"), membership="leave")["chunk"]
        self.assertEqual(len(left), _GHOSTS)
        members = alice.ok("GET", room_path(room_id, "joined_members"))["joined"]
        self.assertEqual(sorted(members), sorted([alice.user_id, bot.user_id]))

    def test_operator_lists_all_rooms(self) -> None:
        room_id = self.person("alice.operator").create_room()
        rooms = json.loads(self.ctl_ok("room", "list", "--output=json"))
        self.assertIn(room_id, [room["room_id"] for room in rooms])
