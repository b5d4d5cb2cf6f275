"""What a real Kubernetes makes of deploy/kubernetes: the walkthrough through it, and what it survives."""

import http.client
import json
import pathlib
import secrets
import threading
import time
import unittest

from cluster import Cluster, as_list, kubectl, manifests
from irc_world import IrcWorld

STATE = pathlib.Path()  # Set by run.py.

cluster: Cluster
world: IrcWorld


def setUpModule() -> None:
    global cluster, world
    cluster = Cluster(STATE)
    unittest.addModuleCleanup(cluster.down)
    cluster.up()
    (STATE / "world").mkdir()
    world = IrcWorld(STATE / "world", cluster)
    unittest.addModuleCleanup(world.stop)
    world.start()
    world.walk_through()


class ManifestTest(unittest.TestCase):
    def test_server_takes_both_overlays(self) -> None:
        for overlay in ("dev", "production"):
            with self.subTest(overlay):
                told = kubectl("apply", "--dry-run=server", "--filename=-", stdin=as_list(manifests(overlay)))
                self.assertEqual(told.count("(server dry run)"), len(manifests(overlay)))

    def test_server_refuses_mistakes(self) -> None:
        [deployment] = [
            one for one in manifests("dev") if (one["kind"], one["metadata"]["name"]) == ("Deployment", "registry")
        ]
        deployment["spec"]["replicaz"] = 1
        told = kubectl("apply", "--dry-run=server", "--filename=-", stdin=json.dumps(deployment), check=False)
        self.assertIn('unknown field "replicaz"', told)


class OperationTest(unittest.TestCase):
    """setUpModule has played the walkthrough through the cluster."""

    def test_pods_have_no_rights(self) -> None:
        for name in cluster.deployments():
            with self.subTest(name):
                status = cluster.kubectl("exec", f"deployment/{name}", "--", "cat", "/proc/1/status")
                fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                self.assertEqual(fields["Uid"].split(), ["10001"] * 4)
                self.assertEqual(int(fields["CapEff"], 16), 0)
                self.assertEqual(int(fields["CapBnd"], 16), 0)
                self.assertEqual(fields["NoNewPrivs"], "1")
                self.assertEqual(fields["Seccomp"], "2")  # Filtered.
                mounts = cluster.kubectl("exec", f"deployment/{name}", "--", "cat", "/proc/self/mounts")
                [root] = [line.split() for line in mounts.splitlines() if line.split()[1] == "/"]
                self.assertIn("ro", root[3].split(","))
                self.assertNotIn("serviceaccount", mounts)

    def test_operator_is_told_that_all_is_well(self) -> None:
        for name in cluster.deployments():
            cluster.wait_for_rollout(f"deployment/{name}")
        deadline = time.monotonic() + 60
        while "all five are ready" not in (told := cluster.ctl("status", check=False)):
            self.assertLess(time.monotonic(), deadline, told)
        self.assertNotIn("ill", cluster.ctl("doctor", "irc").split())

    def test_rolling_restart_of_the_gateway_loses_no_request(self) -> None:
        before = self._pods("gateway")
        statuses: list[object] = []
        ended = threading.Event()
        gateway = cluster.gateway()

        def ask() -> None:
            while not ended.is_set():
                connection = http.client.HTTPConnection(*gateway, timeout=10)
                try:
                    connection.request("GET", "/_matrix/client/versions")
                    statuses.append(connection.getresponse().status)
                except OSError as error:
                    statuses.append(error)
                finally:
                    connection.close()
                ended.wait(0.15)  # Within --address_requests_per_second_max, which is 10.

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            cluster.kubectl("rollout", "restart", "deployment/gateway")
            cluster.wait_for_rollout("deployment/gateway")
            # The old one still drains.
            cluster.kubectl("wait", "--for=delete", *[f"pod/{name}" for name in before], "--timeout=60s")
        finally:
            ended.set()
            asking.join()
        self.assertGreater(len(statuses), 20)
        self.assertEqual([status for status in statuses if status != 200], [])

    def test_push_goes_on_when_its_dispatcher_is_replaced(self) -> None:
        before = self._pods("push-dispatcher")
        cluster.kubectl("delete", "pod", "--wait=false", *before)
        world.alice_says("while another dispatcher comes")
        cluster.wait_for_rollout("deployment/push-dispatcher")
        self.assertTrue(set(self._pods("push-dispatcher")) - set(before))
        world.alice_says("with another dispatcher")

    def test_push_goes_on_when_its_dispatcher_is_killed(self) -> None:
        [name] = self._pods("push-dispatcher", "--field-selector=status.phase=Running")[-1:]
        cluster.kubectl("delete", "pod", name, "--grace-period=0", "--force")
        world.alice_says("after a dispatcher was killed")

    def test_data_outlives_the_database_pod(self) -> None:
        cluster.kubectl("delete", "pod", "postgres-0")
        cluster.wait_for_rollout("statefulset/postgres")
        world.alice_says("after the database's pod was replaced")
        self.assertIn("irc", cluster.ctl("queue", "list"))

    def test_what_was_backed_up_is_restored(self) -> None:
        cluster.run_as_documented("Back up")
        token = secrets.token_hex(32) + "\n"
        cluster.ctl("grant", "create", "--name=later", "--as_token_file=/dev/stdin", "--users=@later_.*", stdin=token)
        self.assertIn("later", cluster.ctl("grant", "list"))
        cluster.run_as_documented("Restore")
        for name in cluster.deployments():
            cluster.wait_for_rollout(f"deployment/{name}")
        grants = cluster.ctl("grant", "list")
        self.assertIn("irc", grants)
        self.assertNotIn("later", grants)
        world.alice_says("after the restore")

    def _pods(self, name: str, *more: str) -> list[str]:
        words = ("get", "pods", f"--selector=app.kubernetes.io/name={name}", "--output=name", *more)
        return [line.removeprefix("pod/") for line in cluster.kubectl(*words).splitlines()]
