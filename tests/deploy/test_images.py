"""deploy/docker/Dockerfile, and the packages that the images get."""

import os
import pathlib
import re
import subprocess
import unittest

from programs import GRPC_PORTS, ROOT, SERVICES, host_name

_DOCKERFILE = ROOT / "deploy" / "docker" / "Dockerfile"
_PROGRAMS = (*SERVICES, "causewayctl")
# Part of every Debian.
_BASE_PACKAGES = {"libc6", "libgcc-s1", "libstdc++6"}


def stages() -> dict[str, str]:
    """Name of each stage to its lines."""
    parts = re.split(r"^FROM \S+ AS (\S+)\n", _DOCKERFILE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


class DockerfileTest(unittest.TestCase):
    def test_linter_is_content(self) -> None:
        linter = pathlib.Path(os.environ["NODE_TOOLS"]) / "node_modules" / ".bin" / "dockerfile-utils"
        done = subprocess.run([linter, "lint", _DOCKERFILE], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_each_program_has_its_image(self) -> None:
        self.assertEqual(
            set(stages()), {"compiled", "prebuilt", "binaries", "runtime", *map(host_name, _PROGRAMS)}
        )
        for program in _PROGRAMS:
            with self.subTest(program):
                stage = stages()[host_name(program)]
                self.assertIn(f"COPY --from=binaries /out/{program} /usr/local/bin/\n", stage)
                self.assertIn(f'ENTRYPOINT ["{program}"]\n', stage)
        self.assertIn("USER 10001:10001\n", stages()["runtime"])

    def test_health_is_asked_by_the_program_itself(self) -> None:
        for program, port in GRPC_PORTS.items():
            with self.subTest(program):
                stage = stages()[host_name(program)]
                self.assertRegex(stage, rf'HEALTHCHECK .* CMD \["{program}", "--healthcheck"\]\n')
                self.assertRegex(stage, rf"EXPOSE (8008 )?{port} {port + 2000}\n")

    def test_build_script_makes_all(self) -> None:
        script = (ROOT / "deploy" / "docker" / "build.sh").read_text()
        [named] = re.findall(r"^for target in (.*); do$", script, re.MULTILINE)
        self.assertEqual(named.split(), [host_name(program) for program in _PROGRAMS])

    def test_images_get_the_libraries_that_programs_need(self) -> None:
        packages = set((ROOT / "third_party" / "packages" / "image.txt").read_text().split())
        needed: set[str] = set()
        for program in _PROGRAMS:
            binary = ROOT / ".local" / "bin" / program
            listed = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True).stdout
            needed |= set(re.findall(r"NEEDED +(\S+)", listed))
        self.assertGreater(len(needed), 10)
        for library in sorted(needed):
            found = subprocess.run(
                ["dpkg-query", "--search", f"*/x86_64-linux-gnu/{library}"], capture_output=True, text=True, check=True
            ).stdout  # fmt: skip
            owners = {line.partition(":")[0] for line in found.splitlines()}
            self.assertTrue(owners & (packages | _BASE_PACKAGES), f"{library} is of {owners}")
