# hiredis and librdkafka, static, in build/deps. Debian 12 has them too old (no TLS; rebalances that
# lose offsets), so they are built from the source packages of Debian 13. Sourced by setup.sh.
# shellcheck shell=bash

# Upstream's versions. Debian's revision may move on: its stable release only gets fixes.
declare -A LIBRARIES=([librdkafka]=2.8.0 [hiredis]=1.2.0)

# WITH_SASL would be Cyrus too, for Kerberos; without it PLAIN is there and SCRAM and OAUTHBEARER
# are named. Curl, with which librdkafka fetches tokens itself, every program would have to link.
declare -A LIBRARY_OPTIONS=(
  [librdkafka]="-DRDKAFKA_BUILD_STATIC=ON -DRDKAFKA_BUILD_EXAMPLES=OFF -DRDKAFKA_BUILD_TESTS=OFF
    -DWITH_SSL=ON -DWITH_SASL=OFF -DWITH_SASL_SCRAM=ON -DWITH_SASL_OAUTHBEARER=ON -DWITH_CURL=OFF
    -DWITH_ZLIB=ON -DWITH_ZSTD=ON -DENABLE_LZ4_EXT=ON"
  [hiredis]="-DBUILD_SHARED_LIBS=OFF -DENABLE_SSL=ON -DDISABLE_TESTS=ON"
)

# What the archives need at a link, and the pkg-config files that CMake makes leave out.
declare -A LINKED_WITH=(
  [rdkafka-static]="libssl, libcrypto, zlib, libzstd, liblz4"
  [hiredis_ssl]="hiredis, libssl, libcrypto"
)

# setup_libraries NAME...: each is built once, and kept for the next clone under its version and the
# sum of how it is built.
setup_libraries() {
  local deps=build/deps sum name prefix
  sum=$({ declare -p LIBRARY_OPTIONS LINKED_WITH && declare -f compile_library complete_modules; } |
    sha256sum)
  for name in "$@"; do
    prefix=$(cache_directory)/$name-${LIBRARIES[$name]}-${sum:0:12}
    cmp --quiet "$deps/$name.built" - <<<"${prefix##*/}" && continue
    [[ -d $prefix ]] || build_library "$name" "$prefix"
    mkdir -p "$deps"
    # Without the old times: what was compiled with other headers must be compiled again.
    cp -R "$prefix/." "$deps/"
    echo "${prefix##*/}" >"$deps/$name.built"
  done
}

# build_library NAME PREFIX: PREFIX appears whole, since another clone may be building the same (the
# first one stays), and can be copied anywhere.
build_library() (
  name=$1 version=${LIBRARIES[$1]}
  echo "Building $name $version from Debian 13's source package, for this and later clones"
  mkdir -p "$(dirname "$2")"
  work=$(mktemp --directory "$2.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cd "$work" || exit
  fetch_source "$name" "$version"
  if ! compile_library "$name-$version" "${LIBRARY_OPTIONS[$name]}" >log 2>&1; then
    cat log >&2
    exit 1
  fi
  complete_modules
  mv --no-target-directory prefix "$2" 2>/dev/null || [[ -d $2 ]]
)

# fetch_source NAME VERSION: unpacks NAME-VERSION here, from where the machine has its own Debian.
# The source list and the package lists are this directory's, so that the machine's stay as they
# are and nobody need be root; apt holds what comes to Debian's keys.
fetch_source() {
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror apt
  mirror=$(debian_mirror)
  echo "deb-src [signed-by=$keys] $mirror trixie main" >sources.list
  mkdir -p lists/partial cache/archives/partial
  apt=(apt-get --quiet=2 -o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=-
    -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  "${apt[@]}" source "$1" >/dev/null
  if [[ ! -d $1-$2 ]]; then
    echo "Debian 13 has another version than tools/setup_libraries.sh names:" "$1"_*.dsc >&2
    exit 1
  fi
}

# Known once the machine's package lists are, which an image may come without.
debian_mirror() {
  # shellcheck disable=SC2016 # a variable of apt
  local ask=(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages'
    'Origin: Debian' 'Codename: bookworm' 'Component: main') mirrors
  mirrors=$("${ask[@]}")
  if [[ -z $mirrors ]]; then
    as_root apt-get --quiet=2 update >&2
    mirrors=$("${ask[@]}")
  fi
  if [[ -z $mirrors ]]; then
    echo "no 'main' of Debian 12 (bookworm) among this machine's package sources" >&2
    exit 1
  fi
  head --lines 1 <<<"$mirrors"
}

# compile_library SOURCE OPTIONS: into ./prefix; optimised and with its assertions, as upstream and
# Debian build them. Called in a condition, where a failed command ends nothing by itself.
compile_library() {
  # shellcheck disable=SC2086 # a list of words
  cmake -S "$1" -B out -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_INSTALL_PREFIX="$PWD/prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON "-DCMAKE_C_FLAGS=-O2 -g1 -ffile-prefix-map=$PWD=." \
    -DCMAKE_CXX_FLAGS=-O2 $2 &&
    cmake --build out && cmake --install out
}

# The pkg-config files find their prefix by themselves, and say what a static link needs. An archive
# named by its path CMake would take for an option, and so put before the objects that need it.
complete_modules() {
  local file name
  for file in prefix/lib/pkgconfig/*.pc; do
    name=$(basename "$file" .pc)
    # shellcheck disable=SC2016 # variables of pkg-config
    sed -i 's|^prefix=.*|prefix=${pcfiledir}/../..|; s|${libdir}/lib\(.*\)\.a|-l\1|
      /^Requires/d; /^Libs\.private/d' "$file"
    [[ -z ${LINKED_WITH[$name]:-} ]] || echo "Requires: ${LINKED_WITH[$name]}" >>"$file"
  done
}
