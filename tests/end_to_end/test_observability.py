"""What operators see: logs in which one request is found again everywhere."""

import json
import re
import unittest
from collections.abc import Sequence

from draft_bridge import NAMESPACES
from matrix_client import MatrixClient, Response, compose, exchange_bytes, quote
from polling import eventually
from recording_appservice import Answer, Request
from stack_fixture import SERVICES, StackTestCase

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def trace_of(request: Request) -> str:
    """The trace that a service is told that a request belongs to."""
    told = re.fullmatch("00-([0-9a-f]{32})-[0-9a-f]{16}-01", request.header("traceparent") or "")
    assert told, f"{request.line} has no traceparent of ours"
    return told[1]


class LogTestCase(StackTestCase):
    def lines(self, service: str) -> list[dict]:
        text = self.stack.state.log_file(service).read_text()
        whole = text[: text.rfind("\n") + 1]  # The last line may be being written.
        return [json.loads(line) for line in whole.splitlines()]

    def wait_for_line(self, service: str, **fields: object) -> dict:
        """The first line of a service that has these fields."""

        def find() -> dict | None:
            return next((line for line in self.lines(service) if fields.items() <= line.items()), None)

        return eventually(find, f"a line of {service} with {fields}")

    def exchange(
        self,
        method: str,
        path: str,
        body: object,
        token: str = "",
        request_id: str = "",
        traceparents: Sequence[str] = (),
    ) -> Response:
        request = compose(method, path, body, token, request_id, traceparents)
        return exchange_bytes(self.port, request)


class RequestIdTest(LogTestCase):
    def test_a_join_is_found_in_gateway_homeserver_query_proxy_and_by_the_service(self) -> None:
        bridge, _, _ = self.draft_bridge("#followed")
        alice = self.person("alice.followed")
        path = f"/_matrix/client/v3/join/{quote(bridge.alias)}"
        joined = self.exchange("POST", path, {}, alice.token, "e2e-join_1.a")
        self.assertEqual(joined.status, 200, str(joined))
        self.assertEqual(joined.headers["x-request-id"], "e2e-join_1.a")

        answered = self.wait_for_line("gateway", message="request answered", request_id="e2e-join_1.a")
        self.assertEqual((answered["method"], answered["status"]), ("POST", 200))
        for service, method in (
            ("homeserver", "causeway.homeserver.v1.Rooms/JoinRoom"),
            ("query_proxy", "causeway.query.v1.QueryProxy/QueryRoomAlias"),
            ("query_proxy", "causeway.query.v1.QueryProxy/QueryUser"),
        ):
            with self.subTest(method):
                line = self.wait_for_line(service, method=method, request_id="e2e-join_1.a")
                self.assertEqual((line["message"], line["code"]), ("gRPC call answered", "OK"))
        asked = {(query.last_segment, query.header("X-Request-Id")) for query in bridge.queries()}
        self.assertIn((bridge.alias, "e2e-join_1.a"), asked)
        self.assertIn((bridge.user_id("Bob"), "e2e-join_1.a"), asked)

    def test_a_registration_is_found_in_gateway_registry_and_push_dispatcher(self) -> None:
        as_token = self.grant("followed", NAMESPACES)
        self.addCleanup(self.post, "/unregister", {"as_token": as_token})
        body = {"url": "http://127.0.0.1:9", "as_token": as_token, "namespaces": NAMESPACES}
        registered = self.exchange("POST", "/register", body, request_id="e2e-register")
        self.assertEqual(registered.status, 200, str(registered))
        self.remember_secret(registered.json()["hs_token"])

        self.wait_for_line("gateway", message="request answered", request_id="e2e-register", status=200)
        self.wait_for_line(
            "registry",
            message="application service registered",
            appservice_id="followed",
            request_id="e2e-register",
        )
        for service, method in (
            ("registry", "causeway.registry.v1.Registry/Register"),
            ("push_dispatcher", "causeway.push.v1.PushDispatcher/AwaitRevision"),
        ):
            self.wait_for_line(service, method=method, code="OK", request_id="e2e-register")

    def test_a_query_that_fails_tells_its_request_id(self) -> None:
        bridge, _, _ = self.draft_bridge("#failing")
        bridge.respond = lambda _: Answer(500)
        alice = self.person("alice.failing")
        path = f"/_matrix/client/v3/join/{quote(bridge.alias)}"
        refused = self.exchange("POST", path, {}, alice.token, "e2e-failing")
        self.assert_error(refused, 408, "M_CONNECTION_TIMEOUT")
        self.wait_for_line(
            "query_proxy",
            level="warning",
            message="an application service could not be asked",
            id=bridge.alias,
            request_id="e2e-failing",
        )

    def test_a_push_is_found_by_its_transaction_id(self) -> None:
        """A transaction may hold the events of many requests, so that it has an ID of its own."""
        bridge, _, _ = self.draft_bridge("#pushed")
        alice = self.person("alice.pushed")
        room_id = alice.join(bridge.alias)
        refusals = [Answer(500)]
        bridge.respond = lambda request: refusals.pop() if refusals else bridge.answer(request)
        alice.send(room_id, "pushed")
        bridge.wait_for_texts(["pushed"])
        traces: dict[str, set[str]] = {}
        for attempt in bridge.transactions():
            self.assertEqual(attempt.header("X-Request-Id"), attempt.last_segment)
            traces.setdefault(attempt.last_segment, set()).add(trace_of(attempt))
        for txn_id, found in traces.items():
            self.assertEqual(len(found), 1, f"the attempts of {txn_id} belong to {found}")
        self.assertEqual(len(set.union(*traces.values())), len(traces))
        refused = next(attempt for attempt in bridge.transactions() if not attempt.acknowledged)
        again = [attempt.last_segment for attempt in bridge.transactions()]
        self.assertGreater(again.count(refused.last_segment), 1)
        for level, message in (
            ("warning", "application service did not take a transaction"),
            ("info", "application service takes its transactions again"),
        ):
            self.wait_for_line(
                "push_dispatcher",
                level=level,
                message=message,
                txn_id=refused.last_segment,
                trace_id=trace_of(refused),
            )
        self.wait_for_line(
            "push_dispatcher", method="causeway.push.v1.PushDispatcher/Publish", code="OK"
        )

    def test_a_request_without_one_is_given_one(self) -> None:
        alice = self.person("alice.unnamed")
        made: set[str] = set()
        for refused in ("", "no blanks", 'q"uote', "x" * 129):
            whoami = self.exchange(
                "GET", "/_matrix/client/v3/account/whoami", None, alice.token, refused
            )
            self.assertEqual(whoami.status, 200, str(whoami))
            request_id = whoami.headers["x-request-id"]
            self.assertRegex(request_id, "^[0-9a-f]{32}$")
            self.wait_for_line("gateway", request_id=request_id)
            self.wait_for_line("homeserver", request_id=request_id)
            made.add(request_id)
        self.assertEqual(len(made), 4)

    def test_a_trace_is_followed_from_the_client_to_the_service(self) -> None:
        bridge, _, _ = self.draft_bridge("#traced")
        alice = self.person("alice.traced")
        path = f"/_matrix/client/v3/join/{quote(bridge.alias)}"
        joined = self.exchange("POST", path, {}, alice.token, "e2e-traced", [TRACEPARENT])
        self.assertEqual(joined.status, 200, str(joined))
        self.assertEqual(joined.headers["x-request-id"], TRACEPARENT)
        asked = {query.last_segment: query for query in bridge.queries()}
        self.assertEqual(asked[bridge.alias].header("traceparent"), TRACEPARENT)
        for service in ("gateway", "homeserver", "query_proxy"):
            self.wait_for_line(service, trace_id=TRACE_ID, request_id=TRACEPARENT)

    def test_a_request_without_a_trace_begins_one(self) -> None:
        """So does one whose traceparent is none, or that has two."""
        bridge, _, _ = self.draft_bridge("#begun")
        alice = self.person("alice.begun")
        traces = set()
        for number, traceparents in enumerate(
            ((), ("00-" + TRACE_ID,), (TRACEPARENT + "-01",), (TRACEPARENT, TRACEPARENT))
        ):
            alias = bridge.alias.replace("#begun", f"#begun{number}")
            path = f"/_matrix/client/v3/directory/room/{quote(alias)}"
            answer = self.exchange("GET", path, None, alice.token, traceparents=traceparents)
            self.assert_error(answer, 404, "M_NOT_FOUND")
            request_id = answer.headers["x-request-id"]
            asked = next(query for query in bridge.queries() if query.last_segment == alias)
            self.assertEqual(trace_of(asked), request_id)
            for service in ("gateway", "homeserver", "query_proxy"):
                self.wait_for_line(service, trace_id=request_id)
            traces.add(request_id)
        self.assertEqual(len(traces - {TRACE_ID}), 4)

    def test_causewayctl_is_found_in_the_registry(self) -> None:
        self.grant("audited", NAMESPACES)
        stored = self.wait_for_line("registry", message="grant stored", grant="audited")
        self.wait_for_line(
            "registry",
            method="causeway.registry.v1.Registry/CreateGrant",
            request_id=stored["request_id"],
        )


