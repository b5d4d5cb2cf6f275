"""What the programs themselves say of the flags that files give them."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")
GRPC_PORTS = {name: 7101 + index for index, name in enumerate(SERVICES)}
# Who calls whom by gRPC: ARCHITECTURE.md, "Who talks to whom".
CALLS = {
    "registry": set(),
    "query_proxy": {"registry"},
    "push_dispatcher": {"registry", "push_dispatcher"},
    "homeserver": {"registry", "query_proxy", "push_dispatcher"},
    "gateway": {"registry", "query_proxy", "push_dispatcher", "homeserver"},
    "causewayctl": set(SERVICES),
}
WITH_DATABASE = ("registry", "push_dispatcher", "homeserver")
# The files by which a service, or an operator, is known and knows the others.
TLS_FLAGS = ("tls_certificate", "tls_key", "tls_ca")


def refusal(program: str, arguments: list[str]) -> str:
    """Why the program would not take them; empty if it would. --help comes after all flags were read."""
    command = [ROOT / ".local" / "bin" / program, *arguments, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return "" if done.returncode == 0 else done.stderr or f"exit code {done.returncode}"


def flag_values(arguments: list[str]) -> dict[str, str]:
    """Of arguments that are all --name=value or --name."""
    return dict(word.removeprefix("--").partition("=")[::2] for word in arguments)


def plaintext(program: str) -> str:
    """Which listeners may be without TLS: /metrics, and what a proxy with a certificate stands before."""
    return "http,public" if program == "gateway" else "http"


def host_name(program: str) -> str:
    """As DNS has it, which knows no underscores."""
    return program.replace("_", "-")


def certificate_fault(name: str, certificate: pathlib.Path, key: pathlib.Path, authority: pathlib.Path) -> str:
    """Why the files are not what makes a process known as causeway-`name`, to whom it calls and to who calls it; empty if
    they are."""
    for purpose in ("sslserver", "sslclient"):
        command = ["openssl", "verify", "-CAfile", authority, "-purpose", purpose,
                   "-verify_hostname", f"causeway-{name}", certificate]  # fmt: skip
        verified = subprocess.run(command, capture_output=True, text=True)
        if verified.returncode != 0:
            return f"{purpose}: {verified.stderr}"
    public = [
        subprocess.run(["openssl", *words], capture_output=True, check=True).stdout
        for words in (["x509", "-in", certificate, "-noout", "-pubkey"], ["pkey", "-in", key, "-pubout"])
    ]
    return "" if public[0] == public[1] else "the key is another certificate's"
