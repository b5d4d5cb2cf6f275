"""deploy/compose: what docker-compose makes of it, held against the programs and against itself."""

import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import yaml
from programs import (
    CALLS, GRPC_PORTS, ROOT, SERVICES, TLS_FLAGS, WITH_DATABASE, certificate_fault, flag_values, host_name, plaintext,
    refusal,
)  # fmt: skip

_COMPOSE = ROOT / "deploy" / "compose"
_RUNNING = {
    "registry": "registry",
    "query-proxy": "query_proxy",
    "push-dispatcher-1": "push_dispatcher",
    "push-dispatcher-2": "push_dispatcher",
    "homeserver": "homeserver",
    "gateway": "gateway",
}


class ComposeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name) / "compose"
        shutil.copytree(_COMPOSE, cls.folder, ignore=shutil.ignore_patterns(".env", "secrets", "tls"))
        shutil.copytree(ROOT / "deploy" / "tls", cls.folder.parent / "tls")
        subprocess.run([cls.folder / "setup.sh", "example.org"], check=True, capture_output=True)
        cls.configuration = cls.read()
        cls.services = cls.configuration["services"]

    @classmethod
    def read(cls) -> dict:
        command = ["docker-compose", "--profile", "tools", "--profile", "dashboards", "config"]
        done = subprocess.run(command, cwd=cls.folder, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return yaml.safe_load(done.stdout)

    def arguments(self, service: str) -> list[str]:
        command = self.services[service]["command"]
        return shlex.split(command) if isinstance(command, str) else command

    def test_programs_take_their_flags(self) -> None:
        for service, program in _RUNNING.items():
            with self.subTest(service):
                self.assertEqual(refusal(program, self.arguments(service)), "")
        self.assertNotEqual(refusal("registry", [*self.arguments("registry"), "--no_such_flag=1"]), "")

    def test_services_find_whom_they_call(self) -> None:
        for service, program in _RUNNING.items():
            flags = flag_values(self.arguments(service))
            self.assertEqual(flags["grpc_listen"], f"0.0.0.0:{GRPC_PORTS[program]}")
            # The image's HEALTHCHECK asks at the default port.
            self.assertEqual(flags["http_listen"], f"0.0.0.0:{GRPC_PORTS[program] + 2000}")
            self.assertEqual(flags["allow_plaintext_listen"], plaintext(program))
            self.assertEqual({name for name in flags if name in SERVICES}, CALLS[program] - {program})
            for callee in CALLS[program] - {program}:
                with self.subTest(f"{service} calls {callee}"):
                    # Each replica by its own name, so that one that hangs can be left.
                    replicas = [name for name, its_program in _RUNNING.items() if its_program == callee]
                    addresses = [f"{name}:{GRPC_PORTS[callee]}" for name in replicas]
                    self.assertEqual(flags[callee].split(","), addresses)
            self.assertIn("services", self.services[service]["networks"])

    def names(self, service: str, network: str) -> set[str]:
        return {service, *((self.services[service]["networks"][network] or {}).get("aliases", ()))}

    def test_operator_finds_all(self) -> None:
        words = self.services["causewayctl"]["entrypoint"][1:]
        self.assertEqual(refusal("causewayctl", words), "")
        flags = {name: value for name, value in flag_values(words).items() if name not in TLS_FLAGS}
        self.assertEqual(flags, {name: f"{host_name(name)}:{GRPC_PORTS[name]}" for name in CALLS["causewayctl"]})
        for service, program in _RUNNING.items():
            if program in CALLS["causewayctl"]:
                self.assertIn(host_name(program), self.names(service, "services"))

    def test_only_who_keeps_something_reaches_the_database(self) -> None:
        for service, program in _RUNNING.items():
            with self.subTest(service):
                needs = program in WITH_DATABASE
                self.assertEqual("database" in self.services[service]["networks"], needs)
                flags = flag_values(self.arguments(service))
                self.assertEqual("database" in flags, needs)
                if needs:
                    self.assertEqual(flags["database"], f"host=postgres dbname=causeway user={program}")
        for network in ("database", "services"):
            self.assertTrue(self.configuration["networks"][network]["internal"])

    def test_each_has_just_the_secrets_that_it_reads(self) -> None:
        for service in _RUNNING:
            with self.subTest(service):
                read = set(re.findall(r"/run/secrets/(\w+)", " ".join(self.arguments(service))))
                mounted = {one["source"] for one in self.services[service].get("secrets", ())}
                self.assertEqual(mounted, read)
        made = {file.name for file in (self.folder / "secrets").iterdir()}
        self.assertEqual(set(self.configuration["secrets"]), made)

    def test_each_shows_a_certificate_of_its_own(self) -> None:
        for service, name in {**_RUNNING, "causewayctl": "operator"}.items():
            with self.subTest(service):
                files = ["certificate.pem", "key.pem", "ca.pem"]
                words = self.services[service]["entrypoint"][1:] if name == "operator" else self.arguments(service)
                flags = flag_values(words)
                self.assertEqual([flags[flag] for flag in TLS_FLAGS], [f"/run/tls/{file}" for file in files])
                folder = (self.folder / "tls" / host_name(name)).resolve()
                self.assertEqual(self.services[service]["volumes"], [f"{folder}:/run/tls:ro"])
                self.assertEqual(certificate_fault(host_name(name), *(folder / file for file in files)), "")
                # The container's user can read them.
                self.assertEqual(folder.stat().st_mode & 0o005, 0o005)
                self.assertEqual({(folder / file).stat().st_mode & 0o004 for file in files}, {0o004})
        self.assertEqual((self.folder / "tls").stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.folder / "tls" / "authority" / "key.pem").stat().st_mode & 0o777, 0o600)

    def test_containers_have_no_privileges(self) -> None:
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertNotIn("cap_add", service)
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["logging"]["options"], {"max-size": "50m", "max-file": "5"})
                if name != "causewayctl":
                    self.assertIn("mem_limit", service)

    def test_starts_in_the_order_of_health(self) -> None:
        seen = {"postgres"}
        for service in _RUNNING:
            after = self.services[service]["depends_on"]
            self.assertEqual({one["condition"] for one in after.values()}, {"service_healthy"})
            self.assertLessEqual(set(after), seen, f"{service} waits for what starts after it")
            seen.add(service)

    def test_prometheus_asks_all(self) -> None:
        configuration = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
        [job] = configuration["scrape_configs"]
        targets = {target: one["labels"]["service"] for one in job["static_configs"] for target in one["targets"]}
        expected = {f"{name}:{GRPC_PORTS[program] + 2000}": program for name, program in _RUNNING.items()}
        self.assertEqual(targets, expected)

    def test_prometheus_takes_its_configuration(self) -> None:
        # With the rules that it names.
        command = ["promtool", "check", "config", "--lint-fatal", ROOT / "deploy" / "prometheus" / "prometheus.yml"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_grafana_finds_dashboards_and_prometheus(self) -> None:
        provisioning = ROOT / "deploy" / "grafana" / "provisioning"
        [provider] = yaml.safe_load((provisioning / "dashboards" / "causeway.yml").read_text())["providers"]
        [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
        grafana, folder = self.services["grafana"], self.folder.resolve().parent / "grafana"
        self.assertIn(f"{folder}/provisioning:/etc/grafana/provisioning:ro", grafana["volumes"])
        self.assertIn(f"{folder}/dashboards:{provider['options']['path']}:ro", grafana["volumes"])
        url = urllib.parse.urlsplit(source["url"])
        self.assertIn(url.hostname, list(self.services))
        asked = self.services[url.hostname]
        self.assertEqual((source["type"], "/prometheus:" in asked["image"]), ("prometheus", True))
        self.assertTrue(set(asked["networks"]) & set(grafana["networks"]))
        [published] = asked["ports"]
        self.assertRegex(published, rf":{url.port}(/tcp)?$")

    def test_only_what_is_asked_for_has_a_profile(self) -> None:
        profiles = {name: service["profiles"] for name, service in self.services.items() if "profiles" in service}
        self.assertEqual(profiles, {"causewayctl": ["tools"], "grafana": ["dashboards"]})

    def test_every_setting_is_explained_with_its_default(self) -> None:
        used = dict(re.findall(r"\$\{(\w+):[-?]([^}]*)\}", (_COMPOSE / "docker-compose.yml").read_text()))
        example = (_COMPOSE / ".env.example").read_text()
        explained = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
        # docker-compose's own, without which everything is named after the folder.
        self.assertEqual(explained.pop("COMPOSE_PROJECT_NAME"), "causeway")
        self.assertEqual(set(explained), set(used))
        for name, default in explained.items():
            if name != "SERVER_NAME":
                self.assertEqual(default, used[name], name)

    def test_settings_reach_what_they_are_of(self) -> None:
        settings = {
            "GATEWAY_ADDRESS": ("gateway", "127.0.0.1:18008:8008"),
            "TRUST_FORWARDED_FOR": ("gateway", "--trust_forwarded_for=true"),
            "HOMESERVER_FLAGS": ("homeserver", "--log_level=debug"),
            "REGISTRY_FLAGS": ("registry", "--poll_interval_ms=300"),
        }
        values = {"GATEWAY_ADDRESS": "127.0.0.1:18008", "TRUST_FORWARDED_FOR": "true"}
        env = self.folder / ".env"
        before = env.read_text()
        self.addCleanup(env.write_text, before)
        env.write_text(before + "".join(f"{n}={values.get(n, text)}\n" for n, (_, text) in settings.items()))
        services = self.read()["services"]
        for name, (service, text) in settings.items():
            with self.subTest(name):
                self.assertIn(text, str(services[service]))
                self.assertNotIn(text, str(self.services[service]))

    def test_setup_keeps_what_is_there(self) -> None:
        def kept() -> dict[str, str]:
            files = [*(self.folder / "secrets").iterdir(), *(self.folder / "tls").rglob("*.pem")]
            return {str(file.relative_to(self.folder)): file.read_text() for file in files}

        before = kept()
        subprocess.run([self.folder / "setup.sh", "example.org"], check=True, capture_output=True)
        self.assertEqual(kept(), before)
        made = [secret for name, secret in before.items() if name.startswith("secrets/")]
        self.assertEqual(len(set(made)), len(made))
        self.assertEqual((self.folder / "secrets").stat().st_mode & 0o777, 0o700)
        other = subprocess.run([self.folder / "setup.sh", "other.org"], capture_output=True, text=True)
        self.assertEqual((other.returncode, "SERVER_NAME" in other.stderr), (1, True))
        for words, told in (((), "setup.sh SERVER_NAME"), (("b ad",), "'b ad' is not a host name")):
            with self.subTest(words), tempfile.TemporaryDirectory() as empty:
                script = shutil.copy(self.folder / "setup.sh", empty)
                refused = subprocess.run([script, *words], capture_output=True, text=True)
                self.assertEqual((refused.returncode, told in refused.stderr), (2, True), refused.stderr)
                self.assertEqual(len(list(pathlib.Path(empty).iterdir())), 1)
