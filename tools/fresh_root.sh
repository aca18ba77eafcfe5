#!/usr/bin/env bash
# Runs a ./dev command of this commit on a Debian 12 that has nothing but its base system and git:
#   tools/fresh_root.sh DIRECTORY COMMAND...     e.g. /tmp/fresh ./dev test
# Makes the root with mmdebstrap (apt-get install mmdebstrap) unless DIRECTORY holds one already,
# clones HEAD of this repository into it, and runs the command there as root, in its own mount and
# process namespaces: whatever it starts ends with it. The network is the host's, ports included.
set -euo pipefail

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Names of the variables that a network behind a proxy, or a private certificate, needs inside.
PASSED_ON='^(CI|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY'
PASSED_ON+='|SSL_CERT_(FILE|DIR)|PIP_CERT|NODE_EXTRA_CA_CERTS|GO(PROXY|SUMDB))='

main() {
  if (($# < 2)) || ((EUID != 0)); then
    echo "usage, as root: tools/fresh_root.sh DIRECTORY COMMAND..." >&2
    exit 2
  fi
  local root=$1
  shift
  [[ -e $root/etc/debian_version ]] || make_root "$root"
  rm -rf "$root/root/spillway"
  git clone --quiet "$REPOSITORY" "$root/root/spillway"
  run_inside "$root" "$@"
}

make_root() {
  mmdebstrap --quiet --mode=root --variant=minbase --include=git bookworm "$1"
  cp /etc/resolv.conf /etc/hosts "$1/etc/"
  if [[ -d /usr/local/share/ca-certificates ]]; then
    mkdir -p "$1/usr/local/share/ca-certificates"
    cp -r /usr/local/share/ca-certificates/. "$1/usr/local/share/ca-certificates/"
  fi
}

run_inside() {
  local root=$1 passed_on
  shift
  mapfile -t passed_on < <(env | grep -E "$PASSED_ON")
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -c '
    root=$1; shift
    # A mount, as the root of a machine is: tests make mount namespaces of their own in it.
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env --chdir=/root/spillway -i "$@"
  ' bash "$root" HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 "${passed_on[@]}" "$@"
}

main "$@"
