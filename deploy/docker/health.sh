#!/bin/bash
# Asks the node in this container whether it lives (/healthz, the default) or takes events
# (/readyz): spillway-health [PATH [PORT]]. Exit code 0: yes. In place of curl, which the image
# would carry for nothing else. The port is the admin listener's, where senders cannot take all
# connections; it speaks no TLS.
set -euo pipefail
path=${1:-/healthz} port=${2:-8081}

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$path" >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
