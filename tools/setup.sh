# What each kind of work needs, and how it is installed: Debian 12 packages, newer libraries
# (setup_libraries.sh), and for the tests the ecosystem's own client libraries, Toxiproxy and Apache
# Kafka under build/. Sourced by ./dev from the root of the repository. When everything is there it
# costs a fraction of a second and touches no network.
# shellcheck shell=bash
source tools/setup_libraries.sh

declare -A PACKAGES=(
  [build]="clang-19 lld-19 libclang-rt-19-dev cmake ninja-build ccache pkg-config git
    ca-certificates libboost1.81-dev librocksdb-dev libsimdjson-dev libyaml-cpp-dev libcli11-dev
    libspdlog-dev libfmt-dev libgtest-dev libgmock-dev prometheus-cpp-dev libc-ares-dev libssl-dev
    zlib1g-dev libzstd-dev liblz4-dev libcurl4-openssl-dev dpkg-dev nodejs npm"
  [test]="python3 python3-venv python3-yaml golang-go redis-server openssl prometheus
    prometheus-alertmanager maven openjdk-17-jre-headless kcat chromium
    docker-compose systemd"
  [bench]="python3 nginx wrk"
  [lint]="python3 clang-format-19 clang-tidy-19 shellcheck"
  [sanitize]="llvm-19"
)

# Packages above that bring a daemon, and the service it would start with the next boot.
declare -A SERVICES=([nginx]=nginx [redis-server]=redis-server [prometheus]=prometheus
  [prometheus-alertmanager]=prometheus-alertmanager)

# setup_sets SET...: after this, what the sets name is installed.
setup_sets() {
  setup_packages "$@"
  [[ " $* " != *" test "* ]] || fetch_test_tools
}

# The same without what is fetched for the tests, which nothing is built with.
setup_packages() {
  local set wanted=() missing=()
  for set in "$@"; do
    # shellcheck disable=SC2206 # a list of words
    wanted+=(${PACKAGES[$set]})
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  [[ " $* " != *" build "* ]] || setup_libraries hiredis librdkafka
}

fetch_test_tools() {
  setup_client_libraries
  setup_toxiproxy
  setup_kafka
}

# Where what took long to build or to fetch is kept for the next clone. It can be removed like any
# other cache.
cache_directory() {
  echo "${XDG_CACHE_HOME:-$HOME/.cache}/spillway"
}

# Those of the named packages that are neither installed nor provided by an installed one.
missing_packages() {
  dpkg-query --show --showformat '${db:Status-Status} ${Package} ${Provides}\n' |
    awk -v wanted="$*" '
      $1 == "installed" {
        gsub(/\([^)]*\)|,/, " ")
        for (i = 2; i <= NF; i++) have[$i] = 1
      }
      END {
        count = split(wanted, names, " ")
        for (i = 1; i <= count; i++)
          if (!(names[i] in have) && !seen[names[i]]++) print names[i]
      }'
}

install_packages() {
  require_debian_12 "$@"
  echo "Installing with apt: $*"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  as_root "${apt[@]}" update
  without_daemons "${apt[@]}" install --no-install-recommends "$@"
  local package
  for package in "$@"; do
    [[ -z ${SERVICES[$package]:-} ]] || as_root update-rc.d "${SERVICES[$package]}" disable
  done
}

require_debian_12() {
  # shellcheck source=/dev/null
  if [[ $(source /etc/os-release && echo "$ID $VERSION_ID") != "debian 12" ]]; then
    echo "./dev installs packages on Debian 12 only; install by hand: $*" >&2
    exit 1
  fi
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "./dev: must be root, or have sudo, for: $*" >&2
    exit 1
  fi
}

# Debian starts a daemon as soon as its package is installed (nginx would take port 80). Forbids
# that while one command runs; a policy the machine already has stays in force instead of ours.
without_daemons() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  as_root "$@"
)

# Public client libraries that tests/integration/ uses as senders and receivers, pinned there. The
# interpreters are Debian's, by full path: a newer one in the PATH must make no difference.
setup_client_libraries() {
  local source=tests/integration venv=build/venv node=build/node
  if ! cmp --quiet "$source/requirements.txt" "$venv/requirements.txt"; then
    echo "Installing with pip into $venv: $source/requirements.txt"
    /usr/bin/python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$source/requirements.txt"
    cp "$source/requirements.txt" "$venv/"
  fi
  if ! cmp --quiet "$source/node/package-lock.json" "$node/installed-lock.json"; then
    echo "Installing with npm into $node: $source/node/package.json"
    mkdir -p "$node"
    cp "$source/node/package.json" "$source/node/package-lock.json" "$node/"
    /usr/bin/npm ci --prefix "$node" --silent --ignore-scripts --no-audit --no-fund
    cp "$source/node/package-lock.json" "$node/installed-lock.json"
  fi
}

# The proxy that makes links bad for tests/integration/. Newer versions than the pinned one want a
# newer Go than Debian's; without cgo it needs no C compiler. What it is built from is kept for the
# next clone, writable, so that it can be removed like any other cache.
setup_toxiproxy() {
  local pin=tests/integration/toxiproxy.txt toxiproxy=build/toxiproxy
  cmp --quiet "$pin" "$toxiproxy/toxiproxy.txt" && return
  echo "Installing with go into $toxiproxy: $(<"$pin")"
  env CGO_ENABLED=0 GOFLAGS=-modcacherw GOBIN="$PWD/$toxiproxy" \
    GOMODCACHE="${XDG_CACHE_HOME:-$HOME/.cache}/go-mod" /usr/bin/go install "$(<"$pin")"
  cp "$pin" "$toxiproxy/"
}

# Apache Kafka, at the version that the pom.xml names. Maven checks what it fetches against the sums
# published with it.
setup_kafka() {
  local pin=tests/integration/kafka/pom.xml kafka=build/kafka
  cmp --quiet "$pin" "$kafka/pom.xml" && return
  echo "Installing with maven into $kafka: $pin"
  rm -rf "$kafka"
  env JAVA_HOME="$(echo /usr/lib/jvm/java-17-openjdk-*)" /usr/bin/mvn --file "$pin" --batch-mode \
    --quiet -Dstyle.color=never --strict-checksums -Dmaven.repo.local="$(cache_directory)/maven" \
    dependency:copy-dependencies
  cp "$pin" "$kafka/"
}
