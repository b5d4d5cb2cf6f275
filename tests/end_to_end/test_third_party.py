"""Networks elsewhere: protocols, their rooms and users, and URIs, out of what application services tell."""

import json

from matrix_client import MatrixClient
from recording_appservice import HANG, Answer, RecordingAppservice, Request
from stack_fixture import SERVER_NAME, StackTestCase

_V3 = "/_matrix/client/v3/thirdparty"


class Network(RecordingAppservice):
    """An application service with an IRC network of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(self.answer)

    def answer(self, request: Request) -> Answer:
        answers = {
            "protocol/irc": {"icon": f"mxc://{self.name}/i", "instances": [{"network_id": self.name, "fields": {}}]},
            "user/irc": [{"userid": self.user_id, "protocol": "irc", "fields": {"nick": "bob"}}],
            "user": [{"userid": self.user_id, "protocol": "irc", "fields": {"nick": "bob"}}],
            "location/irc": [{"alias": self.alias, "protocol": "irc", "fields": {"channel": "#x"}}],
            "location": [{"alias": self.alias, "protocol": "irc", "fields": {"channel": "#x"}}],
        }
        prefix, _, what = request.path.partition("/thirdparty/")
        if what in answers and prefix == "/_matrix/app/v1":
            return Answer(200, json.dumps(answers[what]).encode())
        if request.path == "/_matrix/app/v1/user":
            return Answer(200, json.dumps({"user_id": self.user_id}).encode())
        if request.path == "/_matrix/app/v1/alias":
            return Answer(200, json.dumps({"alias": self.alias}).encode())
        return Answer(404)

    @property
    def user_id(self) -> str:
        return f"@{self.name}_bob:{SERVER_NAME}"

    @property
    def alias(self) -> str:
        return f"#{self.name}_x:{SERVER_NAME}"


class ThirdPartyTest(StackTestCase):
    EXTRA_FLAGS = {"query_proxy": ["--look_up_timeout_ms=500", "--protocol_memory_ms=0"]}

    def network(self, name: str) -> Network:
        network = Network(name)
        self.addCleanup(network.close)
        namespaces = {"users": [f"@{name}_.*"], "aliases": [f"#{name}_.*"]}
        self.register_v1(name, network.url, namespaces, protocols=["irc"])
        return network

    def test_networks_are_put_together(self) -> None:
        networks = [self.network("a"), self.network("b")]
        alice = self.person("alice.together")
        protocols = alice.ok("GET", f"{_V3}/protocols")
        self.assertEqual(list(protocols), ["irc"])
        self.assertEqual(
            [instance["instance_id"] for instance in protocols["irc"]["instances"]], ["a|a", "b|b"]
        )
        self.assertEqual(alice.ok("GET", f"{_V3}/protocol/irc"), protocols["irc"])
        users = alice.ok("GET", f"{_V3}/user/irc", nick="bob")
        self.assertEqual([user["userid"] for user in users], [network.user_id for network in networks])
        for network in networks:
            self.assertEqual(network.queries()[-1].query, {"nick": ["bob"]})
        rooms = alice.ok("GET", f"{_V3}/location/irc", channel="#x")
        self.assertEqual([room["alias"] for room in rooms], [network.alias for network in networks])

    def test_an_id_is_looked_up_with_its_owner(self) -> None:
        a, b = self.network("c"), self.network("d")
        alice = self.person("alice.ids")
        self.assertEqual(alice.ok("GET", f"{_V3}/user", userid=b.user_id)[0]["fields"], {"nick": "bob"})
        self.assertEqual(alice.ok("GET", f"{_V3}/location", alias=a.alias)[0]["alias"], a.alias)
        self.assertEqual([len(network.queries()) for network in (a, b)], [1, 1])
        self.assert_error(alice.request("GET", f"{_V3}/user", userid=f"@nobody:{SERVER_NAME}"), 404, "M_NOT_FOUND")
        self.assert_error(alice.request("GET", f"{_V3}/user", userid="nobody"), 400, "M_INVALID_PARAM")

    def test_one_that_hangs_leaves_the_others_answers(self) -> None:
        hanging, well = self.network("e"), self.network("f")
        hanging.respond = lambda _: HANG
        self.addCleanup(hanging.release)
        alice = self.person("alice.hangs")
        users = alice.ok("GET", f"{_V3}/user/irc", nick="bob")
        self.assertEqual([user["userid"] for user in users], [well.user_id])
        self.assertEqual(alice.ok("GET", f"{_V3}/protocol/irc")["instances"][0]["instance_id"], "f|f")
        well.respond = lambda _: Answer(404)
        self.assert_error(alice.request("GET", f"{_V3}/user/irc", nick="bob"), 408, "M_CONNECTION_TIMEOUT")

    def test_nothing_is_404(self) -> None:
        alice = self.person("alice.nothing")
        self.assertEqual(alice.ok("GET", f"{_V3}/protocols"), {})
        for path in ("protocol/irc", "user/irc", "location/irc"):
            self.assert_error(alice.request("GET", f"{_V3}/{path}"), 404, "M_NOT_FOUND")
        self.assert_error(MatrixClient(self.port).request("GET", f"{_V3}/protocols"), 401, "M_MISSING_TOKEN")

    def test_older_services_are_asked_by_their_path(self) -> None:
        old = self.network("old")
        answer = old.answer

        def only_unstable(request: Request) -> Answer:
            if request.path.startswith("/_matrix/app/unstable/"):
                head = request.head.replace(b"/unstable/", b"/v1/")
                return answer(Request(head, request.body, request.arrived))
            return Answer(404)

        old.respond = only_unstable
        alice = self.person("alice.old")
        self.assertEqual(alice.ok("GET", f"{_V3}/location/irc")[0]["alias"], old.alias)
        self.assertEqual(list(old.queries()[-1].query), ["access_token"])

    def test_uris(self) -> None:
        network = self.network("uris")
        alice = self.person("alice.uris")
        uri = "irc://irc.example.org/Bob,isuser"
        self.assertEqual(alice.ok("GET", "/_matrix/app/v1/user", uri=uri), {"user_id": network.user_id})
        self.assertEqual(network.queries()[-1].query, {"uri": [uri]})
        self.assertEqual(alice.ok("GET", "/_matrix/app/v1/alias", uri="irc://a/%23x"), {"alias": network.alias})
        for path, uri, status, errcode in (
            ("alias", "mailto:bob@example.org", 404, "M_NOT_FOUND"),
            ("user", "mailto:bob@example.org", 404, "M_NOT_FOUND"),
            ("user", "https://example.org", 400, "M_INVALID_PARAM"),
        ):
            with self.subTest(f"{path} {uri}"):
                self.assert_error(alice.request("GET", f"/_matrix/app/v1/{path}", uri=uri), status, errcode)
