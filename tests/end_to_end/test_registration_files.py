"""Registration files of today: one, a directory of them, or one that is watched."""

import json
import pathlib
import re
import tempfile

from polling import eventually
from stack_fixture import StackTestCase

from local import probes  # isort: skip


class RegistrationFileTest(StackTestCase):
    def registration(self, name: str, **changes: object) -> dict:
        return {
            "id": name,
            "url": None,
            "as_token": self.remember_secret(f"as-token-of-{name}"),
            "hs_token": self.remember_secret(f"hs-token-of-{name}"),
            "sender_localpart": f"_{name}_bot",
            "namespaces": {"users": [{"exclusive": True, "regex": f"@_{name}_.*"}]},
            **changes,
        }

    def test_bad_file_of_a_directory_does_not_keep_the_others(self) -> None:
        directory = self._folder / "registrations"
        directory.mkdir()
        for name in ("one", "three"):
            (directory / f"{name}.yaml").write_text(json.dumps(self.registration(name)))  # JSON is YAML.
        broken = self.registration("two", namespaces={"users": [{"exclusive": True, "regex": "@_two_("}]})
        (directory / "two.yml").write_text(json.dumps(broken))
        (directory / "zero.yaml").write_text("id: [unclosed\n")
        (directory / "notes.txt").write_text("not one of them\n")
        done = self.ctl("appservice", "import", str(directory), "--create_grant", "--output=json")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("2 of 4 files were not taken", done.stderr)
        found = {one["file"].rpartition("/")[2]: one for one in json.loads(done.stdout)}
        self.assertEqual(sorted(found), ["one.yaml", "three.yaml", "two.yml", "zero.yaml"])
        self.assertEqual(found["one.yaml"]["outcome"], "registered")
        self.assertIn("users[0]", found["two.yml"]["error"])
        self.assertIn("line ", found["zero.yaml"]["error"])
        listed = {one["id"]: one for one in json.loads(self.ctl_ok("appservice", "list", "--output=json"))}
        self.assertLessEqual({"one", "three"}, set(listed))
        self.assertNotIn("two", listed)
        self.assertEqual(listed["one"]["url"], "")
        # Again, mended: what hasn't changed stays.
        (directory / "zero.yaml").unlink()
        (directory / "two.yml").write_text(json.dumps(self.registration("two")))
        self.ctl_ok("appservice", "import", str(directory), "--create_grant")
        # A file that wants no traffic has no queue.
        self.assertNotIn('"one"', self.ctl_ok("queue", "list", "--output=json"))

    def test_exported_file_says_what_the_imported_one_did(self) -> None:
        given = self.registration("kept", rate_limited=False, protocols=["irc"])
        given |= {"receive_ephemeral": True, "org.example.unstable": {"list": [1, "1", None], "text": "a: b"}}
        (self._folder / "given.yaml").write_text(json.dumps(given))
        self.ctl_ok("appservice", "import", str(self._folder / "given.yaml"), "--create_grant")
        token_file = self._folder / "kept.token"
        token_file.write_text(given["as_token"] + "\n")
        exported = self._folder / "exported.yaml"
        words = ["appservice", "export", "kept", f"--file={exported}"]
        wrong = self.ctl(*words, f"--as_token_file={self._folder / 'given.yaml'}")
        self.assertEqual(wrong.returncode, 2, wrong.stderr)
        self.ctl_ok(*words, f"--as_token_file={token_file}")
        text = exported.read_text()
        for line in ('id: "kept"', "url: ~", "rate_limited: false", "receive_ephemeral: true", '  "text": "a: b"',
                     '    - 1', '    - "1"', 'sender_localpart: "_kept_bot"'):  # fmt: skip
            self.assertIn(line + "\n", text)
        self.assertNotIn("hs_token", text)
        self.assertEqual(exported.stat().st_mode & 0o777, 0o600)
        # Taken in again it changes nothing, but that it brings no hs_token.
        exported.write_text(text + f'hs_token: "{given["hs_token"]}"\n')
        before = self.ctl_ok("appservice", "show", "kept")
        self.ctl_ok("appservice", "register", f"--file={exported}")
        self.assertEqual(self.ctl_ok("appservice", "show", "kept"), before)

    def test_file_without_a_url_does_not_drop_a_queue_by_the_way(self) -> None:
        given = self.registration("queued", url="http://127.0.0.1:9")
        file = self._folder / "queued.yaml"
        file.write_text(json.dumps(given))
        self.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        self.ctl_ok("queue", "show", "queued")
        file.write_text(json.dumps(given | {"url": None}))
        for words in (["register", f"--file={file}"], ["import", str(file)]):
            refused = self.ctl("appservice", *words)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn("appservice remove queued", refused.stdout + refused.stderr)
        self.ctl_ok("queue", "show", "queued")
        self.ctl_ok("appservice", "remove", "queued", "--reason=meant", "--yes")
        self.ctl_ok("appservice", "register", f"--file={file}")
        self.assertEqual(self.ctl("queue", "show", "queued").returncode, 4)

    def test_files_that_cannot_be_used_are_bad_usage(self) -> None:
        file = self._folder / "usable.yaml"
        file.write_text(json.dumps(self.registration("usable")))
        self.ctl_ok("appservice", "register", f"--file={file}", "--create_grant")
        for words in (
            ["import", "/no/such/folder"],
            ["export", "usable", "--file=/no/such/folder/usable.yaml"],
            ["rotate-token", "usable", "--hs_token_file=/no/such/folder/token"],
            ["rotate-token", "usable", f"--hs_token_file={self._folder}"],
        ):
            with self.subTest(" ".join(words[:2])):
                done = self.ctl("appservice", *words)
                self.assertEqual(done.returncode, 2, done.stderr)

    def test_broad_file_has_to_be_meant(self) -> None:
        file = self._folder / "broad.yaml"
        file.write_text(json.dumps(self.registration("broad", namespaces={"rooms": [{"exclusive": False, "regex": "!.*"}]})))
        words = ["appservice", "register", f"--file={file}", "--create_grant"]
        refused = self.ctl(*words)
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("ceilings.shared_rooms[0]", refused.stderr)
        self.ctl_ok(*words, "--allow_broad")


    def test_file_beyond_its_grant_waits_for_a_word(self) -> None:
        registration = self.registration("beyond")
        token_file = self._folder / "beyond.token"
        token_file.write_text(registration["as_token"] + "\n")
        self.ctl_ok("grant", "create", "--name=beyond", f"--as_token_file={token_file}", "--users=@_beyond_a.*")
        file = self._folder / "beyond.yaml"
        file.write_text(json.dumps(registration))
        refused = self.ctl("appservice", "register", f"--file={file}")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("request approve ID", refused.stderr)
        [request] = json.loads(self.ctl_ok("request", "list", "--output=json"))
        self.ctl_ok("request", "approve", request["id"])
        self.ctl_ok("appservice", "show", "beyond")


