"""Today's way: a registration file, Bearer tokens, and a service that makes things itself."""

import threading

from matrix_client import MatrixClient, quote
from recording_appservice import OK, Answer, RecordingAppservice, Request
from stack_fixture import SERVER_NAME, StackTestCase

_CEILINGS = {"users": ["@slack_.*"], "aliases": ["#slack_.*"]}


class V1Bridge(RecordingAppservice):
    """Makes rooms and users over the client-server API while it is asked for them."""

    def __init__(self) -> None:
        self.bot: MatrixClient | None = None
        self.trail: list[str] = []
        super().__init__(self.answer)

    def answer(self, request: Request) -> Answer:
        if request.method != "GET" or self.bot is None:
            return OK
        kind = request.path.split("/")[-2]
        self.trail.append(f"{kind} asked")
        if kind == "rooms":
            self._make_room(request.last_segment)
        else:
            self._make_user(request.last_segment)
        self.trail.append(f"{kind} answered")
        return OK

    def _make_room(self, alias: str) -> None:
        assert self.bot is not None
        room_id = self.bot.create_room(
            room_alias_name=alias[1:].partition(":")[0], preset="public_chat", name="general"
        )
        # Unknown to the homeserver: it asks us for her, while our first answer is still open.
        ghost = self.bot.acting_as(f"@slack_eve:{SERVER_NAME}")
        ghost.join(room_id)
        ghost.send(room_id, "hello from slack")

    def _make_user(self, user_id: str) -> None:
        assert self.bot is not None
        username = user_id[1:].partition(":")[0]
        request = {"type": "m.login.application_service", "username": username}
        self.bot.ok("POST", "/_matrix/client/v3/register", request)
        path = f"/_matrix/client/v3/profile/{quote(user_id)}/displayname"
        self.bot.acting_as(user_id).ok("PUT", path, {"displayname": "Eve"})


class V1Test(StackTestCase):
    def register_by_file(self, name: str, url: str, **changes: object) -> tuple[MatrixClient, str]:
        """Returns the service's client and its hs_token."""
        return self.register_v1(name, url, _CEILINGS, **({"sender_localpart": "slack_bot"} | changes))

    def test_room_and_ghost_are_made_while_the_query_is_open(self) -> None:
        bridge = V1Bridge()
        self.addCleanup(bridge.close)
        bridge.bot, hs_token = self.register_by_file("slack", bridge.url)
        alice = self.person("alice")
        room_id = alice.join(f"#slack_general:{SERVER_NAME}")
        self.assertEqual(bridge.trail, ["rooms asked", "users asked", "users answered", "rooms answered"])
        self.assertEqual(
            [query.line.decode() for query in bridge.queries()],
            [
                "GET /_matrix/app/v1/rooms/%23slack_general%3Ahsdomain.com HTTP/1.1",
                "GET /_matrix/app/v1/users/%40slack_eve%3Ahsdomain.com HTTP/1.1",
            ],
        )
        for request in bridge.requests():
            self.assertEqual(request.header("Authorization"), f"Bearer {hs_token}")
        self.assertEqual(alice.display_name(f"@slack_eve:{SERVER_NAME}"), "Eve")

        alice.send(room_id, "hi, slack")
        bridge.wait_for_texts(["hello from slack", "hi, slack"])
        for attempt in bridge.transactions():
            self.assertRegex(attempt.line.decode(), r"^PUT /_matrix/app/v1/transactions/[^/?]+ HTTP/1.1$")
            for event in attempt.json()["events"]:
                self.assertEqual(event["user_id"], event["sender"])

    def test_200_without_a_room_is_404(self) -> None:
        """Published frameworks answer 200 both ways; only the look-up decides."""
        for body in (b"{}", b'{"errcode":"M_UNKNOWN","error":"Not provisioning room for this alias"}'):
            with self.subTest(body):
                appservice = self.recording_appservice()
                appservice.respond = lambda _, body=body: Answer(200, body)
                sender = f"slack_r{len(body)}"
                self.register_by_file(f"refuses{len(body)}", appservice.url, sender_localpart=sender)
                alice = self.person(f"alice{len(body)}")
                alias = f"#slack_nowhere{len(body)}:{SERVER_NAME}"
                response = alice.request("POST", f"/_matrix/client/v3/join/{quote(alias)}", {})
                self.assert_error(response, 404, "M_NOT_FOUND")
                self.doCleanups()

    def test_falls_back_to_the_drafts_paths_when_there_is_no_such_route(self) -> None:
        appservice = self.recording_appservice()

        def only_draft(request: Request) -> Answer:
            if request.path.startswith("/_matrix/"):
                return Answer(404, b'{"errcode":"M_UNRECOGNIZED","error":"no such route"}')
            return OK

        appservice.respond = only_draft
        bot, hs_token = self.register_by_file("old", appservice.url, sender_localpart="slack_old")
        room_id = bot.create_room()
        bot.send(room_id, "anybody?")
        appservice.wait_for_texts(["anybody?"])
        taken = [attempt for attempt in appservice.transactions() if attempt.acknowledged]
        self.assertEqual(taken[0].query, {"access_token": [hs_token]})
        self.assertTrue(taken[0].path.startswith("/transactions/"), taken[0].path)

    def test_two_users_join_at_once(self) -> None:
        bridge = V1Bridge()
        self.addCleanup(bridge.close)
        bridge.bot, _ = self.register_by_file("slack2", bridge.url, sender_localpart="slack_bot2")
        rooms: list[str] = []
        people = [self.person(name) for name in ("pat", "sam")]
        alias = f"#slack_random:{SERVER_NAME}"
        threads = [threading.Thread(target=lambda p=p: rooms.append(p.join(alias))) for p in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(rooms), 2)
        self.assertEqual(len(set(rooms)), 1)
