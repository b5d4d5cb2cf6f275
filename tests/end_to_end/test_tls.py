"""Mutual TLS between the services: it carries everything, refuses whoever isn't called for, and is renewed in place."""

import re
import subprocess
import unittest

from polling import eventually
from stack_fixture import ROOT, SERVICES, StackTestCase

# After stack_fixture, which knows where the package is.
from local import probes  # isort: skip

_EXPIRY = re.compile(r"^causeway_tls_certificate_expiry_timestamp_seconds\S* (\S+)$", re.MULTILINE)
_REFUSED = re.compile(r"^causeway_grpc_refused_calls_total\S* (\S+)$", re.MULTILINE)
_DAY_SECONDS = 24 * 60 * 60


class TlsTest(StackTestCase):
    TLS = True

    def ctl_with(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """An operator's call by somebody with other TLS flags than the operator's."""
        words = [word for word in self.stack.ctl_command(["queue", "list"]) if not word.startswith("--tls_")]
        return subprocess.run([*words, *flags], capture_output=True, text=True, timeout=60)

    def flags_of(self, name: str, authority: str = "tls") -> list[str]:
        folder = self.stack.state.folder / authority
        return [
            f"--tls_certificate={folder / name / 'certificate.pem'}",
            f"--tls_key={folder / name / 'key.pem'}",
            f"--tls_ca={self.stack.state.tls / name / 'ca.pem'}",
        ]

    def make_certificates(self, folder: str, days: int) -> None:
        script = ROOT / "deploy/tls/make-dev-ca.sh"
        subprocess.run([script, self.stack.state.folder / folder, str(days)], check=True, timeout=60)

    def total(self, service: str, pattern: re.Pattern[str]) -> float:
        metrics = probes.get(self.stack.settings.http_ports[service], "/metrics", timeout_s=10).text
        return sum(map(float, pattern.findall(metrics)))

    def test_carries_what_users_and_operators_do(self) -> None:
        bridge, _, _ = self.draft_bridge("#tls")
        alice = self.person("alice")
        room_id = alice.join(bridge.alias)  # Asks the bridge.
        alice.send(room_id, "sealed")
        bridge.wait_for_texts(["hello?", "sealed"])
        self.assertIn(bridge.url, self.ctl_ok("appservice", "list"))

    def test_whoever_is_not_called_for_is_refused(self) -> None:
        before = self.total("push_dispatcher", _REFUSED)
        gateway = self.ctl_with(*self.flags_of("gateway"))
        self.assertEqual(gateway.returncode, 1, gateway.stderr)
        self.assertIn("operator", gateway.stderr)
        self.assertGreater(self.total("push_dispatcher", _REFUSED), before)
        # Of another authority, or none: there is no connection.
        self.make_certificates("strangers", 1)
        for flags in (self.flags_of("operator", "strangers"), []):
            stranger = self.ctl_with(*flags)
            self.assertEqual(stranger.returncode, 3, stranger.stderr)
        self.assertIn("if it wants TLS, give --tls_ca", stranger.stderr)
        self.ctl_ok("queue", "list")

    def test_certificates_are_renewed_without_a_restart(self) -> None:
        before = {name: self.total(name, _EXPIRY) for name in SERVICES}
        pids = {one.name: one.pid for one in self.stack.status()}
        self.make_certificates("tls", 300)
        for name in SERVICES:

            def renewed(name: str = name) -> bool:
                return self.total(name, _EXPIRY) - before[name] > 200 * _DAY_SECONDS

            eventually(renewed, f"{name} has the new certificate")
        # New connections, of those who have the old ones no more.
        self.ctl_ok("status")
        self.kill("push_dispatcher")
        self.stack.up()
        bridge, _, _ = self.draft_bridge("#renewed")
        alice = self.person("alice.renewed")
        alice.join(bridge.alias)
        bridge.wait_for_texts(["hello?"])
        after = {one.name: one.pid for one in self.stack.status()}
        self.assertEqual({name for name in pids if pids[name] != after[name]}, {"push_dispatcher"})


if __name__ == "__main__":
    unittest.main()
