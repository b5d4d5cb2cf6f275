#!/usr/bin/env bash
# A certificate authority for development, and what it signs: for each service and for an operator a folder with
# certificate.pem, key.pem and ca.pem, which --tls_certificate, --tls_key and --tls_ca name.
#
#   deploy/tls/make-dev-ca.sh DIR [DAYS]     DAYS that the certificates are good for: 90
#
# KEY_MODE (environment): mode of the keys' files, but for the authority's: 600. Where containers have users of their own it
# may be 444, in a DIR that is closed to others.
#
# What the authority has signed is replaced each time it is called, file by file, so running processes take it up within
# seconds; the authority itself (DIR/authority) stays. Its key signs whoever you tell it to:
# in production keep it elsewhere, or let the authority that you have sign certificates with these DNS names.
set -euo pipefail

refuse() { printf 'make-dev-ca.sh: %s\n' "$1" >&2; exit 2; }

case "${1:-}" in
  --help | -h) sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
  "" | -*) refuse "say where: make-dev-ca.sh DIR [DAYS]" ;;
esac
days=${2:-90}
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || refuse "not a number of days from 1 to 9999: $days"
mkdir -p "$1"
cd "$1"

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>/dev/null; }

authority=authority
if [ ! -e $authority/ca.pem ]; then
  (umask 077 && mkdir -p $authority && new_key $authority/key.pem)
  openssl req -x509 -new -key $authority/key.pem -days 3650 -subj "/CN=Causeway development authority" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out $authority/ca.pem
fi

for name in registry query-proxy push-dispatcher homeserver gateway operator; do
  new=$(mktemp -d)
  (umask 077 && new_key "$new/key.pem")
  openssl req -new -key "$new/key.pem" -subj "/CN=causeway-$name" -out "$new/request.pem"
  openssl x509 -req -in "$new/request.pem" -CA $authority/ca.pem -CAkey $authority/key.pem -days "$days" \
    -set_serial "0x$(openssl rand -hex 16)" -out "$new/certificate.pem" 2>/dev/null -extfile <(
      printf 'subjectAltName=DNS:causeway-%s\nbasicConstraints=critical,CA:FALSE\n' "$name"
      printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n'
    )
  rm "$new/request.pem"
  mkdir -p "$name"
  # Into the folder, which may be mounted somewhere, each by a rename: nobody reads half of one.
  cp $authority/ca.pem "$new/ca.pem"
  chmod 644 "$new/certificate.pem" "$new/ca.pem"
  chmod "${KEY_MODE:-600}" "$new/key.pem"
  for file in ca.pem key.pem certificate.pem; do
    cp -p "$new/$file" "$name/.$file.new"
    mv "$name/.$file.new" "$name/$file"
  done
  rm -r "$new"
done
