"""deploy/compose as an operator has it: a copy of its own, set up by setup.sh."""

import json
import pathlib
import shutil
import subprocess

import documented

ROOT = pathlib.Path(__file__).resolve().parents[2]
_PROJECT = "causeway"  # .env says so.
_SETTINGS = """
IMAGE_PREFIX=causeway-test
POSTGRES_IMAGE=stand-in/postgres
PROMETHEUS_IMAGE=stand-in/prometheus
"""


def docker(*words: str, timeout_s: float = 120, check: bool = True) -> str:
    """What it prints on standard output."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=timeout_s)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


class ComposeStack:
    """Up until `down`. Thread-compatible."""

    def __init__(self, folder: pathlib.Path, server_name: str) -> None:
        """`folder` is made; it must not be there yet."""
        self.server_name = server_name
        self._compose = folder / "deploy" / "compose"
        for name in ("compose", "postgres", "prometheus", "grafana", "tls"):
            ignore = shutil.ignore_patterns(".env", "secrets", "tls")
            shutil.copytree(ROOT / "deploy" / name, folder / "deploy" / name, ignore=ignore)
        subprocess.run([self._compose / "setup.sh", server_name], check=True, stdout=subprocess.DEVNULL)
        with open(self._compose / ".env", "a", encoding="utf-8") as settings:
            settings.write(_SETTINGS)

    def gateway(self) -> tuple[str, int]:
        return "127.0.0.1", 8008

    @property
    def secrets(self) -> dict[str, str]:
        return {file.name: file.read_text().strip() for file in (self._compose / "secrets").iterdir()}

    def change_password(self, role: str, service: str) -> None:
        """As docs/guides/deploying.md has it."""
        (self._compose / "secrets" / f"{role}_database_password").unlink()
        subprocess.run([self._compose / "setup.sh", self.server_name], check=True, stdout=subprocess.DEVNULL)
        self.compose("up", "-d", "--force-recreate", "postgres", timeout_s=300)
        # Recreated, it has an address of its own a moment before it listens.
        self.compose("exec", "-T", "postgres", "sh", "-c", "until pg_isready --quiet; do sleep 0.2; done")
        self.compose("exec", "-T", "postgres", "sh", "/docker-entrypoint-initdb.d/init.sh")
        self.compose("up", "-d", "--force-recreate", "--no-deps", service, timeout_s=300)

    def run_as_documented(self, paragraph: str) -> None:
        script = documented.commands("Later", paragraph)
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._compose, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"{script}: {done.stdout}{done.stderr}\n{self.logs()}")

    def up(self) -> None:
        self.compose("up", "-d", "--no-build", timeout_s=300)

    def down(self) -> None:
        self.compose("--profile", "tools", "down", "--volumes", "--timeout", "5", check=False)

    def compose(self, *words: str, stdin: str = "", timeout_s: float = 120, check: bool = True) -> str:
        command = ["docker-compose", *words]
        done = subprocess.run(
            command, cwd=self._compose, input=stdin, capture_output=True, text=True, timeout=timeout_s
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}\n{self.logs()}")
        return done.stdout.strip()

    def ctl(self, *words: str, stdin: str = "", check: bool = True) -> str:
        return self.compose("run", "--rm", "-T", "causewayctl", *words, stdin=stdin, check=check)

    def containers(self) -> dict[str, dict]:
        """What `docker inspect` tells of each that belongs to it, by the name of its service."""
        ids = docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={_PROJECT}").split()
        inspected = json.loads(docker("inspect", *ids))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in inspected}

    def container(self, service: str) -> str:
        """Its ID."""
        return self.containers()[service]["Id"]

    def outside_address(self) -> str:
        """This machine's, on the network by which services reach bridges."""
        [network] = json.loads(docker("network", "inspect", f"{_PROJECT}_outside"))
        return network["IPAM"]["Config"][0]["Gateway"]

    def logs(self, tail: str = "15") -> str:
        """The last lines of each container, or `all`."""
        done = subprocess.run(
            ["docker-compose", "logs", "--no-color", "--tail", tail],
            cwd=self._compose, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.stdout + done.stderr
