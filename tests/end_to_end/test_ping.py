"""Ping: an application service asks whether it can be reached, and an operator does."""

import socket

from matrix_client import MatrixClient, Response, quote
from polling import eventually
from recording_appservice import HANG, NOT_FOUND, OK, Answer, RecordingAppservice, Request
from stack_fixture import SERVER_NAME, StackTestCase


def ping(client: MatrixClient, appservice_id: str, **body: object) -> Response:
    return client.request("POST", f"/_matrix/client/v1/appservice/{quote(appservice_id)}/ping", body)


class PingTest(StackTestCase):
    # Ten minutes of backoff at least: far longer than anything here waits.
    EXTRA_FLAGS = {
        "push_dispatcher": ["--backoff_min_ms=600000", "--backoff_max_ms=600000"],
        "query_proxy": ["--ping_timeout_ms=500", "--answer_memory_ms=0"],
    }

    def pinged(self, name: str) -> tuple[RecordingAppservice, MatrixClient, str]:
        """A service, its client, and its hs_token."""
        appservice = self.recording_appservice()
        users = [f"@{name}_.*"]
        client, hs_token = self.register_v1(name, appservice.url, {"users": users, "aliases": [f"#{name}_.*"]})
        return appservice, client, hs_token

    def test_answered_ping_tells_how_long_it_took(self) -> None:
        appservice, client, hs_token = self.pinged("well")
        response = ping(client, "well", transaction_id="t1")
        self.assertEqual(response.status, 200, str(response))
        self.assertEqual(list(response.json()), ["duration_ms"])
        self.assertIsInstance(response.json()["duration_ms"], int)
        (request,) = [request for request in appservice.requests() if request.method == "POST"]
        self.assertEqual(request.line, b"POST /_matrix/app/v1/ping HTTP/1.1")
        self.assertEqual(request.header("Authorization"), f"Bearer {hs_token}")
        self.assertEqual(request.json(), {"transaction_id": "t1"})

    def test_each_failure_has_its_error(self) -> None:
        appservice, client, _ = self.pinged("ill")
        appservice.respond = lambda _: Answer(418, b"I'm a teapot")
        response = ping(client, "ill")
        self.assert_error(response, 502, "M_BAD_STATUS")
        self.assertEqual((response.json()["status"], response.json()["body"]), (418, "I'm a teapot"))
        appservice.respond = lambda _: HANG
        self.assert_error(ping(client, "ill"), 504, "M_CONNECTION_TIMEOUT")
        appservice.release()
        appservice.go_down()
        self.assert_error(ping(client, "ill"), 502, "M_CONNECTION_FAILED")
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            with socket.create_connection(full.getsockname()):  # Waits; whoever comes after it hears nothing.
                url = f"http://127.0.0.1:{full.getsockname()[1]}"
                unheard, _ = self.register_v1("unheard", url, {"users": ["@unheard_.*"]})
                self.assert_error(ping(unheard, "unheard"), 504, "M_CONNECTION_TIMEOUT")
        without_url, _ = self.register_v1("mute", None, {"users": ["@mute_.*"]})
        self.assert_error(ping(without_url, "mute"), 400, "M_URL_NOT_SET")

    def test_nobody_pings_another(self) -> None:
        _, client, _ = self.pinged("own")
        self.assert_error(ping(client, "others"), 403, "M_FORBIDDEN")
        self.assert_error(ping(self.person("alice"), "own"), 403, "M_FORBIDDEN")
        self.assert_error(ping(MatrixClient(self.port), "own"), 401, "M_MISSING_TOKEN")

    def backing_off(self, name: str) -> tuple[RecordingAppservice, MatrixClient]:
        """A service that is back after its queue has begun to back off, with a message for it."""
        appservice, client, _ = self.pinged(name)
        room_id = client.create_room()
        appservice.go_down()
        client.send(room_id, "for when you are back")
        eventually(lambda: "backing_off" in self.ctl_ok("queue", "show", name), "the queue backs off")
        appservice.come_up()
        return appservice, client

    def test_ping_wakes_the_queue(self) -> None:
        appservice, client = self.backing_off("back")
        self.assertEqual(ping(client, "back").status, 200)
        appservice.wait_for_texts(["for when you are back"])

    def test_operators_ping_wakes_it_too(self) -> None:
        appservice, _ = self.backing_off("operated")
        self.assertRegex(self.ctl_ok("appservice", "ping", "operated"), r"operated answered in \d+ ms")
        appservice.wait_for_texts(["for when you are back"])
        appservice.respond = lambda request: Answer(404) if request.method == "POST" else OK
        refused = self.ctl("appservice", "ping", "operated")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("it is there, and answers HTTP 404", refused.stderr)
        self.assertEqual(self.ctl("appservice", "ping", "nobody").returncode, 4)

    def test_ping_tries_todays_paths_again(self) -> None:
        appservice, client, _ = self.pinged("upgraded")
        alice = self.person("alice.upgraded")

        def asked_by_path(channel: str) -> str:
            alias = f"#upgraded_{channel}:{SERVER_NAME}"
            alice.request("GET", f"/_matrix/client/v3/directory/room/{quote(alias)}")
            return appservice.queries()[-1].path.partition("rooms")[0]

        def only_draft(request: Request) -> Answer:
            return Answer(404) if request.path.startswith("/_matrix/") else NOT_FOUND

        appservice.respond = only_draft
        self.assertEqual(asked_by_path("a"), "/")
        appservice.respond = lambda request: OK if request.method == "POST" else NOT_FOUND
        self.assertEqual(asked_by_path("b"), "/", "the draft's paths are remembered")
        self.assertEqual(ping(client, "upgraded").status, 200)
        self.assertEqual(asked_by_path("c"), "/_matrix/app/v1/")
