"""The registry's part of the database goes back to a backup, and then others register."""

import schema_backup
from matrix_client import MatrixClient
from polling import eventually
from stack_fixture import SERVER_NAME, StackTestCase

_SCHEMA = "registry"


def _namespaces(name: str) -> dict[str, list[str]]:
    return {"users": [f"@{name}_.*:{SERVER_NAME}"], "aliases": [f"#{name}_.*:{SERVER_NAME}"]}


class RegistryRestoreTest(StackTestCase):
    def test_nobody_knows_any_more_what_the_backup_lacks(self) -> None:
        alice = self.person("alice")
        kept, _ = self.register_v1("kept", None, _namespaces("kept"))
        backup = schema_backup.back_up(self.stack, _SCHEMA)
        undone = self.recording_appservice()
        lost, _ = self.register_v1("lost", undone.url, _namespaces("shared"))
        self.assertEqual(self._whoami(lost), 200)

        # It starts with a later revision than any that is gone: before anybody asks.
        self.kill("registry")
        schema_backup.restore(self.stack, _SCHEMA, backup)
        self.stack.start_service("registry")
        self.stack.wait_until_ready()
        present = self.recording_appservice()
        new, _ = self.register_v1("new", present.url, _namespaces("shared"))

        # Of the gateway: its token. Of the homeserver: whose ghosts these are.
        self.assertEqual(self._whoami(lost), 401)
        self.assertEqual(self._whoami(kept), 200)
        user = {"type": "m.login.application_service", "username": "shared_ghost"}
        new.ok("POST", "/_matrix/client/v3/register", user)
        ghost = new.acting_as(f"@shared_ghost:{SERVER_NAME}")
        # Of query_proxy: whom to ask.
        alice.request("GET", f"/_matrix/client/v3/directory/room/%23shared_room:{SERVER_NAME}")
        self.assertEqual(len(present.queries()), 1)
        # Of push_dispatcher: whom to send it to.
        room = alice.create_room()
        alice.ok("POST", f"/_matrix/client/v3/rooms/{room}/invite", {"user_id": ghost.user_id})
        ghost.join(room)
        alice.send(room, "hello")
        eventually(lambda: "hello" in present.delivered_texts(), "the new one is told")
        self.assertEqual(undone.requests(), [])
        self.assertNotIn('"lost"', self.ctl_ok("queue", "list", "--output=json"))

    def _whoami(self, appservice: MatrixClient) -> int:
        return appservice.request("GET", "/_matrix/client/v3/account/whoami").status
