#!/usr/bin/env bash
# Builds the image of deploy/Dockerfile as spillway:VERSION on a machine that reaches no registry of
# images: Debian's base comes from its packages (mmdebstrap), and the steps run without a container
# runtime (buildah with chroot isolation).
#   tools/image.sh [--binary FILE]
# With --binary the first stage, which is `./dev setup` and a build, is left out, and FILE, built by
# ./dev on a Debian 12, stands for what it makes. It needs root, buildah and mmdebstrap.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

BASE=localhost/spillway-debian:12
BUILT=localhost/spillway-built:latest

main() {
  local dockerfile=deploy/Dockerfile version
  if ((EUID != 0)) || { (($# > 0)) && [[ $# != 2 || $1 != --binary ]]; }; then
    echo "usage, as root: tools/image.sh [--binary FILE]" >&2
    exit 2
  fi
  version=$(sed -n 's/^project(spillway VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  work=$(mktemp --directory)
  trap 'rm -rf "$work"' EXIT
  buildah inspect --type image "$BASE" >/dev/null 2>&1 || make_base
  if (($# > 0)); then
    take_binary "$2"
    without_first_stage <deploy/Dockerfile >"$work/Dockerfile"
    dockerfile=$work/Dockerfile
  fi
  buildah build --isolation chroot --format docker --pull-never --build-arg "DEBIAN=$BASE" \
    --tag "localhost/spillway:$version" --file "$dockerfile" .
}

make_base() {
  mmdebstrap --quiet --mode=root --variant=minbase bookworm "$work/base.tar"
  commit "$BASE" add "$work/base.tar" /
}

take_binary() {
  strip --strip-debug -o "$work/spillway" "$1"
  commit "$BUILT" copy --chmod 0755 "$work/spillway" /usr/local/bin/spillway
}

# commit IMAGE COMMAND [OPTION...] FILE PLACE: an image with FILE as its only content.
commit() {
  local image=$1 command=$2 container
  shift 2
  container=$(buildah from scratch)
  buildah "$command" --quiet "${@:1:$#-2}" "$container" "${@: -2}"
  buildah commit --quiet --rm "$container" "$image" >/dev/null
}

without_first_stage() {
  awk -v built="$BUILT" '
    / AS build$/ { print "FROM " built " AS build"; skipping = 1; next }
    /^FROM / { skipping = 0 }
    !skipping'
}

main "$@"
