"""deploy/prometheus/alerts.yml: Prometheus understands it, each alert fires when it should and not when it shouldn't,
names what is exported, and leads to a paragraph of the operator's guide."""

import re
import subprocess
import unittest

import metrics_guide
import promql
import yaml
from stack_fixture import ROOT

_FOLDER = ROOT / "deploy" / "prometheus"
_ALERTS = _FOLDER / "alerts.yml"
_ALERTS_TEST = _FOLDER / "alerts_test.yml"
# Not exported by a stack in plaintext.
ONLY_WITH_TLS = {
    "causeway_tls_certificate_expiry_timestamp_seconds",
    "causeway_gateway_tls_certificate_expiry_timestamp_seconds",
}


def alerts() -> list[dict]:
    return [rule for group in yaml.safe_load(_ALERTS.read_text())["groups"] for rule in group["rules"]]


def anchors(markdown: str) -> dict[str, str]:
    """The text below each heading, by what a link to it ends with."""
    parts = re.split(r"^#{2,4} (.*)$", markdown, flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-"): text
        for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=120)


class AlertRulesTest(unittest.TestCase):
    def test_prometheus_understands_them(self) -> None:
        done = promtool("check", "rules", "--lint-fatal", str(_ALERTS))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fires_and_does_not_fire(self) -> None:
        done = promtool("test", "rules", str(_ALERTS_TEST))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        tested: dict[str, set[bool]] = {}
        for test in yaml.safe_load(_ALERTS_TEST.read_text())["tests"]:
            for check in test["alert_rule_test"]:
                tested.setdefault(check["alertname"], set()).add(bool(check["exp_alerts"]))
        self.assertEqual(tested, {rule["alert"]: {True, False} for rule in alerts()})

    def test_each_names_what_is_exported(self) -> None:
        families = metrics_guide.of_all_services()
        for rule in alerts():
            with self.subTest(rule["alert"]):
                unknown = set(promql.unknown_names(rule["expr"], families))
                self.assertEqual(unknown, set())

    def test_each_leads_to_a_paragraph_that_names_it(self) -> None:
        paragraphs = anchors((ROOT / "docs" / "guides" / "operating.md").read_text())
        named: dict[str, str] = {}
        for anchor, text in paragraphs.items():
            for name in re.findall(r"`(Causeway[A-Z]\w+)`", text):
                named[name] = anchor
        leads = {}
        for rule in alerts():
            guide, _, anchor = rule["annotations"]["runbook_url"].partition("#")
            self.assertEqual(guide, "docs/guides/operating.md")
            self.assertIn(anchor, paragraphs)
            leads[rule["alert"]] = anchor
        self.assertEqual(named, leads)

    def test_each_tells_what_it_means_and_how_urgent_it_is(self) -> None:
        for rule in alerts():
            with self.subTest(rule["alert"]):
                self.assertRegex(rule["alert"], "^Causeway[A-Z][A-Za-z]+$")
                self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
                self.assertRegex(rule["annotations"]["description"], r"\.$")


if __name__ == "__main__":
    unittest.main()
