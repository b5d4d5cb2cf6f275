"""What deploy/compose brings up: who may do what in it, the walkthrough through it, and what it survives."""

import json
import pathlib
import secrets
import sys
import time
import unittest
import urllib.parse
import urllib.request

from compose_stack import ComposeStack, docker
from irc_world import IrcWorld
from local.ports import LOOPBACK

STATE = pathlib.Path()  # Set by run.py.
_SERVER_NAME = "compose.test"
_IMAGES = ("registry", "query-proxy", "push-dispatcher", "homeserver", "gateway", "causewayctl")
_SERVICES = ("registry", "query-proxy", "push-dispatcher-1", "push-dispatcher-2", "homeserver", "gateway")
_IMAGE_BYTES_MAX = 250_000_000
_PATIENCE_SECONDS = 60

stack: ComposeStack
world: IrcWorld


def setUpModule() -> None:
    global stack, world
    stack = ComposeStack(STATE / "operator", _SERVER_NAME)
    (STATE / "world").mkdir()
    world = IrcWorld(STATE / "world", stack)
    unittest.addModuleCleanup(stack.down)
    unittest.addModuleCleanup(world.stop)
    stack.up()
    world.start()
    world.walk_through()


def wait_for(holds, what: str):
    """Asks again until it holds, and returns what `holds` returned."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}\n{stack.logs()}")
        time.sleep(0.2)
    return found


def wait_until_healthy(service: str) -> None:
    wait_for(
        lambda: stack.containers()[service]["State"]["Health"]["Status"] == "healthy", f"{service} to be healthy"
    )


def prometheus(path: str) -> dict:
    with urllib.request.urlopen(f"http://{LOOPBACK}:9090/api/v1/{path}", timeout=10) as answer:
        return json.load(answer)["data"]


class ImageTest(unittest.TestCase):
    def test_all_together_are_small(self) -> None:
        # Layers that images share are kept, and fetched, once.
        layers: dict[str, int] = {}
        for name in _IMAGES:
            [image] = json.loads(docker("image", "inspect", f"causeway-test/{name}"))
            history = docker("history", "--no-trunc", "--human=false", "--format={{.Size}}", f"causeway-test/{name}")
            sizes = [int(size) for size in reversed(history.split()) if int(size)]
            # A layer that changed nothing has no size; those with one stand in the same order.
            self.assertLessEqual(len(sizes), len(image["RootFS"]["Layers"]))
            chain = ""
            for size in sizes:
                chain += f"/{size}"
                layers[chain] = size
        total = sum(layers.values())
        print(f"({total / 1e6:.0f} MB) ", end="", file=sys.__stdout__, flush=True)
        self.assertLess(total, _IMAGE_BYTES_MAX)

    def test_say_what_they_are(self) -> None:
        for name in _IMAGES:
            with self.subTest(name):
                [image] = json.loads(docker("image", "inspect", f"causeway-test/{name}"))
                config = image["Config"]
                self.assertEqual(config["User"], "10001:10001")
                self.assertRegex(config["Labels"]["org.opencontainers.image.version"], r"^\d+\.\d+\.\d+")
                self.assertRegex(config["Labels"]["org.opencontainers.image.revision"], r"^[0-9a-f]{40}$")
                self.assertEqual("Healthcheck" in config, name != "causewayctl")


class ConfinementTest(unittest.TestCase):
    """By the alphabet before OperationTest, which makes some containers anew: their logs begin anew, too."""

    def test_processes_have_none(self) -> None:
        for service in (*_SERVICES, "postgres", "prometheus"):
            with self.subTest(service):
                container = stack.container(service)
                status = docker("exec", container, "cat", "/proc/1/status")
                fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                self.assertEqual(int(fields["CapEff"], 16), 0)
                self.assertEqual(int(fields["CapPrm"], 16), 0)
                self.assertEqual(int(fields["CapBnd"], 16), 0)
                self.assertEqual(fields["NoNewPrivs"], "1")
                self.assertNotIn("0", fields["Uid"].split())
                self.assertNotIn("0", fields["Gid"].split())
                if service in _SERVICES:
                    self.assertEqual(fields["Uid"].split()[0], "10001")

    def test_root_is_read_only(self) -> None:
        for service in (*_SERVICES, "postgres", "prometheus"):
            with self.subTest(service):
                words = docker("exec", stack.container(service), "grep", " / ", "/proc/self/mounts").split()
                self.assertIn("ro", words[3].split(","))

    def test_secrets_are_nowhere_but_in_files(self) -> None:
        logs = stack.logs(tail="all")
        self.assertIn("The files belonging to this database system will be owned by", logs)  # PostgreSQL's first line.
        told = json.dumps(stack.containers()) + logs
        self.assertGreater(len(stack.secrets), 5)
        for name, secret in stack.secrets.items():
            self.assertNotIn(secret, told, name)

    def test_a_role_sees_its_own_schema_only(self) -> None:
        def ask(role: str, table: str) -> str:
            return docker(
                "exec", stack.container("postgres"), "psql", "--no-psqlrc", f"--username={role}", "--dbname=causeway",
                "--tuples-only", "--command", f"SELECT count(*) > 0 FROM {table}", check=False,
            )  # fmt: skip

        self.assertEqual(ask("homeserver", "homeserver.users"), "t")
        self.assertEqual(ask("registry", "homeserver.users"), "")
        self.assertEqual(ask("homeserver", "registry.schema_migrations"), "")
        self.assertEqual(ask("registry", "registry.schema_migrations"), "t")

    def test_a_role_needs_its_password(self) -> None:
        def ask(password: str) -> str:
            return docker(
                "exec", f"--env=PGPASSWORD={password}", stack.container("postgres"), "psql", "--no-psqlrc",
                "--tuples-only", "host=postgres user=registry dbname=causeway", "--command=SELECT 1", check=False,
            )  # fmt: skip

        self.assertEqual(ask("wrong"), "")
        self.assertEqual(ask(stack.secrets["registry_database_password"]), "1")

    def test_who_has_no_certificate_may_do_nothing(self) -> None:
        def grants(*flags: str) -> str:
            bare = ("run", "--rm", "-T", "--entrypoint=causewayctl", "causewayctl", "--registry=registry:7101")
            return stack.compose(*bare, *flags, "grant", "list", check=False)

        authority = "--tls_ca=/run/tls/ca.pem"
        own = ("--tls_certificate=/run/tls/certificate.pem", "--tls_key=/run/tls/key.pem")
        self.assertEqual(grants(), "")
        self.assertEqual(grants(authority), "")
        self.assertIn("irc", grants(authority, *own))

    def test_only_the_gateway_and_prometheus_are_published(self) -> None:
        published = {
            f"{one['HostIp']}:{one['HostPort']}"
            for container in stack.containers().values()
            for bindings in (container["NetworkSettings"]["Ports"] or {}).values()
            for one in bindings or ()
        }
        self.assertEqual(published, {"127.0.0.1:8008", "127.0.0.1:9090"})


class OperationTest(unittest.TestCase):
    """setUpModule has played the walkthrough through the containers."""

    def test_all_are_healthy(self) -> None:
        for service in (*_SERVICES, "postgres"):
            wait_until_healthy(service)

    def test_operator_is_told_that_all_is_well(self) -> None:
        wait_for(lambda: "all five are ready" in stack.ctl("status", check=False), "status to be well")
        self.assertNotIn("ill", stack.ctl("doctor", "irc").split())

    def test_prometheus_sees_all_and_has_its_rules(self) -> None:
        def up() -> bool:
            found = prometheus("query?query=" + urllib.parse.quote('up{job="causeway"}'))["result"]
            return len(found) == len(_SERVICES) and all(one["value"][1] == "1" for one in found)

        wait_for(up, "Prometheus to see all services")
        rules = [rule for group in prometheus("rules")["groups"] for rule in group["rules"]]
        wait_for(lambda: all(one["health"] == "ok" for one in rules), "healthy rules")

    def test_push_goes_on_without_either_dispatcher(self) -> None:
        for service in ("push-dispatcher-1", "push-dispatcher-2"):
            with self.subTest(service):
                container = stack.container(service)
                docker("kill", container)
                try:
                    world.alice_says(f"without {service}")
                finally:
                    docker("start", container)
                wait_until_healthy(service)
                world.alice_says(f"with {service} again")

    def test_database_may_restart(self) -> None:
        docker("restart", "--time", "30", stack.container("postgres"))
        world.alice_says("after the database's restart")
        for service in ("postgres", *_SERVICES):
            wait_until_healthy(service)
        queues = json.loads(stack.ctl("queue", "list", "--output=json"))
        self.assertIn("irc", json.dumps(queues))

    def test_what_was_backed_up_is_restored(self) -> None:
        stack.run_as_documented("Back up")
        token = secrets.token_hex(32) + "\n"
        stack.ctl("grant", "create", "--name=later", "--as_token_file=/dev/stdin", "--users=@later_.*", stdin=token)
        self.assertIn("later", stack.ctl("grant", "list"))
        stack.run_as_documented("Restore")
        for service in _SERVICES:
            wait_until_healthy(service)
        grants = stack.ctl("grant", "list")
        self.assertIn("irc", grants)
        self.assertNotIn("later", grants)
        world.alice_says("after the restore")

    def test_password_may_change(self) -> None:
        before = stack.secrets["registry_database_password"]
        stack.change_password("registry", "registry")
        self.assertNotEqual(stack.secrets["registry_database_password"], before)
        wait_until_healthy("registry")
        self.assertIn("irc", stack.ctl("grant", "list"))

    def test_unhealthy_says_why(self) -> None:
        homeserver = stack.container("homeserver")
        docker("stop", homeserver)
        try:
            health = wait_for(lambda: self._failed_check("gateway"), "the gateway to miss the homeserver")
        finally:
            docker("start", homeserver)
        self.assertIn("homeserver: can't be reached", health)
        wait_until_healthy("homeserver")
        wait_until_healthy("gateway")

    def _failed_check(self, service: str) -> str:
        """What the latest check of the container's health said, or nothing if it was content."""
        log = stack.containers()[service]["State"]["Health"]["Log"]
        return log[-1]["Output"] if log and log[-1]["ExitCode"] != 0 else ""

    def test_gateway_serves(self) -> None:
        host, port = stack.gateway()
        url = f"http://{host}:{port}/_matrix/client/versions"
        with urllib.request.urlopen(url, timeout=10) as answer:
            self.assertIn("versions", json.load(answer))
