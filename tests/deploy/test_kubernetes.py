"""deploy/kubernetes: what both overlays make, held against Kubernetes' types, the programs and itself."""

import base64
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml
from kubernetes_tree import (
    OVERLAYS, arguments, container, labels, of_kind, resources, secret_keys, selects, workloads,
)  # fmt: skip
from programs import (
    CALLS, GRPC_PORTS, ROOT, SERVICES, TLS_FLAGS, WITH_DATABASE, certificate_fault, flag_values, host_name, plaintext,
    refusal,
)  # fmt: skip

_TYPES = ROOT / "tests" / "deploy" / "types"
# Kinds that Kubernetes itself doesn't have, and where their types are.
_OWN_TYPES = {
    "cert-manager.io": "cert_manager",
    "monitoring.coreos.com": "prometheus_operator",
    "postgresql.cnpg.io": "cloudnative_pg",
}


def type_errors(documents: list[dict]) -> str:
    """What the TypeScript compiler says of them as literals: wrong types, and fields that are unknown."""
    tools = pathlib.Path(os.environ["NODE_TOOLS"])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(_TYPES, folder / "types")
        (folder / "node_modules").symlink_to(tools / "node_modules")
        source = []
        for index, document in enumerate(documents):
            group, _, version = document["apiVersion"].rpartition("/")
            if group in _OWN_TYPES:
                module = f"./types/{_OWN_TYPES[group]}.js"
            else:
                group = "core" if not group else group.removesuffix(".k8s.io").removesuffix(".authorization")
                module = f"kubernetes-types/{group}/{version}.js"
            kind = document["kind"]
            source.append(f'import type {{{kind} as T{index}}} from "{module}";')
            source.append(f"export const d{index}: T{index} = {json.dumps(document)};")
        (folder / "documents.ts").write_text("\n".join(source))
        compiler = [tools / "node_modules" / ".bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck"]
        options = ["--module", "nodenext", "--moduleResolution", "nodenext", "documents.ts"]
        done = subprocess.run([*compiler, *options], cwd=folder, capture_output=True, text=True, timeout=120)
        return done.stdout + done.stderr


class TypesTest(unittest.TestCase):
    def test_every_field_is_one_and_of_its_type(self) -> None:
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.assertGreater(len(resources(overlay)), 30)
                self.assertEqual(type_errors(resources(overlay)), "")

    def test_mistakes_are_found(self) -> None:
        mistakes = (
            ("Deployment", "registry", lambda spec: spec.update(replicaz=1), '"replicaz"'),
            ("Deployment", "gateway", lambda spec: spec.update(paused="no"), "'string' is not assignable"),
            ("Cluster", "database", lambda spec: spec.update(instancez=1), '"instancez"'),
            ("Cluster", "database", lambda spec: spec["postgresql"]["synchronous"].update(method="all"), '"all"'),
            ("ServiceMonitor", "causeway", lambda spec: spec.update(endpointz=[]), '"endpointz"'),
            ("Certificate", "registry", lambda spec: spec["usages"].append("serving"), '"serving"'),
            ("Issuer", "authority", lambda spec: spec["ca"].update(secret="authority"), '"secret"'),
        )
        documents = []
        for kind, name, change, _ in mistakes:
            documents.append(copy.deepcopy(of_kind("production", kind)[name]))
            change(documents[-1]["spec"])
        errors = [line for line in type_errors(documents).splitlines() if line.startswith("documents.ts(")]
        self.assertEqual(len(errors), len(mistakes))
        for error, (_, _, _, named) in zip(errors, mistakes):
            self.assertIn(named, error)


def each_workload() -> list[tuple[str, str, dict]]:
    """Overlay, name, and itself."""
    return [(overlay, name, found) for overlay in OVERLAYS for name, found in workloads(overlay).items()]


