#!/usr/bin/env bash
# Turns a Debian 12 into a machine that serves nslab: installs the lessons'
# programs, builds nslab, and runs it as a service of the user nslab. Running it
# again updates all that.
#
#   provision.sh [SOURCE]     as root; SOURCE is the checkout, /vagrant by default
#   provision.sh url          waits until nslab answers and prints its address
#
# LISTEN, 0.0.0.0:8080 by default, is where a new installation listens.
set -euo pipefail
export HOME="${HOME:-/root}" # the go command wants one

say() { printf '\nnslab: %s\n' "$*"; }

# url prints the address with the token, as seen from the machine whose port
# 8080 is forwarded.
url() {
  local port token status
  port=$(sed -n 's/^NSLAB_LISTEN=.*:\([0-9]*\)$/\1/p' /etc/default/nslab)
  token=$(sed -n 's/^NSLAB_TOKEN=//p' /etc/default/nslab)
  for _ in $(seq 120); do
    status=$( (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && read -r _ code _ <&3 && echo "$code") 2>/dev/null || true)
    if [ "$status" = 200 ]; then
      say "is serving. Open this address in a browser:"
      printf '\n    http://127.0.0.1:8080/?token=%s\n\n' "$token"
      return
    fi
    sleep 1
  done
  say "does not answer. What it says:"
  journalctl -u nslab -n 20 --no-pager || true
  exit 1
}

# packages installs what deploy/tools.txt names.
packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  sed 's/[[:space:]]*#.*//; /^$/d' deploy/tools.txt | xargs apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null
}

# prebuilt says whether build/nslab runs here and is newer than its sources.
prebuilt() {
  [ -x build/nslab ] && build/nslab version >/dev/null 2>&1 &&
    [ -z "$(find . -newer build/nslab \( -name '*.go' -o -name go.mod -o -path './labs/*' -o -path './web/*' \) -type f ! -path './web/node_modules/*' -print -quit)" ]
}

# toolchain finds a go command that can fetch the toolchain that go.mod asks
# for; any from 1.21 on can. Debian 12's is older, its backports have one.
toolchain() {
  local go minor
  for go in go /usr/local/go/bin/go; do
    minor=$("$go" env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    if [ "${minor:-0}" -ge 21 ]; then
      command -v "$go"
      return
    fi
  done
  . /etc/os-release
  echo "deb http://deb.debian.org/debian $VERSION_CODENAME-backports main" >/etc/apt/sources.list.d/backports.list
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends -t "$VERSION_CODENAME-backports" golang-go >/dev/null
  command -v go
}

# install_nslab puts the program into its place; a running one goes on with the
# old file until it is restarted.
install_nslab() {
  local new
  new=$(mktemp /usr/local/bin/.nslab.XXXXXX)
  if prebuilt; then
    say "taking build/nslab"
    cp build/nslab "$new"
  else
    local go
    go=$(toolchain)
    say "building with $("$go" version | cut -d' ' -f3)"
    CGO_ENABLED=0 GOTOOLCHAIN=auto "$go" build -buildvcs=false -trimpath -ldflags='-s -w' -o "$new" .
  fi
  chmod 755 "$new"
  mv "$new" /usr/local/bin/nslab
  install -D -m 644 README.md /usr/local/share/doc/nslab/README.md
}

# account makes the user, with ranges of ids, and a token that stays.
account() {
  id nslab >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/nslab --no-create-home --shell /usr/sbin/nologin nslab
  grep -q '^nslab:' /etc/subuid 2>/dev/null || usermod --add-subuids 524288-655359 --add-subgids 524288-655359 nslab
  if [ ! -f /etc/default/nslab ]; then
    (umask 077 && printf 'NSLAB_LISTEN=%s\nNSLAB_TOKEN=%s\n' "${LISTEN:-0.0.0.0:8080}" "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" >/etc/default/nslab)
  fi
}

# service starts nslab now and at each boot.
service() {
  install -D -m 644 deploy/nslab.service /etc/systemd/system/nslab.service
  mkdir -p /etc/modules-load.d
  echo tun >/etc/modules-load.d/nslab.conf # /dev/net/tun in sandboxes
  if [ ! -d /run/systemd/system ]; then
    say "is installed; systemd does not run here, so it was not started"
    return
  fi
  modprobe tun || true # a kernel may have it built in, or not at all
  systemctl daemon-reload
  systemctl enable --quiet nslab
  systemctl restart nslab
}

if [ "${1:-}" = url ]; then
  url
  exit
fi
[ "$(id -u)" = 0 ] || { echo "provision.sh: must be run as root" >&2; exit 1; }
cd "${1:-/vagrant}"
say "installing the lessons' programs"
packages
account
install_nslab
service
