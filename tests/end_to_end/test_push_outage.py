"""push_dispatcher is away: those who serve people say so, and stay ready, as Kubernetes would send them nobody else."""

import re

from polling import eventually
from stack_fixture import StackTestCase

from local import probes  # noqa: E402 (found through stack_fixture)


class PushOutageTest(StackTestCase):
    def test_who_serves_people_stays_ready(self) -> None:
        alice = self.person("alice")
        room = alice.create_room()
        service = self.recording_appservice()
        self.register_v1("irc", service.url, {"rooms": [re.escape(room)]})
        self.kill("push_dispatcher")
        alice.send(room, "meanwhile")
        for name in ("homeserver", "gateway"):
            with self.subTest(name):
                eventually(lambda name=name: self._tells(name), f"{name} tells")
        self.stack.start_service("push_dispatcher")
        service.wait_for_texts(["meanwhile"])

    def _tells(self, name: str) -> bool:
        answer = probes.get(self.stack.settings.http_ports[name], "/readyz", timeout_s=10)
        self.assertEqual(answer.status, 200, answer.text)
        return re.search(r"^push_dispatcher: (?!ok$)", answer.text, re.MULTILINE) is not None