class WorkloadTest(unittest.TestCase):
    def test_all_services_are_there(self) -> None:
        for overlay in OVERLAYS:
            self.assertEqual(set(of_kind(overlay, "Deployment")), set(map(host_name, SERVICES)))

    def test_images_are_of_a_release(self) -> None:
        # What has no tag, or `latest`, is asked for anew whenever a pod starts.
        tags: dict[str, set[str]] = {overlay: set() for overlay in OVERLAYS}
        for overlay, name, workload in each_workload():
            image, _, tag = container(workload)["image"].partition(":")
            if name != "postgres":
                self.assertEqual(image, f"causeway/{name}")
                tags[overlay].add(tag)
        self.assertEqual(tags["dev"], {"dev"})
        [release] = tags["production"]
        self.assertRegex(release, r"^\d+\.\d+\.\d+$")

    def test_programs_take_their_flags(self) -> None:
        for overlay in OVERLAYS:
            for program in SERVICES:
                with self.subTest(f"{overlay} {program}"):
                    flags = arguments(overlay, workloads(overlay)[host_name(program)])
                    self.assertEqual(refusal(program, flags), "")
                    self.assertGreater(len(flags), 3)

    def test_pods_have_no_rights(self) -> None:
        for overlay, name, workload in each_workload():
            with self.subTest(f"{overlay} {name}"):
                pod = workload["spec"]["template"]["spec"]
                self.assertIs(pod["automountServiceAccountToken"], False)
                account = of_kind(overlay, "ServiceAccount")[pod["serviceAccountName"]]
                self.assertIs(account["automountServiceAccountToken"], False)
                self.assertEqual(pod["serviceAccountName"], name)
                context = pod["securityContext"]
                self.assertIs(context["runAsNonRoot"], True)
                self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
                context = container(workload)["securityContext"]
                self.assertIs(context["allowPrivilegeEscalation"], False)
                self.assertIs(context["readOnlyRootFilesystem"], True)
                self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
        for overlay in OVERLAYS:
            for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"):
                self.assertEqual(of_kind(overlay, kind), {})

    def test_pods_are_bounded_and_watched(self) -> None:
        for overlay, name, workload in each_workload():
            with self.subTest(f"{overlay} {name}"):
                found = container(workload)
                self.assertIn("memory", found["resources"]["limits"])
                self.assertEqual(set(found["resources"]["requests"]), {"cpu", "memory"})
                ports = {port["name"] for port in found["ports"]}
                for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                    if name == "postgres":
                        self.assertIn("exec", found[probe])
                        continue
                    path = "/readyz" if probe == "readinessProbe" else "/livez"
                    self.assertEqual(found[probe]["httpGet"]["path"], path)
                    self.assertIn(found[probe]["httpGet"]["port"], ports)
                if name != "postgres":
                    self.assertEqual(found["lifecycle"]["preStop"]["exec"]["command"], ["sleep", "5"])
                    spread = workload["spec"]["template"]["spec"]["topologySpreadConstraints"]
                    self.assertEqual(len(spread), 2)
                    for constraint in spread:
                        self.assertTrue(selects(constraint["labelSelector"], labels(workload)))

    def test_time_to_end_is_enough(self) -> None:
        for overlay in OVERLAYS:
            for program in SERVICES:
                workload = workloads(overlay)[host_name(program)]
                drain_s = int(flag_values(arguments(overlay, workload)).get("drain_timeout_ms", "10000")) / 1000
                grace_s = workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
                self.assertGreater(grace_s, 5 + drain_s + 2)

    def test_ports_are_those_that_programs_listen_on(self) -> None:
        for overlay in OVERLAYS:
            for program in SERVICES:
                with self.subTest(f"{overlay} {program}"):
                    workload = workloads(overlay)[host_name(program)]
                    flags = flag_values(arguments(overlay, workload))
                    listens = {"grpc": flags["grpc_listen"], "http": flags["http_listen"]}
                    if program == "gateway":
                        listens["public"] = flags["public_listen"]
                    self.assertEqual(flags["allow_plaintext_listen"], plaintext(program))
                    expected = {name: int(address.rpartition(":")[2]) for name, address in listens.items()}
                    ports = {port["name"]: port["containerPort"] for port in container(workload)["ports"]}
                    self.assertEqual(ports, expected)
                    service = of_kind(overlay, "Service")[host_name(program)]
                    self.assertEqual({port["name"]: port["port"] for port in service["spec"]["ports"]}, expected)
                    self.assertEqual([port["targetPort"] for port in service["spec"]["ports"]], list(expected))

    def test_services_find_whom_they_call(self) -> None:
        for overlay in OVERLAYS:
            for program in SERVICES:
                flags = flag_values(arguments(overlay, workloads(overlay)[host_name(program)]))
                peers = {name: address for name, address in flags.items() if name in SERVICES}
                expected = {name: f"{host_name(name)}:{GRPC_PORTS[name]}" for name in CALLS[program] - {program}}
                self.assertEqual(peers, expected, f"{overlay} {program}")
                if program in WITH_DATABASE:
                    self.assertIn("host=database-rw ", flags["database"])
                    self.assertIn(f" user={program} ", flags["database"])


