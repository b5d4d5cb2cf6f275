"""The examples of docs/guides/writing-a-bridge.md, as they are written there: with real tokens and addresses put in."""

import dataclasses
import json
import re
import secrets

from draft_bridge import NAMESPACES
from matrix_client import MatrixClient, Response, compose, exchange_bytes, quote
from polling import eventually
from recording_appservice import NOT_FOUND, OK, Answer, Request
from stack_fixture import ROOT, SERVER_NAME, StackTestCase

_GUIDE = (ROOT / "docs" / "guides" / "writing-a-bridge.md").read_text()
_BLOCK = re.compile(r"(?:^    .*\n)+", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Example:
    """A request and its answer: what is between is the body, if there is one."""

    method: str
    target: str
    body: str
    status: int = 0
    answer: str = ""


def blocks() -> list[str]:
    return [re.sub("^    ", "", block, flags=re.MULTILINE) for block in _BLOCK.findall(_GUIDE)]


def example(beginning: str) -> Example:
    """The first that begins so."""
    block = next(block for block in blocks() if block.startswith(beginning))
    request, _, answer = block.partition("-> ")
    line, _, body = request.partition("\n")
    method, target = line.split(" ")
    status, _, content = answer.partition(" ")
    return Example(method, target, body, int(status or 0), content)


class GuideExamplesTest(StackTestCase):
    def ask(self, one: Example, values: dict[str, str]) -> Response:
        """With what stands for something else replaced; the answer has the status and the fields that the guide says."""
        target, body = one.target, one.body
        for name, value in values.items():
            target, body = target.replace(name, value), body.replace(name, value)
        response = exchange_bytes(self.port, compose(one.method, target, json.loads(body)))
        self.assertEqual(response.status, one.status, f"{one}: {response}")
        self.assertLessEqual(set(json.loads(one.answer)), set(response.json()), f"{one}: {response}")
        return response

    def test_draft(self) -> None:
        appservice = self.recording_appservice()
        values = {"T_a": self.grant("draft", NAMESPACES), "http://127.0.0.1:9999/": appservice.url}
        registered = self.ask(example("POST /register"), values)
        values["T_h"] = self.remember_secret(registered.json()["hs_token"])
        queries = [example("GET /rooms/"), example("GET /users/")]

        def respond(request: Request) -> Answer:
            if request.method != "GET":
                return OK
            for query in queries:
                if request.target == query.target.replace("T_h", values["T_h"]):
                    return Answer(query.status, query.answer.encode())
            return NOT_FOUND

        appservice.respond = respond
        alice = self.person("alice")
        room_id = alice.join(f"#irc.freenode.net/#matrix:{SERVER_NAME}")
        values |= {"{roomId}": quote(room_id), "{txnId}": "t1", "{network}": "freenode"}
        hello, name = (json.loads(queries[0].answer)[kind][0] for kind in ("events", "state"))
        found = alice.messages(room_id)
        for said in (hello, name):
            [event] = [one for one in found if one["content"] == said["content"]]
            self.assertEqual(event["sender"], said["user_id"])
        self.assertEqual(alice.display_name(hello["user_id"]), json.loads(queries[1].answer)["profile"]["display_name"])

        sent = self.ask(example("PUT /_matrix/client/v3/rooms/{roomId}/send"), values).json()["event_id"]
        event = eventually(
            lambda: next((one for one in appservice.delivered() if one["event_id"] == sent), None), "it is pushed"
        )
        pushed = next(block for block in blocks() if block.startswith("PUT /transactions/"))
        fields = set(re.findall(r'"(\w+)":', pushed)) - {"events"}
        self.assertLessEqual(fields, set(event))
        self.assertEqual(event["origin_server_ts"], 1421418084816)
        self.assertRegex(appservice.transactions()[-1].target, rf"^/transactions/[\w-]+\?access_token={values['T_h']}$")

        self.ask(example("POST /_matrix/client/v3/register"), values)
        self.ask(example("PUT /_matrix/client/v3/directory/list/appservice"), values)

    def test_v1(self) -> None:
        appservice = self.recording_appservice()
        values = {"T_a": secrets.token_hex(16), "T_h": secrets.token_hex(16), "http://127.0.0.1:9999": appservice.url}
        for token in ("T_a", "T_h"):
            self.remember_secret(values[token])
        registration = next(block for block in blocks() if block.startswith("id: "))
        for name, value in values.items():
            registration = registration.replace(name, value)
        file = self._folder / "registration.yaml"
        file.write_text(registration)
        file.chmod(0o600)
        self.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        query = example("GET /_matrix/app/v1/rooms/")
        made: list[str] = []

        def respond(request: Request) -> Answer:
            if request.method != "GET":
                return OK
            if request.target != query.target or request.header("Authorization") != f"Bearer {values['T_h']}":
                return NOT_FOUND
            made.append(self.ask(example("POST /_matrix/client/v3/createRoom"), values).json()["room_id"])
            return Answer(query.status, query.answer.encode())

        appservice.respond = respond
        ann = self.person("ann")
        self.assertEqual([ann.join(f"#_irc_matrix:{SERVER_NAME}")], made)
        ann.send(made[0], "hi!")
        appservice.wait_for_texts(["hi!"])
        self.assertTrue(appservice.transactions()[-1].path.startswith("/_matrix/app/v1/transactions/"))
        whoami = MatrixClient(self.port, values["T_a"]).ok("GET", "/_matrix/client/v3/account/whoami")
        self.assertEqual(whoami["user_id"], f"@ircbot:{SERVER_NAME}")
