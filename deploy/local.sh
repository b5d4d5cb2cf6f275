#!/usr/bin/env bash
# Causeway on this machine, with one command. See usage() below, or run it with --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'TEXT'
deploy/local.sh: Causeway on this machine, everything on loopback.

  deploy/local.sh demo    builds, starts everything with a real IRC server and a bridge, plays a conversation
                          between a Matrix user and an IRC user, shows every HTTP exchange, and cleans up
  deploy/local.sh up      builds, starts PostgreSQL and the five services, prints the URL when they are ready;
                          called again, it restarts only what died
  deploy/local.sh status  which process runs where, and whether it is ready; --json for programs
  deploy/local.sh logs    [SERVICE] [-f]: the end of the logs; -f follows them
  deploy/local.sh ctl     ARGS...: runs causewayctl against this stack (try: ctl --help)
  deploy/local.sh down    ends exactly what `up` started; the data stays

Options, before or after the command (before ARGS for ctl):
  --state DIR         where data, logs and secrets are kept (default: .local/ of this checkout).
                      Stacks with different states run side by side.
  --server_name NAME  the domain in user IDs (default: localhost, for the demo hsdomain.com).
                      It is fixed by the first `up` of a state.
  --gateway_port N    the public port (default: 8008; 0 means any free one, which is the demo's default)
  --rate_limits       up only: people are bounded in how much they may ask, as elsewhere
  --tls               up only: the services know each other, and causewayctl, by certificates (mutual TLS), of an
                      authority that is made for this state by its first `up`; it stays so
  --keep              demo only: leaves everything running until Ctrl-C
  --json              status only
  --help              this text

What is missing is installed first, with apt-get (as root or through sudo).
Exit codes: 0 done; 1 it failed and said why (for status: something is not ready); 2 wrong usage.
TEXT
}

refuse() { printf 'local.sh: %s (see deploy/local.sh --help)\n' "$1" >&2; exit 2; }

# Only what has to be known before Python and the binaries are there; the rest is up to deploy/local.
command=
expects_value=
for argument in "$@"; do
  if [ -n "$expects_value" ]; then expects_value=; continue; fi
  case "$argument" in
    --help | -h) usage; exit 0 ;;
    --state | --server_name | --gateway_port) expects_value=1 ;;
    --state=* | --server_name=* | --gateway_port=* | --rate_limits | --tls | --keep | --json) ;;
    -*) case "$command" in logs) ;; *) refuse "no such option: $argument" ;; esac ;;
    *)
      case "$command" in
        "") command=$argument ;;
        logs) ;;
        *) refuse "$command takes no $argument" ;;
      esac
      if [ "$command" = ctl ]; then break; fi
      ;;
  esac
done

binaries="$root/.local/bin"
case "$command" in
  demo | up)
    "$root/third_party/packages/install.sh" build.txt run.txt
    "$root/deploy/local/build.sh" "$binaries"
    ;;
  ctl)
    if [ ! -x "$binaries/causewayctl" ]; then
      "$root/third_party/packages/install.sh" build.txt run.txt
      "$root/deploy/local/build.sh" "$binaries"
    fi
    ;;
  down | status | logs) ;;
  "") usage >&2; exit 2 ;;
  *) refuse "no such command: $command" ;;
esac

if [ ! -x /usr/bin/python3 ]; then "$root/third_party/packages/install.sh" run.txt; fi
# Not the python3 on PATH: that may be any version; Debian's is the one that this is tested with.
PYTHONPATH="$root/deploy" PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 -m local "$@"