class ReferenceTest(unittest.TestCase):
    def test_volumes_lead_to_what_is_there(self) -> None:
        for overlay, name, workload in each_workload():
            with self.subTest(f"{overlay} {name}"):
                pod = workload["spec"]["template"]["spec"]
                mounted = {one["name"] for one in container(workload).get("volumeMounts", ())}
                claims = {one["metadata"]["name"] for one in workload["spec"].get("volumeClaimTemplates", ())}
                self.assertEqual(mounted, {one["name"] for one in pod.get("volumes", ())} | claims)
                for volume in pod.get("volumes", ()):
                    self._check(overlay, volume)
                    for source in volume.get("projected", {}).get("sources", ()):
                        self._check(overlay, source)

    def _check(self, overlay: str, volume: dict) -> None:
        if "configMap" in volume:
            self.assertIn(volume["configMap"]["name"], of_kind(overlay, "ConfigMap"))
        if "secret" in volume and not volume["secret"].get("optional"):
            name = volume["secret"].get("secretName") or volume["secret"]["name"]
            keys = secret_keys(overlay, name)
            for item in volume["secret"].get("items", ()):
                self.assertIn(item["key"], keys)

    def test_files_of_flags_are_mounted(self) -> None:
        for overlay, name, workload in each_workload():
            with self.subTest(f"{overlay} {name}"):
                volumes = {one["name"]: one for one in workload["spec"]["template"]["spec"].get("volumes", ())}
                for flag, path in flag_values(arguments(overlay, workload)).items():
                    if not flag.endswith("_file") and flag not in TLS_FLAGS:
                        continue
                    folder, _, file = path.rpartition("/")
                    [mount] = [one for one in container(workload)["volumeMounts"] if one["mountPath"] == folder]
                    secret = volumes[mount["name"]]["secret"]["secretName"]
                    self.assertIn(file, secret_keys(overlay, secret), f"{name} --{flag}")

    def test_selectors_select_just_one_workload(self) -> None:
        for overlay in OVERLAYS:
            for kind in ("Service", "PodDisruptionBudget", "Deployment", "StatefulSet"):
                for name, one in of_kind(overlay, kind).items():
                    with self.subTest(f"{overlay} {kind} {name}"):
                        selector = one["spec"]["selector"]
                        if kind == "Service":
                            selector = {"matchLabels": selector}
                        found = [key for key, pod in workloads(overlay).items() if selects(selector, labels(pod))]
                        self.assertEqual(found, ["postgres" if name == "database-rw" else name])
            self.assertEqual(set(of_kind(overlay, "PodDisruptionBudget")), set(map(host_name, SERVICES)))

    def test_autoscalers_have_their_deployments_to_themselves(self) -> None:
        scalers = of_kind("production", "HorizontalPodAutoscaler")
        self.assertEqual(set(scalers), {"gateway", "push-dispatcher"})
        for name, deployment in of_kind("production", "Deployment").items():
            with self.subTest(name):
                if name in scalers:
                    self.assertEqual(scalers[name]["spec"]["scaleTargetRef"]["name"], name)
                    self.assertGreaterEqual(scalers[name]["spec"]["minReplicas"], 2)
                    self.assertNotIn("replicas", deployment["spec"])
                else:
                    self.assertGreaterEqual(deployment["spec"]["replicas"], 2)

    def test_monitoring_finds_each_service(self) -> None:
        monitor = of_kind("production", "ServiceMonitor")["causeway"]["spec"]
        for program in SERVICES:
            service = of_kind("production", "Service")[host_name(program)]
            self.assertTrue(selects(monitor["selector"], service["metadata"]["labels"]))
            names = {port["name"] for port in service["spec"]["ports"]}
            self.assertLessEqual({endpoint["port"] for endpoint in monitor["endpoints"]}, names)
        # As prometheus.yml calls it, so that alerts hold for both.
        label = of_kind("production", "Service")["registry"]["metadata"]["labels"][monitor["jobLabel"]]
        prometheus = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
        self.assertEqual([job["job_name"] for job in prometheus["scrape_configs"]], [label])

    def test_alerts_are_those_of_prometheus(self) -> None:
        made = subprocess.run(
            [ROOT / "deploy" / "kubernetes" / "prometheus_rule.sh"], capture_output=True, text=True, check=True
        ).stdout  # fmt: skip
        kept = ROOT / "deploy" / "kubernetes" / "overlays" / "production" / "prometheus-rule.yaml"
        self.assertEqual(kept.read_text(), made, "run deploy/kubernetes/prometheus_rule.sh")

    def test_database_has_a_role_for_each_service(self) -> None:
        cluster = of_kind("production", "Cluster")["database"]
        roles = {role["name"]: role["passwordSecret"]["name"] for role in cluster["spec"]["managed"]["roles"]}
        self.assertEqual(roles, {name: f"{host_name(name)}-database" for name in WITH_DATABASE})
        for role, secret in roles.items():
            self.assertEqual(of_kind("production", "Secret")[secret]["type"], "kubernetes.io/basic-auth")
            self.assertEqual(set(of_kind("production", "Secret")[secret]["data"]), {"username", "password"})
            self.assertEqual(of_kind("production", "Secret")[secret]["metadata"]["labels"], {"cnpg.io/reload": "true"})
        [reference] = cluster["spec"]["bootstrap"]["initdb"]["postInitApplicationSQLRefs"]["configMapRefs"]
        script = of_kind("production", "ConfigMap")[reference["name"]]["data"][reference["key"]]
        # Not psql runs it there.
        self.assertFalse([line for line in script.splitlines() if line.lstrip().startswith("\\")])


