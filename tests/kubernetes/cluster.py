"""deploy/kubernetes/overlays/dev on a node of Kubernetes 1.20."""

import copy
import json
import os
import pathlib
import re
import subprocess

import documented
from kubernetes_tree import resources
from programs import ROOT

_NAMESPACE = "causeway"
_NODE_ADDRESS = "172.17.0.1"
# What Kubernetes 1.20 calls them; it has the same fields.
_OLDER = {"policy/v1": "policy/v1beta1", "autoscaling/v2": "autoscaling/v2beta2"}
_NOT_HERE = ("Certificate", "Cluster", "Issuer", "PrometheusRule", "ServiceMonitor")


def kubectl(*words: str, stdin: str = "", timeout_s: float = 120, check: bool = True) -> str:
    """What it prints; with what it says of errors if `check` is off."""
    done = subprocess.run(["kubectl", *words], input=stdin, capture_output=True, text=True, timeout=timeout_s)
    if check and done.returncode != 0:
        raise AssertionError(f"kubectl {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip() if check else done.stdout + done.stderr


def manifests(overlay: str) -> list[dict]:
    """As the node can take them: of its version, with images that it has."""
    found = [one for one in copy.deepcopy(resources(overlay)) if one["kind"] not in _NOT_HERE]
    for one in found:
        one["apiVersion"] = _OLDER.get(one["apiVersion"], one["apiVersion"])
        if one["kind"] in ("Deployment", "StatefulSet"):
            for container in one["spec"]["template"]["spec"]["containers"]:
                container["image"] = _local(container["image"])
                container["imagePullPolicy"] = "Never"
    return found


def _local(image: str) -> str:
    name = image.partition(":")[0]
    return "stand-in/postgres" if name == "postgres" else name.replace("causeway/", "causeway-test/") + ":test"


def as_list(documents: list[dict]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})


class Cluster:
    """Thread-compatible."""

    server_name = "localhost"

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._names: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        self._give_volume()
        kubectl("apply", "--filename=-", stdin=as_list(manifests("dev")))
        self._serve_names()
        for workload in ("statefulset/postgres", *(f"deployment/{name}" for name in self.deployments())):
            self.wait_for_rollout(workload)

    def down(self) -> None:
        kubectl("delete", "namespace", _NAMESPACE, "--wait=false", check=False)
        if self._names is not None:
            self._names.kill()
            self._names.wait()

    def deployments(self) -> list[str]:
        return [one["metadata"]["name"] for one in manifests("dev") if one["kind"] == "Deployment"]

    def wait_for_rollout(self, workload: str) -> None:
        try:
            self.kubectl("rollout", "status", workload, "--timeout=120s", timeout_s=150)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.state()}") from error

    def kubectl(self, *words: str, **options: object) -> str:
        return kubectl("--namespace", _NAMESPACE, *words, **options)

    def gateway(self) -> tuple[str, int]:
        return self.kubectl("get", "service", "gateway", "--output=jsonpath={.spec.clusterIP}"), 8008

    def outside_address(self) -> str:
        return _NODE_ADDRESS

    def ctl(self, *words: str, stdin: str = "", check: bool = True) -> str:
        environment = {**os.environ, "IMAGE": "causeway-test/causewayctl:test"}
        command = [ROOT / "deploy" / "kubernetes" / "ctl.sh", *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, env=environment)
        if check and done.returncode != 0:
            raise AssertionError(f"ctl.sh {' '.join(words)}: {done.stdout}{done.stderr}\n{self.state()}")
        return done.stdout

    def run_as_documented(self, paragraph: str) -> None:
        """With what is said there of overlays/dev: another pod, and one replica."""
        script = documented.commands("On Kubernetes", paragraph).replace("--replicas=2", "--replicas=1")
        script = re.sub(r"^primary=.*$", "primary=pod/postgres-0", script, flags=re.MULTILINE)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"{script}: {done.stdout}{done.stderr}\n{self.state()}")

    def state(self) -> str:
        """For who has to find out what went wrong."""
        pods = self.kubectl("get", "pods", "--output=wide", check=False)
        events = self.kubectl("get", "events", "--sort-by=.lastTimestamp", check=False)
        logs = "".join(
            f"\n{name}:\n" + self.kubectl("logs", f"deployment/{name}", "--tail=8", check=False)
            for name in self.deployments()
        )
        return "\n".join((pods, *events.splitlines()[-25:], logs))

    def _give_volume(self) -> None:
        data = self._folder / "volume"
        data.mkdir()
        data.chmod(0o777)
        volume = {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "data"},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": str(data)},
            },
        }
        kubectl("apply", "--filename=-", stdin=json.dumps(volume))

    def _serve_names(self) -> None:
        """The cluster's DNS: the node has no add-on for it."""
        services = json.loads(self.kubectl("get", "services", "--output=json"))["items"]
        hosts = self._folder / "hosts"
        hosts.write_text("".join(
            f"{one['spec']['clusterIP']} {one['metadata']['name']}.{_NAMESPACE}.svc.cluster.local\n" for one in services
        ))  # fmt: skip
        self._names = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--port=53", f"--listen-address={_NODE_ADDRESS}", "--bind-interfaces",
             "--no-resolv", "--no-hosts", f"--addn-hosts={hosts}", f"--pid-file={self._folder / 'dns.pid'}",
             "--user=root", "--conf-file=/dev/null"],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