class WatchedDirectoryTest(StackTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        watched = tempfile.TemporaryDirectory(prefix="causeway-registrations-")
        cls.addClassCleanup(watched.cleanup)
        cls.watched = pathlib.Path(watched.name)
        cls.EXTRA_FLAGS = {"registry": [f"--registration_dir={watched.name}"]}
        super().setUpClass()

    def counts(self) -> dict[str, float]:
        port = self.stack.settings.http_ports["registry"]
        metrics = probes.get(port, "/metrics", timeout_s=10).text
        return {state: float(n) for state, n in re.findall(r'causeway_registry_files\{state="(\w+)"\} (\S+)', metrics)}

    def test_files_are_taken_as_they_come_and_bad_ones_put_aside(self) -> None:
        registration = {
            "id": "watched",
            "url": None,
            "as_token": self.remember_secret("as-token-of-a-watched-file"),
            "hs_token": self.remember_secret("hs-token-of-a-watched-file"),
            "sender_localpart": "_watched_bot",
            "namespaces": {"users": [{"exclusive": True, "regex": "@_watched_.*"}]},
        }
        (self.watched / "bad.yaml").write_text("id: bad\nas_token: as-token-of-a-bad-file\n")
        self.remember_secret("as-token-of-a-bad-file")
        (self.watched / "good.yaml").write_text(json.dumps(registration))
        eventually(lambda: self.counts() == {"taken": 1, "put_aside": 1, "left_out": 0}, "both were looked at")
        self.assertIn("watched", self.ctl_ok("appservice", "list"))
        log = (self.stack.state.logs / "registry.log").read_text()
        [line] = [json.loads(one) for one in log.splitlines() if "put aside" in one]
        self.assertIn("bad.yaml", line["file"])
        self.assertIn("hs_token", line["error"])
        registration["namespaces"]["users"][0]["regex"] = "@_watched_[a-z]+"
        (self.watched / "good.yaml").write_text(json.dumps(registration))
        eventually(lambda: "[a-z]+" in self.ctl_ok("appservice", "list"), "the file is taken anew")