class CertificateTest(unittest.TestCase):
    """By which services and operators know each other: of dev's authority, and of cert-manager's."""

    NAMES = (*map(host_name, SERVICES), "operator")
    FILES = ["/run/tls/tls.crt", "/run/tls/tls.key", "/run/tls/ca.crt"]

    def test_each_service_shows_its_own(self) -> None:
        for overlay in OVERLAYS:
            for name in map(host_name, SERVICES):
                with self.subTest(f"{overlay} {name}"):
                    workload = workloads(overlay)[name]
                    flags = flag_values(arguments(overlay, workload))
                    self.assertEqual([flags[flag] for flag in TLS_FLAGS], self.FILES)
                    self._check_mount(name, workload["spec"]["template"]["spec"])

    def test_operator_shows_its_own_and_finds_all(self) -> None:
        pod = self._operator_pod("queue", "show", "it's \"irc\\2\"")
        words = pod["containers"][0]["args"]
        self.assertEqual(words[-3:], ["queue", "show", "it's \"irc\\2\""])
        self.assertEqual(refusal("causewayctl", words[:-3]), "")
        flags = flag_values(words[:-3])
        self.assertEqual([flags.pop(flag) for flag in TLS_FLAGS], self.FILES)
        self.assertEqual(flags, {name: f"{host_name(name)}:{GRPC_PORTS[name]}" for name in CALLS["causewayctl"]})
        self._check_mount("operator", pod)
        pod_of_it = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "causewayctl"}, "spec": pod}
        self.assertEqual(type_errors([pod_of_it]), "")

    def test_of_dev_are_for_the_names_of_services(self) -> None:
        authorities = set()
        for name in self.NAMES:
            secret = of_kind("dev", "Secret")[f"{name}-tls"]
            self.assertEqual(secret["type"], "kubernetes.io/tls")
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                files = [pathlib.Path(folder) / key for key in ("tls.crt", "tls.key", "ca.crt")]
                for file in files:
                    file.write_bytes(base64.b64decode(secret["data"][file.name]))
                self.assertEqual(certificate_fault(name, *files), "")
                self.assertIn("mismatch", certificate_fault("stranger", *files))
                authorities.add(files[2].read_bytes())
        self.assertEqual(len(authorities), 1)

    def test_of_production_are_for_the_names_of_services(self) -> None:
        certificates = of_kind("production", "Certificate")
        authority = certificates.pop("authority")["spec"]
        self.assertIs(authority["isCA"], True)
        self.assertEqual(set(certificates), set(self.NAMES))
        issuers = of_kind("production", "Issuer")
        self.assertEqual(issuers[authority["issuerRef"]["name"]]["spec"], {"selfSigned": {}})
        for name, certificate in certificates.items():
            with self.subTest(name):
                spec = certificate["spec"]
                self.assertEqual(spec["secretName"], f"{name}-tls")
                self.assertEqual(spec["dnsNames"], [f"causeway-{name}"])
                self.assertEqual(set(spec["usages"]), {"digital signature", "server auth", "client auth"})
                self.assertNotIn("isCA", spec)
                issuer = issuers[spec["issuerRef"]["name"]]["spec"]
                self.assertEqual(issuer, {"ca": {"secretName": authority["secretName"]}})
                # Nobody is woken by an alert about what is renewed in time.
                self.assertGreater(self._hours(spec["renewBefore"]), self._alarm_hours() + 24)
                self.assertGreater(self._hours(spec["duration"]), self._hours(spec["renewBefore"]))

    def _check_mount(self, name: str, pod: dict) -> None:
        [found] = pod["containers"]
        [mount] = [one for one in found["volumeMounts"] if one["mountPath"] == "/run/tls"]
        # As a whole: what is mounted by subPath is never renewed.
        self.assertEqual(mount, {"name": mount["name"], "mountPath": "/run/tls", "readOnly": True})
        [volume] = [one for one in pod["volumes"] if one["name"] == mount["name"]]
        self.assertEqual(volume["secret"], {"secretName": f"{name}-tls", "defaultMode": 0o440})
        self.assertEqual(pod["securityContext"]["fsGroup"], pod["securityContext"]["runAsGroup"])

    def _operator_pod(self, *words: str) -> dict:
        """That ctl.sh has made."""
        with tempfile.TemporaryDirectory() as folder:
            kubectl = pathlib.Path(folder) / "kubectl"
            kubectl.write_text('#!/bin/sh\nwhile [ "$1" != --overrides ]; do shift; done; printf %s "$2"\n')
            kubectl.chmod(0o755)
            made = subprocess.run(
                [ROOT / "deploy" / "kubernetes" / "ctl.sh", *words],
                env={**os.environ, "IMAGE": "causewayctl", "KUBECTL": str(kubectl)}, capture_output=True, text=True, check=True,
            ).stdout  # fmt: skip
            return json.loads(made)["spec"]

    def _hours(self, duration: str) -> int:
        return int(duration.removesuffix("h"))

    def _alarm_hours(self) -> int:
        alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
        days = re.findall(r"causeway_tls_certificate_expiry_timestamp_seconds - time\(\) < (\d+) \* 86400", alerts)
        return int(days[0]) * 24


