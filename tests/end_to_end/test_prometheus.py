"""A real Prometheus scrapes the real processes: the alerts and the dashboard find what they name, an outage is seen to come and go."""

import json
import unittest

import promql
from polling import eventually
from prometheus_process import PrometheusProcess
from stack_fixture import SERVICES, StackTestCase
from test_alert_rules import ONLY_WITH_TLS, alerts
from test_dashboard import expressions


class PrometheusTest(StackTestCase):
    EXTRA_FLAGS = {"push_dispatcher": ["--sweep_interval_ms=500", "--backoff_max_ms=1000"]}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.prometheus = PrometheusProcess(cls._folder / "prometheus", cls.stack.settings.http_ports)
        cls.addClassCleanup(cls.prometheus.close)

    def test_an_outage_of_a_bridge_fires_and_clears(self) -> None:
        bridge, _, _ = self.draft_bridge("#outage")
        alice = self.person("alice.outage")
        room_id = alice.join(bridge.alias)
        alice.send(room_id, "before")
        bridge.wait_for_texts(["before"])
        self._wait_until_all_is_well()

        bridge.go_down()
        alice.send(room_id, "during")
        (appservice,) = json.loads(self.ctl_ok("appservice", "list", "--output=json"))
        for alert in ("CausewayBridgeUnreachable", "CausewayBridgeBehind"):
            labels = eventually(lambda: self.prometheus.firing().get(alert), f"{alert} fires")  # noqa: B023
            self.assertEqual([one["appservice_id"] for one in labels], [appservice["id"]])
        self.assertEqual(set(self.prometheus.firing()), {"CausewayBridgeUnreachable", "CausewayBridgeBehind"})

        bridge.come_up()
        bridge.wait_for_texts(["before", "during"])
        eventually(lambda: not self.prometheus.firing(), "nothing fires any more")
        unhealthy = {name: rule["lastError"] for name, rule in self.prometheus.rules().items() if rule["health"] != "ok"}
        self.assertEqual(unhealthy, {})

    def test_a_service_that_is_gone_is_missed(self) -> None:
        self._wait_until_all_is_well()
        self.stack.processes["query_proxy"].stop()
        self.addCleanup(self.stack.up)
        labels = eventually(lambda: self.prometheus.firing().get("CausewayServiceMissing"), "it is missed")
        self.assertEqual([one["service"] for one in labels], ["query_proxy"])
        labels = eventually(lambda: self.prometheus.firing().get("CausewayProcessDown"), "its process is down")
        self.assertEqual([one["service"] for one in labels], ["query_proxy"])

    def test_each_series_that_is_asked_for_is_there(self) -> None:
        bridge, _, _ = self.draft_bridge("#series")
        alice = self.person("alice.series")
        alice.send(alice.join(bridge.alias), "counted")
        bridge.wait_for_texts(["counted"])
        alice.sync()
        asked = [rule["expr"] for rule in alerts()] + list(expressions(variable=".*"))
        wanted = {
            selector.text
            for expression in asked
            for selector in promql.selectors(expression)
            if selector.metric not in ONLY_WITH_TLS
        }
        self.assertGreater(len(wanted), 20)
        for selector in sorted(wanted):
            with self.subTest(selector):
                eventually(lambda: self.prometheus.get("series", **{"match[]": selector}), selector)  # noqa: B023

    def _wait_until_all_is_well(self) -> None:
        eventually(lambda: self.prometheus.healthy_targets() == len(SERVICES), "all are scraped")
        eventually(lambda: not self.prometheus.firing(), "nothing fires while all is well")


if __name__ == "__main__":
    unittest.main()
