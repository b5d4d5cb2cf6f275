"""--help of every program explains each of its flags, and what can't be meant is refused, by name."""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from stack_fixture import ROOT, SERVER_NAME, SERVICES

sys.path.append(str(ROOT / "docs" / "reference"))

import program_help  # noqa: E402

_BINARIES = ROOT / ".local" / "bin"
_USAGE_EXIT_CODE = 2
_FLAG_DEFINITION = re.compile(r"ABSL_FLAG\(\s*([\w:]+),\s*(\w+),")
_RANGE = re.compile(r"(\d+) (?:\(not at all\) )?to (\d+)")
# What a number counts or measures is told by its name, or by what its explanation begins with or asks for.
_UNIT = re.compile(
    r"_ms(_|\b)|_(hours|days)(_|\b)|_(mebi)?bytes(_|\b)|milliseconds|[Tt]hreads|[Cc]alls|[Cc]onnections|[Rr]equests|"
    r"[Qq]ueries|[Ee]vents|[Tt]ransactions|batches|headers|[Hh]ow often|tries|replica"
)
# A value that each flag has to refuse, where none follows from its type and range.
_BAD_TEXTS = {
    "grpc_listen": "7101",
    "allow_plaintext_listen": "grpc,metrics",
    "http_listen": "example.org:http",
    "public_listen": "8008",
    "public_tls_certificate": "/no/such/certificate.pem",
    "public_tls_key": "/no/such/key.pem",
    "tls_certificate": "/no/such/certificate.pem",
    "tls_key": "/no/such/key.pem",
    "tls_ca": "/no/such/authority.pem",
    "operator_token_file": "/no/such/token",
    "port_file": "/no/such/folder/ports.json",
    "log_format": "xml",
    "log_level": "loud",
    "server_name": "no server",
    "hs_token_key_file": "/no/such/key",
    "database": "no=conninfo",
    "database_password_file": "/no/such/password",
    "registry": "7101",
    "query_proxy": "localhost:",
    "push_dispatcher": ":7103",
    "homeserver": "localhost:99999",
    "replica_name": "x" * 256,
    "advertised_grpc_address": "7103",
    "appservice_ca_file": "/no/such/certificates.pem",
    "appservice_ca_dir": "/no/such/folder",
    "registration_dir": "/no/such/directory",
}


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([_BINARIES / program, *words], capture_output=True, text=True, timeout=10)


def flags_of(service: str) -> dict[str, str]:
    """Name and type of each flag that the sources define."""
    flags: dict[str, str] = {}
    folder = ROOT / "services" / service
    own = [folder / "main.cc", *folder.glob("*_flags.cc")]
    sources = [*own, ROOT / "services/shared/server/process_flags.cc"]
    if any("ClientOptionsFromFlags" in source.read_text() for source in own):
        sources.append(ROOT / "services/shared/appservice_client/client_flags.cc")
    for source in sources:
        for kind, name in _FLAG_DEFINITION.findall(source.read_text()):
            flags[name] = kind
    return flags


class ServiceHelpTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._folder = pathlib.Path(folder.name)
        (self._folder / "key").write_text("00" * 32 + "\n")

    def _good_flags(self, service: str) -> list[str]:
        """With which it would start, and wait for a database that isn't there."""
        flags = {
            "grpc_listen": "127.0.0.1:0",
            "http_listen": "127.0.0.1:0",
            "server_name": SERVER_NAME,
            "hs_token_key_file": str(self._folder / "key"),
            "database": f"host={self._folder} dbname=causeway user={service}",
        }
        if service == "gateway":
            flags["public_listen"] = "127.0.0.1:0"
        known = flags_of(service)
        return [f"--{name}={value}" for name, value in flags.items() if name in known]

    def _help(self, service: str) -> dict[str, tuple[str, str]]:
        done = run(service, "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"causeway {service}: ", done.stdout)
        said = program_help.of_service(service)
        return {flag.name: (flag.default, flag.text) for flag in (*said.own, *said.common)}

    def test_explains_each_flag_with_unit_and_range(self) -> None:
        for service in SERVICES:
            explained = self._help(service)
            self.assertEqual(set(explained), set(flags_of(service)))
            for name, (_, text) in explained.items():
                with self.subTest(f"{service} --{name}"):
                    self.assertGreater(len(text), 20)
                    self.assertTrue(text.endswith("."), text)
                    if flags_of(service)[name] in ("int", "int32_t", "int64_t"):
                        self.assertRegex(f"{name} {text}", _UNIT)
                        self.assertRegex(text, _RANGE)

    def test_default_is_in_the_range(self) -> None:
        for service in SERVICES:
            for name, (default, text) in self._help(service).items():
                bounds = _RANGE.findall(text)
                if bounds and default.isdigit():
                    low, high = map(int, bounds[-1])
                    self.assertTrue(low <= int(default) <= high, f"{service} --{name}: {text}")

    def test_unknown_flag_and_stray_word_are_refused(self) -> None:
        for service in SERVICES:
            for word in ("--no_such_flag=1", "-x", "serve"):
                with self.subTest(service, word=word):
                    done = run(service, *self._good_flags(service), word)
                    self._assert_refused(done, word.partition("=")[0])

    def test_required_flags_are_asked_for(self) -> None:
        for service in SERVICES:
            for name, (_, text) in self._help(service).items():
                if "Required." in text:
                    with self.subTest(f"{service} --{name}"):
                        good = self._good_flags(service)
                        rest = [flag for flag in good if not flag.startswith(f"--{name}=")]
                        self._assert_refused(run(service, *rest), f"--{name}: ")

    def test_bad_value_of_each_flag_is_refused(self) -> None:
        for service in SERVICES:
            for name, (_, text) in self._help(service).items():
                for value in self._bad_values(flags_of(service)[name], name, text):
                    with self.subTest(f"{service} --{name}={value}"):
                        done = run(service, *self._good_flags(service), f"--{name}={value}")
                        self._assert_refused(done, f"--{name}")

    def _bad_values(self, kind: str, name: str, text: str) -> list[str]:
        if kind == "bool":
            return ["perhaps"]
        if kind == "std::string":
            return [_BAD_TEXTS[name]]
        low, high = map(int, _RANGE.findall(text)[-1])
        return ["many", str(low - 1), str(high + 1)]

    def _assert_refused(self, done: subprocess.CompletedProcess[str], named: str) -> None:
        told = done.stdout + done.stderr
        self.assertNotEqual(done.returncode, 0, told)
        self.assertGreater(done.returncode, 0, f"killed by a signal: {told}")
        self.assertIn(named, told)
        self.assertNotIn('"message":"ready"', told)


class ControlHelpTest(unittest.TestCase):
    """causewayctl, whose commands have flags of their own."""

    def _commands(self) -> list[list[str]]:
        done = run("causewayctl", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        listed = done.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
        return [line.split()[:2] for line in listed.splitlines()]

    def test_explains_each_flag_of_each_command(self) -> None:
        explained: dict[str, str] = {}
        commands = self._commands()
        self.assertGreater(len(commands), 8)
        for words in ([], *commands):
            done = run("causewayctl", *words, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            for line in done.stdout.splitlines():
                if match := re.fullmatch(r"  --(\w+)(?: [A-Z:|a-z]+)? +(\S.*)", line):
                    explained[match[1]] = match[2]
        defined = set()
        for source in (ROOT / "services" / "ctl").glob("*.cc"):
            if not source.stem.endswith("_test"):
                defined |= set(re.findall(r'(?:\{\.name = |\b(?:Ceiling|Required|Optional)\()"(\w+)",', source.read_text()))
        self.assertEqual(set(explained), defined)
        for name, text in explained.items():
            self.assertGreater(len(text), 3, f"--{name}")

    def test_what_is_unknown_or_bad_is_refused_by_name(self) -> None:
        for words, named in (
            (["grant", "list", "--no_such_flag"], "--no_such_flag"),
            (["grant", "eat"], "grant eat"),
            (["grant", "create", "--name=x"], "--as_token_file"),
            (["grant", "list", "--output=xml"], "--output"),
            (["grant", "list", "--registry=7101"], "--registry"),
            (["queue", "list", "--push_dispatcher=here"], "--push_dispatcher"),
        ):
            with self.subTest(" ".join(words)):
                done = run("causewayctl", *words)
                self.assertEqual(done.returncode, _USAGE_EXIT_CODE, done.stderr)
                self.assertIn(named, done.stderr)
        for words in (
            ["grant", "create", "--name=x", "--as_token_file=/no/such/token"],
            ["appservice", "register", "--file=/no/such/registration.yaml"],
        ):
            with self.subTest(" ".join(words)):
                done = run("causewayctl", *words)
                self.assertEqual(done.returncode, _USAGE_EXIT_CODE, done.stderr)
                self.assertIn("cannot read /no/such/", done.stderr)


if __name__ == "__main__":
    unittest.main()