class NetworkPolicyTest(unittest.TestCase):
    """Names of workloads stand for their pods; `causewayctl` for those that ctl.sh runs."""

    def pods(self, overlay: str) -> dict[str, dict[str, str]]:
        found = {name: labels(workload) for name, workload in workloads(overlay).items()}
        found["causewayctl"] = {"app.kubernetes.io/name": "causewayctl", "app.kubernetes.io/part-of": "causeway"}
        if "postgres" not in found:
            inherited = of_kind(overlay, "Cluster")["database"]["spec"]["inheritedMetadata"]["labels"]
            found["postgres"] = {"cnpg.io/cluster": "database", **inherited}
        return found

    def port_number(self, overlay: str, pod: str, port: int | str | None) -> int | None:
        if not isinstance(port, str):
            return port
        ports = {one["name"]: one["containerPort"] for one in container(workloads(overlay)[pod])["ports"]}
        return ports.get(port)

    def arrows(self, overlay: str, direction: str) -> set[tuple[str, str, int | None]]:
        """(from, to, port) of what policies allow between pods of the namespace, by name of peers; None: any port."""
        pods = self.pods(overlay)
        [name] = of_kind(overlay, "Namespace")
        namespace = {"kubernetes.io/metadata.name": name}
        found = set()
        for policy in of_kind(overlay, "NetworkPolicy").values():
            for rule in policy["spec"].get(direction, ()):
                for peer in rule.get("from" if direction == "ingress" else "to", ()):
                    # Whether an address is a pod's is known to the cluster alone.
                    if "ipBlock" in peer or not selects(peer.get("namespaceSelector", {}), namespace):
                        continue
                    for own in pods:
                        for other in pods:
                            if not selects(policy["spec"]["podSelector"], pods[own]):
                                continue
                            if not selects(peer.get("podSelector", {}), pods[other]):
                                continue
                            sender, receiver = (other, own) if direction == "ingress" else (own, other)
                            for port in rule.get("ports", [{"port": None}]):
                                number = self.port_number(overlay, receiver, port["port"])
                                found.add((sender, receiver, number))
        return found

    def test_both_sides_allow_the_arrows_of_the_architecture_alone(self) -> None:
        expected = {
            (host_name(caller), host_name(callee), GRPC_PORTS[callee])
            for caller, callees in CALLS.items()
            for callee in callees
        } | {(host_name(name), "postgres", 5432) for name in WITH_DATABASE}
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                # Instances of the production database copy from each other.
                own = {("postgres", "postgres", 5432)} if overlay == "production" else set()
                self.assertEqual(self.arrows(overlay, "ingress"), expected | own)
                self.assertEqual(self.arrows(overlay, "egress"), expected)

    def test_what_is_not_allowed_is_denied(self) -> None:
        for overlay in OVERLAYS:
            denied = of_kind(overlay, "NetworkPolicy")["deny-all"]["spec"]
            self.assertEqual(denied["policyTypes"], ["Ingress", "Egress"])
            self.assertNotIn("ingress", denied)
            self.assertNotIn("egress", denied)
            for name, found in self.pods(overlay).items():
                if name == "postgres" and overlay == "production":
                    continue  # Its operator has to reach the cluster's API from it.
                self.assertTrue(selects(denied["podSelector"], found), name)

    def test_only_the_gateway_is_open_to_everybody(self) -> None:
        """And that not where it believes what it is told of a client's address."""
        ports = [{"protocol": "TCP", "port": "public"}]
        for overlay in OVERLAYS:
            trusts = of_kind(overlay, "ConfigMap")["settings"]["data"]["trust_forwarded_for"] == "true"
            self.assertEqual(trusts, overlay == "production")
            for name, policy in of_kind(overlay, "NetworkPolicy").items():
                rules = policy["spec"].get("ingress", ())
                everybody = [rule for rule in rules if not rule.get("from") or "ipBlock" in str(rule["from"])]
                self.assertEqual(everybody, [{"ports": ports}] * (name == "public" and not trusts))
            public = of_kind(overlay, "NetworkPolicy")["public"]["spec"]
            self.assertTrue(selects(public["podSelector"], self.pods(overlay)["gateway"]))
            self.assertEqual([rule["ports"] for rule in public["ingress"]], [ports])

    def test_only_who_calls_bridges_reaches_the_world(self) -> None:
        for overlay in OVERLAYS:
            outwards = set()
            for name, policy in of_kind(overlay, "NetworkPolicy").items():
                for rule in policy["spec"].get("egress", ()):
                    if any("ipBlock" in peer for peer in rule.get("to", ())) or "to" not in rule:
                        outwards.add(name)
            self.assertEqual(outwards, {"query-proxy", "push-dispatcher"})
