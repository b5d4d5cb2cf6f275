"""push_dispatcher's part of the database goes back to a backup, while it runs."""

import collections
import random

import schema_backup
from appservice_process import AppserviceProcess
from polling import eventually
from push_fault_fixture import PushFaultTestCase

_SCHEMA = "push_dispatcher"
_ALL_ARE_TAKEN_SECONDS_MAX = 60


class PushRestoreTest(PushFaultTestCase):
    def test_what_the_backup_lacks_is_delivered_again_under_new_ids(self) -> None:
        alice = self.person("alice")
        (room,) = self.quiet_rooms(alice, 1)
        folder = self._folder / "appservices"
        folder.mkdir()
        steady = AppserviceProcess(folder, "steady", "none", "last", random.Random(1))
        self.add_appservice(steady, [room])
        self._send_and_await(alice, steady, room, range(0, 5))
        backup = schema_backup.back_up(self.stack, _SCHEMA)
        lost = self._send_and_await(alice, steady, room, range(5, 10))
        before = steady.requests()

        schema_backup.restore(self.stack, _SCHEMA, backup)
        self.stack.wait_until_ready()
        fresh = self._send_and_await(alice, steady, room, range(10, 15))

        # By the backup they were never delivered. That they come twice can't be helped, but once.
        taken = collections.Counter(
            event_id for request in steady.requests() if request.taken == "yes" for event_id in request.event_ids
        )
        self.assertEqual({taken[event_id] for event_id in lost}, {2})
        self.assertEqual({taken[event_id] for event_id in fresh}, {1})
        # No ID of before the restore comes again.
        after = steady.requests()[len(before) :]
        self.assertTrue(after)
        self.assertFalse({request.txn_id for request in before} & {request.txn_id for request in after})
        # In the order of the stream.
        again = [event_id for request in after for event_id in request.event_ids]
        self.assertEqual(again, [*lost, *fresh])

    def _send_and_await(self, alice, appservice, room, numbers) -> list[str]:
        event_ids = [alice.send(room, f"message {number}") for number in numbers]

        def all_taken() -> bool:
            taken = {event_id for request in appservice.requests() for event_id in request.event_ids}
            return taken.issuperset(event_ids)

        eventually(all_taken, "all messages are taken", _ALL_ARE_TAKEN_SECONDS_MAX)
        eventually(
            lambda: all(int(queue["queued_events"]) == 0 for queue in self.queues()), "all is acknowledged"
        )
        return event_ids
