"""How each of the five services is started: the one place that knows their flags."""

from local.ports import LOOPBACK
from local.postgres import Postgres
from local.state import SERVICES, Settings, State

# Which other services each one calls; its flags are named as they are.
_PEERS = {
    "registry": (),
    "query_proxy": ("registry",),
    "push_dispatcher": ("registry",),
    "homeserver": ("registry", "query_proxy", "push_dispatcher"),
    "gateway": ("registry", "query_proxy", "push_dispatcher", "homeserver"),
}
_WITH_DATABASE = ("registry", "push_dispatcher", "homeserver")
_WITH_HS_TOKEN_KEY = ("registry", "query_proxy", "push_dispatcher")
_WITH_SERVER_NAME = ("registry", "homeserver")
# What causewayctl talks to.
_CTL_PEERS = ("registry", "query_proxy", "push_dispatcher", "homeserver", "gateway")


def arguments(name: str, state: State, settings: Settings, rate_limits: bool = False) -> list[str]:
    """The flags of service `name`. Ports are fixed beforehand: services may start in
    any order, so none can wait to be told another's."""
    assert name in SERVICES
    flags = [
        f"--grpc_listen={LOOPBACK}:{settings.grpc_ports[name]}",
        f"--http_listen={LOOPBACK}:{settings.http_ports[name]}",
        f"--port_file={state.port_file(name)}",
    ]
    flags += _addresses(_PEERS[name], settings) + _tls_flags(name, state)
    if name in _WITH_DATABASE:
        flags.append(f"--database={Postgres.conninfo(settings, name)}")
    if name in _WITH_HS_TOKEN_KEY:
        flags.append(f"--hs_token_key_file={state.hs_token_key_file}")
    if name in _WITH_SERVER_NAME:
        flags.append(f"--server_name={settings.server_name}")
    if name == "gateway":
        flags.append(f"--public_listen={LOOPBACK}:{settings.public_port}")
        if not rate_limits:  # On one's own machine nobody has to be kept from anything.
            flags += ["--user_requests_per_second_max=0", "--address_requests_per_second_max=0"]
            flags += ["--address_people_requests_per_second_max=0", "--account_logins_per_minute_max=0"]
    return flags


def ctl_arguments(state: State, settings: Settings, words: list[str]) -> list[str]:
    """The arguments of causewayctl: where the stack is, then the user's own."""
    return _addresses(_CTL_PEERS, settings) + _tls_flags("operator", state) + words + _default_ceilings(words)


def _tls_flags(name: str, state: State) -> list[str]:
    """Of a service or of "operator", if the stack has TLS: deploy/tls/make-dev-ca.sh made the files."""
    if not state.tls.exists():
        return []
    folder = state.tls / name.replace("_", "-")
    return [
        f"--tls_certificate={folder / 'certificate.pem'}",
        f"--tls_key={folder / 'key.pem'}",
        f"--tls_ca={folder / 'ca.pem'}",
    ]


def _addresses(peers: tuple[str, ...], settings: Settings) -> list[str]:
    return [f"--{peer}={LOOPBACK}:{settings.grpc_ports[peer]}" for peer in peers]


def _default_ceilings(words: list[str]) -> list[str]:
    """`grant create` wants every ceiling spelled out, and to be told that a broad one is
    meant. On one's own machine, where nobody else's messages could be read, what is left
    out may be anything."""
    if ("grant", "create") not in zip(words, words[1:]):
        return []
    given = {word.lstrip("-").partition("=")[0] for word in words if word.startswith("-")}
    if given & {"help", "helpfull"}:
        return []
    left_out = [kind for kind in ("users", "aliases", "rooms") if kind not in given]
    broad = ["--allow_broad"] if left_out and "allow_broad" not in given else []
    return [f"--{kind}=.*" for kind in left_out] + broad
