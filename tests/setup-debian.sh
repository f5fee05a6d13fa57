#!/usr/bin/env bash
# Installs the Dovecot packages that the tests use, when they are missing and this person may; no service is started.
set -euo pipefail

packages=(dovecot-imapd dovecot-pop3d)

missing() {
  PATH=$PATH:/usr/sbin command -v dovecot >/dev/null || return 0
  for program in imap pop3; do
    [[ -e /usr/lib/dovecot/$program || -e /usr/libexec/dovecot/$program ]] || return 0
  done
  return 1
}

by_hand() {
  echo "The Dovecot tests are skipped: $1. To run them too, install: ${packages[*]}" >&2
  exit 0
}

missing || exit 0
command -v apt-get >/dev/null || by_hand "this system has no apt-get"
if [[ $(id -u) == 0 ]]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  by_hand "installing needs root, and sudo is not there or asks for a password"
fi

# Debian starts a service as soon as it is installed; 101 says "not now".  A policy that is there already is kept.
policy=/usr/sbin/policy-rc.d
if [[ -e $policy ]]; then
  # invoke-rc.d asks it; whether it forbids is this machine's own decision, so Dovecot is only installed if it does.
  "${as_root[@]}" "$policy" dovecot start >/dev/null 2>&1 && by_hand "$policy would start a system-wide Dovecot"
else
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

echo "Installing ${packages[*]} for the tests (no service is started) ..."
quiet=(-qq -o DPkg::Lock::Timeout=120)
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" update >/dev/null || by_hand "apt-get update failed"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get "${quiet[@]}" install --no-install-recommends -y "${packages[@]}" >/dev/null || by_hand "apt-get install failed"
