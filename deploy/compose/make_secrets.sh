#!/usr/bin/env bash
# Makes the secrets of docker-compose.yml, each in a file of its own under deploy/compose/secrets
# (or DIRECTORY): deploy/compose/make_secrets.sh [DIRECTORY]. What is there already stays. The
# folder is its owner's alone; the files can be read by all, since the users of the containers that
# they are mounted into are others.
set -euo pipefail
umask 077
directory=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}
mkdir -p "$directory"

random_hex() {
  head --bytes 32 /dev/urandom | od --address-radix n --format x1 | tr --delete ' \n'
}

# A key of Standard Webhooks is base64 behind its prefix.
random_key() {
  echo "whsec_$(head --bytes 32 /dev/urandom | base64)"
}

make() {
  local file=$directory/$1
  shift
  [[ -s $file ]] || "$@" >"$file"
  chmod 444 "$file"
}

for name in operator_token viewer_token shop_secret redis_password cluster_secret \
  grafana_password; do
  make "$name" random_hex
done
make receiver_secret random_key
