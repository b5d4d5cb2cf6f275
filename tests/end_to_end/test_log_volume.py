"""Whatever goes wrong, and however often, no service writes more than so many lines a second.

Lines about requests, answered and failed, have flags for their quotas, which are low here so that the
rest can be told from them.
"""

import json
from collections.abc import Callable

from draft_bridge import NAMESPACES, NETWORK
from log_volume import flood, lines_while
from matrix_client import MatrixClient, exchange_bytes, quote
from recording_appservice import OK, Answer, RecordingAppservice, Request
from stack_fixture import SERVER_NAME, SERVICES, StackTestCase

_REQUEST_LINES = 5  # Answered, and as many that failed.
# Everything else: docs/guides/operating.md.
_OTHER_LINES = 50
_LINES_PER_SECOND_MAX = 2 * _REQUEST_LINES + _OTHER_LINES
_SECONDS = 5


class LogVolumeTest(StackTestCase):
    EXTRA_FLAGS = {name: [f"--call_log_lines_per_second_max={_REQUEST_LINES}"] for name in SERVICES}
    EXTRA_FLAGS["gateway"].append(f"--access_log_lines_per_second_max={_REQUEST_LINES}")
    EXTRA_FLAGS["push_dispatcher"].append("--backoff_min_ms=1")

    def test_a_client_that_sends_nonsense(self) -> None:
        self._assert_bounded(lambda number: exchange_bytes(self.port, b"GET / HTTP/9.9\r\n\r\n"))
        nobody = MatrixClient(self.port, "no token")
        self._assert_bounded(lambda number: nobody.request("GET", "/_matrix/client/v3/account/whoami"))
        alice = self.person("alice.nonsense")
        self._assert_bounded(lambda number: alice.request("POST", "/_matrix/client/v3/createRoom", b"{"))

    def test_an_application_service_that_refuses_queries(self) -> None:
        service = self._application_service(lambda request: Answer(403))
        alice = self.person("alice.refused")
        self._assert_bounded(lambda number: self._look_up(alice, f"refused{number}"))
        self.assertGreater(len(service.queries()), 2 * _OTHER_LINES)

    def test_one_that_answers_with_events_of_strangers(self) -> None:
        event = {"type": "m.room.message", "user_id": f"@stranger:{SERVER_NAME}", "content": {"body": "?", "msgtype": "m.text"}}
        room = {"state": [], "events": [event | {"origin_server_ts": 1}] * 500}
        content = Answer(200, json.dumps(room).encode())
        self._application_service(lambda request: content if request.method == "GET" else OK)
        alice = self.person("alice.strangers")
        self._assert_bounded(lambda number: self._look_up(alice, f"strangers{number}"))

    def test_some_that_fail_every_other_time(self) -> None:
        seen: set[str] = set()

        def fail_first(request: Request) -> Answer:
            if request.method != "PUT" or request.last_segment in seen:
                return OK
            seen.add(request.last_segment)
            return Answer(500)

        services = [self._in_all_rooms(f"failing{number}", fail_first) for number in range(5)]
        alice = self.person("alice.failing")
        room = alice.create_room()
        self._assert_bounded(lambda number: alice.try_send(room, "again", f"again{number}"))
        attempts = sum(len(service.transactions()) for service in services)
        self.assertGreater(attempts, 2 * _OTHER_LINES)

    def test_application_services_and_the_database_away(self) -> None:
        services = [self._in_all_rooms(f"away{number}", lambda request: OK) for number in range(20)]
        alice = self.person("alice.away")
        room = alice.create_room()
        for service in services:
            service.go_down()
        self._assert_bounded(lambda number: alice.try_send(room, "away", f"away{number}"))
        self.stack.postgres.down()
        self.addCleanup(self.stack.up)
        self._assert_bounded(lambda number: alice.try_send(room, "away", f"gone{number}"))

    def _assert_bounded(self, request: Callable[[int], object]) -> None:
        counts: list[int] = []
        lines = lines_while(self.stack, lambda: counts.append(flood(request, _SECONDS)))
        print(f"{counts[0] / _SECONDS:.0f} requests/s: {lines}", flush=True)
        # A second that has begun before, or ends after, has its own.
        most = _LINES_PER_SECOND_MAX * (_SECONDS + 2)
        self.assertEqual({name: count for name, count in lines.items() if count > most}, {})

    def _application_service(self, respond: Callable[[Request], Answer]) -> RecordingAppservice:
        """Of the draft, which tells what its rooms are like."""
        service = self.recording_appservice()
        service.respond = respond
        as_token = self.grant(f"irc{len(self._secrets)}", NAMESPACES)
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        self.assertEqual(self.register(service.url, as_token).status, 200)
        return service

    def _in_all_rooms(self, name: str, respond: Callable[[Request], Answer]) -> RecordingAppservice:
        service = self.recording_appservice()
        service.respond = respond
        as_token = self.grant(name, {"rooms": [".*"]}, "--allow_broad")
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        namespaces = {"rooms": [{"exclusive": False, "regex": ".*"}]}
        self.assertEqual(self.register(service.url, as_token, namespaces).status, 200)
        return service

    def _look_up(self, person: MatrixClient, channel: str) -> None:
        alias = f"#{NETWORK}/#{channel}:{SERVER_NAME}"
        person.request("GET", f"/_matrix/client/v3/directory/room/{quote(alias)}")
