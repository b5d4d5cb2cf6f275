"""deploy/kubernetes as an overlay makes it, by Debian's kubectl 1.20."""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import yaml
from programs import ROOT

OVERLAYS = ("dev", "production")


@functools.cache
def resources(overlay: str) -> list[dict]:
    """All of them, with secrets made for the occasion."""
    with tempfile.TemporaryDirectory() as folder:
        deploy = pathlib.Path(folder) / "deploy"
        for name in ("kubernetes", "postgres", "tls"):
            shutil.copytree(ROOT / "deploy" / name, deploy / name, ignore=shutil.ignore_patterns("secrets", "tls"))
        subprocess.run([deploy / "kubernetes" / "secrets.sh", overlay], check=True, capture_output=True)
        for file in deploy.rglob("kustomization.yaml"):
            file.write_text(_for_old_kustomize(file.read_text()))
        made = subprocess.run(
            [os.environ["KUBECTL"], "kustomize", deploy / "kubernetes" / "overlays" / overlay],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if made.returncode != 0:
            raise AssertionError(f"kustomize {overlay}: {made.stderr}")
        return list(yaml.safe_load_all(made.stdout))


def _for_old_kustomize(text: str) -> str:
    """Debian's is of 2019, and has other names for two things."""
    tree = yaml.safe_load(text)
    listed = tree.pop("resources", [])
    tree["resources"] = [one for one in listed if one.endswith(".yaml")]
    tree["bases"] = [one for one in listed if not one.endswith(".yaml")]
    tree["patchesStrategicMerge"] = [patch["path"] for patch in tree.pop("patches", ())]
    return yaml.safe_dump(tree)


def of_kind(overlay: str, kind: str) -> dict[str, dict]:
    """By name."""
    return {one["metadata"]["name"]: one for one in resources(overlay) if one["kind"] == kind}


def secret_keys(overlay: str, name: str) -> set[str]:
    """Of a Secret that the overlay has, or that cert-manager makes by what it has."""
    made = {one["spec"]["secretName"] for one in of_kind(overlay, "Certificate").values()}
    return {"tls.crt", "tls.key", "ca.crt"} if name in made else set(of_kind(overlay, "Secret")[name]["data"])


def workloads(overlay: str) -> dict[str, dict]:
    return of_kind(overlay, "Deployment") | of_kind(overlay, "StatefulSet")


def container(workload: dict) -> dict:
    """Its only one."""
    [found] = workload["spec"]["template"]["spec"]["containers"]
    return found


def labels(workload: dict) -> dict[str, str]:
    return workload["spec"]["template"]["metadata"]["labels"]


def selects(selector: dict, found: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels", "matchExpressions"}, selector
    for one in selector.get("matchExpressions", ()):
        assert one["operator"] == "NotIn", one
        if found.get(one["key"]) in one["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= found.items()


def arguments(overlay: str, workload: dict) -> list[str]:
    """With $(NAME) replaced as Kubernetes does, and a pod's name and address invented."""
    values = {"metadata.name": "pod-0", "status.podIP": "10.1.2.3"}
    variables: dict[str, str] = {}
    for variable in container(workload).get("env", ()):
        source = variable.get("valueFrom", {})
        if "configMapKeyRef" in source:
            reference = source["configMapKeyRef"]
            variables[variable["name"]] = of_kind(overlay, "ConfigMap")[reference["name"]]["data"][reference["key"]]
        elif "fieldRef" in source:
            variables[variable["name"]] = values[source["fieldRef"]["fieldPath"]]
        else:
            variables[variable["name"]] = variable["value"]
    return [
        re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], word) for word in container(workload).get("args", ())
    ]
