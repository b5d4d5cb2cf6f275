"""A dispatcher that comes back gets its share of the queues, and no application service notices."""

import collections
import random
import time

from appservice_process import AppserviceProcess
from polling import eventually
from publisher import Publisher
from push_fault_fixture import PushFaultTestCase

_APPSERVICES = 9
_REPLICAS = 3
# 10 s are promised of default settings.
_FAIL_OVER_SECONDS_MAX = 10 + 5
# Its share is three queues, at ten a second; a busy machine takes its time.
_BALANCE_SECONDS_MAX = 30
_DRAIN_SECONDS_MAX = 60


class PushBalanceTest(PushFaultTestCase):
    def test_a_replica_that_comes_back_gets_its_share(self) -> None:
        chance = random.Random(1)
        alice = self.person("alice")
        rooms = self.quiet_rooms(alice, 3)
        folder = self._folder / "appservices"
        folder.mkdir()
        for number in range(_APPSERVICES):
            appservice = AppserviceProcess(folder, f"as{number}", "none", "last", chance)
            self.add_appservice(appservice, [rooms[number % len(rooms)]])
        begin = self.stream_end()
        publishers = [Publisher(alice, room, pause_s=0.02) for room in rooms]
        for publisher in publishers:
            publisher.start()

        self._wait_for_counts([_APPSERVICES // _REPLICAS] * _REPLICAS)
        third = self.replicas[-1]
        third.kill()
        killed = time.monotonic()
        eventually(lambda: third.name not in self.owners().values(), "others have its queues", 30)
        fail_over = time.monotonic() - killed
        print(f"taken over {fail_over:.1f} s after the kill", flush=True)
        self.assertLess(fail_over, _FAIL_OVER_SECONDS_MAX)
        self._wait_for_counts([4, 5])
        back = time.monotonic()
        third.start()
        self._wait_for_counts([_APPSERVICES // _REPLICAS] * _REPLICAS)
        print(f"balanced {time.monotonic() - back:.1f} s after the start", flush=True)
        owners = self.owners()
        # For some rounds of all replicas.
        time.sleep(5)
        self.assertEqual(self.owners(), owners)

        for publisher in publishers:
            publisher.stop()
        self.drain(_DRAIN_SECONDS_MAX)
        verdict = self.check(self.recorded_run(begin))
        self.assertTrue(verdict.good, verdict.said)
        self._assert_nothing_came_twice(back)

    def _wait_for_counts(self, counts: list[int]) -> None:
        def reached() -> bool:
            return sorted(collections.Counter(self.owners().values()).values()) == counts

        eventually(reached, f"queues are spread as {counts}", _BALANCE_SECONDS_MAX)

    def _assert_nothing_came_twice(self, since: float) -> None:
        for appservice in self.appservices:
            requests = [request for request in appservice.requests() if request.at > since]
            self.assertGreater(len(requests), 10, appservice.name)
            attempts = collections.Counter(request.txn_id for request in requests)
            self.assertEqual(max(attempts.values()), 1, f"{appservice.name}: {attempts.most_common(3)}")
