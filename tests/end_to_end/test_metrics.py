"""docs/guides/metrics.md, docs/reference/metrics.md and what the processes export, held against each other."""

import subprocess
import unittest

import metrics_guide
from polling import eventually
from stack_fixture import SERVICES, StackTestCase

# After stack_fixture, which knows where the package is.
from local import probes  # isort: skip


class MetricsTest(StackTestCase):
    maxDiff = None
    # Nobody calls the gateway's gRPC but health probes, and there are none here.
    NEVER_DRIVEN = {
        ("gateway", "causeway_grpc_requests_total"),
        ("gateway", "causeway_grpc_request_duration_seconds"),
        # There is no TLS here: test_tls, test_public_tls.
        ("gateway", "causeway_gateway_tls_certificate_expiry_timestamp_seconds"),
        *((service, "causeway_tls_certificate_expiry_timestamp_seconds") for service in SERVICES),
    }
    _driven = False

    def setUp(self) -> None:
        if not type(self)._driven:
            self._drive()
            type(self)._driven = True

    def test_each_metric_is_in_the_table_and_the_other_way_round(self) -> None:
        documented = metrics_guide.documented()
        for service in SERVICES:
            expected = {
                name: (family.kind, set(family.labels))
                for name, family in documented[service].items()
                if (service, name) not in self.NEVER_DRIVEN
            }
            exported = metrics_guide.exported(self._text(service))
            found = {name: (family.kind, set(family.labels)) for name, family in exported.items()}
            self.assertEqual(found, expected, service)
            for name, family in exported.items():
                for label, values in documented[service][name].labels.items():
                    if values:
                        self.assertEqual(family.labels[label], values, f"{service} {name} {label}")

    def test_what_the_table_says_begins_with_the_help_of_the_process(self) -> None:
        documented = metrics_guide.documented()
        for service in SERVICES:
            for name, family in metrics_guide.exported(self._text(service)).items():
                with self.subTest(f"{service} {name}"):
                    self.assertRegex(family.help, r"^[A-Za-z1].*\w\.$")
                    meaning = documented[service][name].help.replace("`", "")
                    said = family.help.removesuffix(".")
                    self.assertEqual(meaning[: len(said)].lower(), said.lower())

    def test_the_reference_says_what_the_process_does(self) -> None:
        documented = metrics_guide.documented(metrics_guide.REFERENCE)
        for service in SERVICES:
            for name, family in metrics_guide.exported(self._text(service)).items():
                with self.subTest(f"{service} {name}"):
                    said = documented[service][name]
                    self.assertEqual((said.kind, set(said.labels)), (family.kind, set(family.labels)))
                    self.assertEqual(said.help.replace("`", ""), family.help)

    def test_promtool_finds_nothing_wrong(self) -> None:
        for service in SERVICES:
            with self.subTest(service):
                done = subprocess.run(
                    ["promtool", "check", "metrics"],
                    input=self._text(service) + "\n",
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def _drive(self) -> None:
        """Once through everything that has a metric of its own."""
        bridge, _, _ = self.draft_bridge("#metrics")
        alice = self.person("alice")
        alice.send(alice.join(bridge.alias), "counted")
        bridge.wait_for_texts(["counted"])
        alice.sync()
        queues = "causeway_push_queue_leases_acquired_total{"
        eventually(lambda: queues in self._text("push_dispatcher"), "the sweeper's next round")

    def _text(self, service: str) -> str:
        answer = probes.get(self.stack.settings.http_ports[service], "/metrics")
        self.assertEqual(answer.status, 200, answer.text)
        return answer.text


if __name__ == "__main__":
    unittest.main()
