"""Queries for users and rooms that only the application service knows, and its silence."""

import threading

from matrix_client import MatrixClient, quote
from polling import eventually
from recording_appservice import DROP, HANG, NOT_FOUND, Answer
from stack_fixture import StackTestCase


class QueryTest(StackTestCase):
    def test_alias_that_the_service_does_not_know_is_404(self) -> None:
        bridge, _, _ = self.draft_bridge("#known")
        alice = self.person("alice")
        unknown = bridge.alias.replace("#known", "#unknown")
        response = alice.request("POST", f"/_matrix/client/v3/join/{quote(unknown)}", {})
        self.assert_error(response, 404, "M_NOT_FOUND")
        self.assertEqual([query.last_segment for query in bridge.queries()], [unknown])

    def test_200_with_errcode_is_no_room(self) -> None:
        """Services of the draft's days say no this way."""
        bridge, _, _ = self.draft_bridge("#refused")
        bridge.respond = lambda _: Answer(200, b'{"errcode":"M_NOT_FOUND"}')
        alice = self.person("alice.refused")
        response = alice.request("POST", f"/_matrix/client/v3/join/{quote(bridge.alias)}", {})
        self.assert_error(response, 404, "M_NOT_FOUND")

    def test_alias_outside_all_namespaces_is_404_and_asks_nobody(self) -> None:
        bridge, _, _ = self.draft_bridge("#mine")
        alice = self.person("alice.outside")
        response = alice.request("POST", f"/_matrix/client/v3/join/{quote('#nobodys:hsdomain.com')}", {})
        self.assert_error(response, 404, "M_NOT_FOUND")
        self.assertEqual(bridge.queries(), [])

    def test_invited_user_is_asked_for_and_made(self) -> None:
        bridge, _, _ = self.draft_bridge("#invites")
        bridge.nicks.add("Carol")
        alice = self.person("alice.host")
        room_id = alice.create_room()
        invite = f"/_matrix/client/v3/rooms/{quote(room_id)}/invite"
        alice.ok("POST", invite, {"user_id": bridge.user_id("Carol")})
        self.assertEqual([query.last_segment for query in bridge.queries()], [bridge.user_id("Carol")])
        self.assertEqual(alice.display_name(bridge.user_id("Carol")), "Carol")

    def test_invited_user_that_the_service_does_not_know_is_refused(self) -> None:
        bridge, _, _ = self.draft_bridge("#strangers")
        alice = self.person("alice.strangers")
        room_id = alice.create_room()
        invite = f"/_matrix/client/v3/rooms/{quote(room_id)}/invite"
        response = alice.request("POST", invite, {"user_id": bridge.user_id("Nobody")})
        self.assertIn(response.status, (403, 404), str(response))
        self.assert_error(response, response.status)

    def test_ghost_that_acts_is_asked_for_first(self) -> None:
        bridge, as_bridge, _ = self.draft_bridge("#ghosts")
        bridge.nicks.add("Dave")
        room_id = self.person("alice.ghosts").join(bridge.alias)
        self.assertEqual(as_bridge.acting_as(bridge.user_id("Dave")).join(room_id), room_id)
        stranger = as_bridge.acting_as(bridge.user_id("Ghost"))
        refused = stranger.request("POST", f"/_matrix/client/v3/rooms/{quote(room_id)}/join", {})
        self.assert_error(refused, 403, "M_FORBIDDEN")
        asked = [query.last_segment for query in bridge.queries()]
        self.assertIn(bridge.user_id("Dave"), asked)
        self.assertIn(bridge.user_id("Ghost"), asked)

    def test_query_is_tried_again_when_the_answer_is_lost(self) -> None:
        bridge, _, _ = self.draft_bridge("#lossy")
        lost: list[str] = []

        def lose_first(request):
            if request.path not in lost:
                lost.append(request.path)
                return DROP
            return bridge.answer(request)

        bridge.respond = lose_first
        self.assertEqual(self.person("alice.lossy").join(bridge.alias), bridge.room_id)

    def test_directory_look_up_asks_like_a_join(self) -> None:
        bridge, _, _ = self.draft_bridge("#lookup")
        path = f"/_matrix/client/v3/directory/room/{quote(bridge.alias)}"
        answer = MatrixClient(self.port).ok("GET", path)
        self.assertEqual(answer["room_id"], bridge.room_id)


class SilentServiceTest(StackTestCase):
    """An application service that does not answer: its users wait, and are told 408."""

    EXTRA_FLAGS = {"homeserver": ["--query_deadline_ms=1500"]}

    def test_hanging_service_is_408(self) -> None:
        bridge, _, _ = self.draft_bridge("#hangs")
        bridge.respond = lambda _: HANG
        self.addCleanup(bridge.release)
        alice = self.person("alice")
        response = alice.request("POST", f"/_matrix/client/v3/join/{quote(bridge.alias)}", {})
        self.assert_error(response, 408, "M_CONNECTION_TIMEOUT")
        # Nothing is left half made: when it answers, the same join succeeds.
        bridge.respond = bridge.answer
        self.assertEqual(alice.join(bridge.alias), bridge.room_id)

    def test_dead_service_is_408(self) -> None:
        bridge, _, _ = self.draft_bridge("#dead")
        bridge.go_down()
        alice = self.person("alice.dead")
        response = alice.request("POST", f"/_matrix/client/v3/join/{quote(bridge.alias)}", {})
        self.assert_error(response, 408, "M_CONNECTION_TIMEOUT")

    def test_service_that_hangs_for_one_delays_nobody_else(self) -> None:
        bridge, _, _ = self.draft_bridge("#slow")
        alice = self.person("alice.slow")
        bystander = self.person("bystander")
        bridge.respond = lambda request: HANG if request.method == "GET" else NOT_FOUND
        self.addCleanup(bridge.release)
        joining = threading.Thread(
            target=alice.request, args=("POST", f"/_matrix/client/v3/join/{quote(bridge.alias)}", {})
        )
        joining.start()
        eventually(bridge.queries, "it is asked")
        room_id = bystander.create_room()
        bystander.send(room_id, "all is well")
        self.assertTrue(joining.is_alive(), "the join still waits")
        joining.join()