class LogLineTest(LogTestCase):
    EXTRA_FLAGS = {"homeserver": ["--query_deadline_ms=1500"]}

    def test_every_line_is_a_json_object_with_time_level_service_and_message(self) -> None:
        """From the first line to the last, of a bridge's whole life and of what goes wrong."""
        bridge, as_bridge, _ = self.draft_bridge("#lines")
        alice = self.person("alice.lines")
        alice.send(alice.join(bridge.alias), "a line\nand \"another\" \x01")
        eventually(lambda: bridge.delivered_texts(), "a push")
        MatrixClient(self.port).request("GET", "/%00%ff/no\tsuch/route")
        self.stack.processes["query_proxy"].stop()
        unknown = bridge.alias.replace("#lines", "#nobody")
        alice.request("GET", f"/_matrix/client/v3/directory/room/{quote(unknown)}")
        self.stack.down()
        for service in SERVICES:
            log = self.stack.state.log_file(service)
            lines = log.read_text().splitlines()
            self.assertGreater(len(lines), 3, f"{log} tells nothing")
            for text in lines:
                with self.subTest(service, line=text):
                    line = json.loads(text)
                    self.assertRegex(line["time"], _TIME)
                    self.assertIn(line["level"], ("info", "warning", "error"))
                    self.assertEqual(line["service"], service)
                    self.assertRegex(line["message"], r"\S")
                    if line.get("request_id"):
                        self.assertRegex(line.get("trace_id", ""), "^[0-9a-f]{32}$")
            self.assertEqual(json.loads(lines[-1])["message"], "stopped")
        self.stack.up()  # For what the fixture looks at in the end.


if __name__ == "__main__":
    unittest.main()
