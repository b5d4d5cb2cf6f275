"""causewayctl as an operator meets it: status, doctor, questions before something is destroyed, completion."""

import contextlib
import json
import os
import pathlib
import pty
import select
import subprocess
import termios
import unittest

from database import query
from polling import eventually
from recording_appservice import Answer
from stack_fixture import StackTestCase

_FAILED, _USAGE, _UNREACHABLE, _NOT_FOUND, _ILL = 1, 2, 3, 4, 5


class CtlTestCase(StackTestCase):
    def ctl_json(self, *words: str, exit_code: int = 0) -> object:
        done = self.ctl(*words, "--output=json")
        self.assertEqual(done.returncode, exit_code, f"{words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


class StatusTest(CtlTestCase):
    def test_tells_who_is_behind_and_why(self) -> None:
        bridge, _, _ = self.draft_bridge("#status")
        alice = self.person("alice.status")
        room_id = alice.join(bridge.alias)
        alice.send(room_id, "before")
        bridge.wait_for_texts(["before"])
        well = self.ctl_json("status")
        self.assertEqual((well["not_ready"], well["bridges"], well["behind"]), ([], 1, []))
        self.assertIn("none of 1 is behind", self.ctl_ok("status"))

        bridge.respond = lambda _: Answer(503)
        alice.send(room_id, "during")
        # While it is tried again it doesn't back off: so more than once.
        (behind,) = eventually(
            lambda: json.loads(self.ctl("status", "--output=json").stdout)["behind"], "it is seen to be behind"
        )
        self.assertEqual((behind["state"], behind["waiting"]), ("backing_off", 1))
        self.assertIn("HTTP 503", behind["why"])
        done = eventually(lambda: [done for done in [self.ctl("status")] if done.returncode == _ILL], "again")[0]
        self.assertIn("1 of 1 behind", done.stdout)
        self.assertLess(len(done.stdout.splitlines()), 24)

        bridge.respond = bridge.answer
        eventually(lambda: self.ctl("status").returncode == 0, "it has caught up")

    def test_fits_one_screen_and_tells_what_cannot_be_read(self) -> None:
        for i in range(20):
            self.register_v1(f"many{i}", "http://127.0.0.1:9", {"users": [f"@many{i}_.*"]})
        self.assertIn("none of 20 is behind", self.ctl_ok("status"))
        self._damage_all_queues("[1]")
        self.addCleanup(self._damage_all_queues, "[]")
        done = self.ctl("status")
        self.assertEqual(done.returncode, _ILL)
        self.assertIn("20 of 20 behind", done.stdout)
        self.assertIn("the list of sealed transactions", done.stdout)
        self.assertLess(len(done.stdout.splitlines()), 24)
        self.assertIn("and 5 more: queue list", done.stdout)
        self.assertEqual({queue["state"] for queue in self.ctl_json("queue", "list")}, {"unknown"})
        lines = self._on_a_screen(80, "status")
        self.assertLess(len(lines), 24)
        self.assertEqual(max(map(len, lines)), 80)

    def _on_a_screen(self, columns: int, *words: str) -> list[str]:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        with subprocess.Popen(self.stack.ctl_command(list(words)), stdout=theirs):
            os.close(theirs)
            said = b""
            with contextlib.suppress(OSError):  # As a terminal says that nobody writes to it any more.
                while part := os.read(ours, 1 << 16):
                    said += part
        os.close(ours)
        return said.decode().splitlines()

    def _damage_all_queues(self, sealed_transactions: str) -> None:
        query(self.stack, f"UPDATE push_dispatcher.queues SET sealed_transactions = '{sealed_transactions}'")

    def test_tells_which_service_is_missing(self) -> None:
        self.stack.processes["query_proxy"].stop()
        self.addCleanup(self.stack.up)
        (missing,) = self.ctl_json("status", exit_code=_ILL)["not_ready"]
        self.assertEqual(missing["service"], "query_proxy")
        self.assertIn("does not answer at 127.0.0.1:", missing["why"])

    def test_is_shown_again_and_again(self) -> None:
        command = self.stack.ctl_command(["status", "--watch", "--interval_seconds=1", "--output=json"])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
            try:
                for _ in range(2):
                    self.assertIn("behind", json.loads(watching.stdout.readline()))
            finally:
                watching.terminate()


class DoctorTest(CtlTestCase):
    def test_finds_each_step_well(self) -> None:
        appservice = self.recording_appservice()
        self.register_v1("healthy", appservice.url, {"users": ["@healthy_.*"]})
        steps = {step["step"]: step["verdict"] for step in self.ctl_json("doctor", "healthy")}
        self.assertEqual(steps.pop("tls"), "not tried")
        self.assertEqual(steps.pop("clock"), "not tried")
        self.assertEqual(
            set(steps),
            {"url", "name", "address", "connection", "answer", "token", "dialect", "round_trip"}
            | {"gateway", "grant", "in_force"},
        )
        self.assertEqual(set(steps.values()), {"well"})

    def test_names_the_step_that_fails_and_the_cure(self) -> None:
        appservice = self.recording_appservice()
        self.register_v1("ill", appservice.url, {"users": ["@ill_.*"]})

        def ill() -> list[tuple[str, str]]:
            found = [step for step in self.ctl_json("doctor", exit_code=_ILL) if step["verdict"] == "ill"]
            self.assertTrue(all(step["cure"] for step in found))
            return [(step["bridge"], step["step"]) for step in found]

        appservice.respond = lambda _: Answer(403)
        self.assertEqual(ill(), [("ill", "token")])
        appservice.respond = lambda _: Answer(502)
        self.assertEqual(ill(), [("ill", "answer")])
        appservice.respond = lambda _: Answer(200, headers=("Date: Fri, 16 Jan 2015 14:01:23 GMT",))
        self.assertEqual(ill(), [("ill", "clock")])
        appservice.respond = lambda request: Answer(404 if request.method == "POST" else 200)
        self.ctl_ok("doctor")  # It has no pings, and needs none.
        appservice.go_down()
        self.assertEqual(ill(), [("ill", "connection")])
        appservice.come_up()

    def test_compares_the_token_of_a_bridge(self) -> None:
        appservice = self.recording_appservice()
        self.register_v1("tokens", appservice.url, {"users": ["@tokens_.*"]})
        good = self._folder / "tokens.token"
        self.ctl_ok("doctor", "tokens", f"--as_token_file={good}")
        bad = self._folder / "bad.token"
        bad.write_text("another\n")
        steps = self.ctl_json("doctor", "tokens", f"--as_token_file={bad}", exit_code=_ILL)
        self.assertEqual([step["step"] for step in steps if step["verdict"] == "ill"], ["token"])
        # What can be told without query_proxy is.
        self.kill("query_proxy")
        steps = self.ctl_json("doctor", "tokens", f"--as_token_file={bad}", exit_code=_ILL)
        self.assertEqual([step["step"] for step in steps if step["verdict"] == "ill"], ["query_proxy", "token"])
        self.stack.up()

    def test_knows_whom_there_is(self) -> None:
        self.assertEqual(self.ctl("doctor", "nobody").returncode, _NOT_FOUND)


class DestructionTest(CtlTestCase):
    def test_needs_a_reason_and_a_yes(self) -> None:
        self.grant("doomed", {"users": ["@doomed_.*"]})
        self.assertEqual(self.ctl("grant", "remove", "doomed", "--yes").returncode, _USAGE)
        refused = self.ctl("grant", "remove", "doomed", "--reason=old")
        self.assertEqual(refused.returncode, _USAGE)
        self.assertIn("--yes", refused.stderr)
        self.ctl_ok("grant", "show", "doomed")
        self.ctl_ok("grant", "remove", "doomed", "--reason=it is old", "--yes")
        self.assertEqual(self.ctl("grant", "show", "doomed").returncode, _NOT_FOUND)
        newest = self.ctl_json("audit", "list", "--count=1")[0]
        self.assertEqual((newest["action"], newest["reason"]), ("delete_grant", "it is old"))

    def test_asks_a_person_at_a_terminal(self) -> None:
        self.grant("asked", {"users": ["@asked_.*"]})
        for answer, exit_code in (("no", _USAGE), ("yes", 0)):
            said, code = self._at_a_terminal(answer, "grant", "remove", "asked", "--reason=old")
            self.assertEqual(code, exit_code, said)
            self.assertIn("grant remove asked destroys the grant", said)
        self.assertEqual(self.ctl("grant", "show", "asked").returncode, _NOT_FOUND)

    def _at_a_terminal(self, answer: str, *words: str) -> tuple[str, int]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(self.stack.ctl_command(list(words)), stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = b""
        try:
            while b"Type yes to go on: " not in said:
                said += os.read(ours, 4096)
            os.write(ours, answer.encode() + b"\n")
            code = process.wait(30)
            while True:
                said += os.read(ours, 4096)
        except OSError:  # Nobody has the other end any more.
            code = process.wait(30)
        finally:
            os.close(ours)
        return said.decode(), code


class CompletionTest(CtlTestCase):
    # What is typed, the last word half, and some of what is offered.
    CASES = (
        (["que"], {"queue"}, {"grant"}),
        (["queue", "mo"], {"move-to-now"}, {"list"}),
        (["completion", ""], {"bash", "zsh"}, set()),
        (["status", "--"], {"--watch", "--output", "--registry"}, {"--reason"}),
        (["grant", "remove", "irc", "--"], {"--reason", "--yes"}, {"--watch"}),
        (["--output", "j"], {"json"}, {"table"}),
        (["--registry", "a:1", "grant", "cr"], {"create"}, {"queue"}),
        (["queue", "policy", "irc", "--on_rejection", ""], {"block", "skip"}, {"--reason"}),
    )

    def test_of_bash(self) -> None:
        for typed, offered, not_offered in self.CASES:
            with self.subTest(" ".join(typed)):
                words = " ".join(f"'{word}'" for word in ["causewayctl", *typed])
                script = (
                    f"source <(\"$0\" completion bash); COMP_WORDS=({words}); COMP_CWORD={len(typed)}; "
                    '_causewayctl; printf "%s\\n" "${COMPREPLY[@]}"'
                )
                self._check(["bash", "-c", script], offered, not_offered)

    def test_of_bash_with_an_equals_sign(self) -> None:
        script = (
            'source <("$0" completion bash); COMP_WORDS=(causewayctl grant list --output = ta); COMP_CWORD=5; '
            '_causewayctl; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        self._check(["bash", "-c", script], {"table"}, {"json"})

    def test_of_what_there_is(self) -> None:
        self.grant("completed", {"users": ["@_completed_.*"], "aliases": ["#_completed_.*"], "rooms": ["!_completed_.*"]})
        for typed, offered in (
            (["grant", "show", "comp"], {"completed"}),
            (["grant", "show", "x"], set()),
            (["doctor", "comp"], set()),  # Nobody has registered under it.
            (["grant", "show", "completed", ""], set()),
        ):
            command = self.stack.ctl_command(typed)
            words = " ".join(f"'{word}'" for word in command)
            bash = f'COMP_WORDS=({words}); COMP_CWORD={len(command) - 1}; _causewayctl; printf "%s\\n" "${{COMPREPLY[@]}}"'
            zsh = (
                # As zsh does, it takes of these what begins as typed.
                "compadd() { shift; print -rl -- ${(M)@:#${words[CURRENT]}*} }; _describe() { :; }; "
                f"words=({words}); CURRENT={len(command)}; _causewayctl"
            )
            for shell, script in ((["bash", "-c"], bash), (["zsh", "-f", "-c"], zsh)):
                with self.subTest(" ".join([shell[0], *typed])):
                    found = self._run([*shell, f'source <("$0" completion {shell[0]}); {script}'])
                    self.assertEqual({name for name in found if name.startswith("comp")}, offered)

    def test_in_a_real_bash(self) -> None:
        """Whose words are not ours: it ends one at each = and :."""
        program = pathlib.Path(self.stack.ctl_command([])[0])
        environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "dumb"}
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        with subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-i"],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        ) as shell:  # fmt: skip
            try:
                os.close(theirs)
                os.write(ours, b"source <(causewayctl completion bash); echo completion is\\ there\n")
                self._read_until(ours, "completion is there")
                for typed, completed in (
                    ("causewayctl --registry a:1 grant cr", "grant create"),
                    ("causewayctl --registry=a:1 queue mo", "queue move-to-now"),
                    ("causewayctl queue list --output=j", "--output=json"),
                ):
                    os.write(ours, typed.encode() + b"\t")
                    self._read_until(ours, completed)
                    os.write(ours, b"\x15")  # Takes the line back.
            finally:
                shell.kill()

    def test_in_a_real_zsh(self) -> None:
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        with subprocess.Popen(
            ["zsh", "-f", "-i"],
            stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "dumb"}, start_new_session=True,
        ) as shell:  # fmt: skip
            try:
                os.close(theirs)
                # What it completes it also runs: so the whole line can be seen.
                os.write(ours, (
                    "autoload -U compinit; compinit -D -u; "
                    f"source <({self.stack.ctl_command([])[0]} completion zsh); "
                    "causewayctl() { print -r -- \"ran $*.\" }; print completion is\\ there\n"
                ).encode())  # fmt: skip
                self._read_until(ours, "completion is there")
                for typed, completed in (
                    ("--registry a:1 grant cr", "--registry a:1 grant create"),
                    ("--registry=a:1 queue mo", "--registry=a:1 queue move-to-now"),
                    ("queue list --output j", "queue list --output json"),
                    ("queue list --output=j", "queue list --output=json"),
                ):
                    os.write(ours, f"causewayctl {typed}\t\n".encode())
                    self._read_until(ours, f"ran {completed}.")
            finally:
                shell.kill()

    def _read_until(self, terminal: int, text: str) -> None:
        said = ""
        while text not in said:
            ready, _, _ = select.select([terminal], [], [], 10)
            self.assertTrue(ready, f"{text!r} does not come after {said!r}")
            said += os.read(terminal, 4096).decode()

    def test_of_zsh(self) -> None:
        for typed, offered, not_offered in self.CASES:
            with self.subTest(" ".join(typed)):
                words = " ".join(f"'{word}'" for word in ["causewayctl", *typed])
                # Whatever zsh itself would show of what it is given.
                script = (
                    "_describe() { local one; for one in ${(P)2}; do print -r -- ${one%%:*}; done }; "
                    "compadd() { shift; print -rl -- \"$@\" }; "
                    f"source <(\"$0\" completion zsh); words=({words}); CURRENT={len(typed) + 1}; _causewayctl"
                )
                done = self._run(["zsh", "-f", "-c", script])
                last = typed[-1]
                self.assertLessEqual(offered, {one for one in done if one.startswith(last)})
                self.assertFalse(not_offered & {one for one in done if one.startswith(last)})

    def _check(self, command: list[str], offered: set[str], not_offered: set[str]) -> None:
        found = set(self._run(command))
        self.assertLessEqual(offered, found)
        self.assertFalse(not_offered & found)

    def _run(self, command: list[str]) -> list[str]:
        program = self.stack.ctl_command([])[0]
        done = subprocess.run([*command, program], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()


class ExitCodeTest(CtlTestCase):
    def test_scripts_can_tell_what_happened(self) -> None:
        for words, exit_code in (
            (["grant", "list"], 0),
            (["appservice", "show", "nobody"], _NOT_FOUND),
            (["queue", "list", "--no_such_flag"], _USAGE),
            (["namespace", "check", "--users", "@(", "--output=json"], _FAILED),
        ):
            with self.subTest(" ".join(words)):
                self.assertEqual(self.ctl(*words).returncode, exit_code)
        program = self.stack.ctl_command([])[0]
        nowhere = [program, "grant", "list", "--registry=127.0.0.1:1"]
        self.assertEqual(subprocess.run(nowhere, capture_output=True, timeout=30).returncode, _UNREACHABLE)


if __name__ == "__main__":
    unittest.main()
