"""A real Prometheus on loopback that scrapes a stack, with the alerts of alerts.yml in quick motion."""

import json
import pathlib
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping

from polling import eventually
from stack_fixture import ROOT

from local import ports

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
# What takes minutes takes so many times less.
_SPEED = 60
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?<=\[)(\d+)([smhd])(?=\])|(?<=for: )(\d+)([smhd])\b")
_AGE_LIMIT = re.compile(r"(?<=oldest_age_seconds\) > )\d+")


def quickened(rules: str) -> str:
    """The same rules, with each duration, and each age of an event, a sixtieth of what it was."""

    def seconds(match: re.Match[str]) -> str:
        count, unit = match[1] or match[3], match[2] or match[4]
        return f"{max(1, int(count) * _UNIT_SECONDS[unit] // _SPEED)}s"

    rules = _DURATION.sub(seconds, rules)
    return _AGE_LIMIT.sub(lambda match: str(int(match[0]) // _SPEED), rules)


class PrometheusProcess:
    """Scrapes `targets` (port by service) each half second, until `close`."""

    def __init__(self, folder: pathlib.Path, targets: Mapping[str, int]) -> None:
        folder.mkdir()
        (folder / "alerts.yml").write_text(quickened(ALERTS.read_text()))
        # As deploy/prometheus/prometheus.yml calls them, since alerts name the job.
        processes = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in targets.items()
        ]
        scrapes = [{"job_name": "causeway", "static_configs": processes}]
        interval = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"}
        config = {"global": interval, "rule_files": ["alerts.yml"], "scrape_configs": scrapes}
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML.
        self._port = ports.pick(1)[0]
        self._log = open(folder / "prometheus.log", "wb")  # noqa: SIM115
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
            stdout=self._log,
            stderr=self._log,
        )
        eventually(self._ready, "Prometheus is ready")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def get(self, path: str, **parameters: str) -> object:
        """`data` of an answer of its HTTP API."""
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as response:
            return json.load(response)["data"]

    def query(self, expression: str) -> list[dict]:
        return self.get("query", query=expression)["result"]

    def healthy_targets(self) -> int:
        return sum(target["health"] == "up" for target in self.get("targets")["activeTargets"])

    def rules(self) -> dict[str, dict]:
        return {rule["name"]: rule for group in self.get("rules")["groups"] for rule in group["rules"]}

    def firing(self) -> dict[str, list[dict]]:
        """The labels of what fires now, by alert."""
        alerts: dict[str, list[dict]] = {}
        for alert in self.get("alerts")["alerts"]:
            if alert["state"] == "firing":
                alerts.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return alerts

    def _ready(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"Prometheus has ended; its log is {self._log.name}")
        try:
            return self.get("query", query="1") is not None
        except (OSError, ValueError):
            return False
