#!/usr/bin/env bash
# Runs provision.sh in a fresh Debian 12 tree, as root with mmdebstrap, twice, and
# demands that nslab then boots sandboxes there as its own user. What wants a
# running systemd is for test-vm.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
tree=$tmp/tree
trap 'umount -R "$tree/proc" "$tree/dev" 2>/dev/null || true; rm -rf --one-file-system "$tmp"' EXIT

make build
mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$tree"
cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
mkdir "$tree/vagrant"
tar -c --exclude=./.git --exclude=node_modules . | tar -x -C "$tree/vagrant"
mount --bind /proc "$tree/proc"
mount --rbind /dev "$tree/dev"
mount --make-rslave "$tree/dev"

provision() {
  chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" bash /vagrant/deploy/provision.sh >"$tmp/log" 2>&1 ||
    { cat "$tmp/log" >&2; echo "test-provision: provision.sh failed" >&2; exit 1; }
}
is() { # is WHAT COMMAND…
  local what=$1
  shift
  "$@" || { echo "test-provision: $what: no" >&2; exit 1; }
  echo "ok  $what"
}

provision LISTEN=127.0.0.1:8088
is "the program is installed" test -x "$tree/usr/local/bin/nslab"
is "so is the service" test -f "$tree/etc/systemd/system/nslab.service"
is "the user has a range of ids" grep -q '^nslab:524288:131072$' "$tree/etc/subuid"
is "the settings are root's alone" test "$(stat -c %U:%a "$tree/etc/default/nslab")" = root:600
is "they say where to listen" grep -q '^NSLAB_LISTEN=127.0.0.1:8088$' "$tree/etc/default/nslab"
is "they hold a token" grep -qE '^NSLAB_TOKEN=[0-9a-f]{32}$' "$tree/etc/default/nslab"
before=$(cat "$tree/etc/default/nslab" "$tree/etc/subuid")
provision LISTEN=127.0.0.1:9
is "a second run changes neither" test "$(cat "$tree/etc/default/nslab" "$tree/etc/subuid")" = "$before"

# A process in a chroot may make no user namespaces: the tree becomes the root.
mkdir -p "$tree/old"
# shellcheck disable=SC2016 # for the inner shell
inside='mount --rbind "$1" "$1" && cd "$1" && mount --rbind /sys sys && mount -t tmpfs tmpfs run && pivot_root . old && umount -l /old && cd / &&
  install -d -o nslab /var/lib/nslab &&
  exec setpriv --reuid=nslab --regid=nslab --init-groups --inh-caps=-all env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin NSLAB_DATA=/var/lib/nslab nslab doctor'
unshare --mount --propagation private bash -c "$inside" bash "$tree" >"$tmp/doctor" || { cat "$tmp/doctor"; exit 1; }
is "doctor misses nothing" test -z "$(grep -E '^(missing|impossible)' "$tmp/doctor" | grep -v '/dev/net/tun')"
is "a sandbox boots" grep -q '^Sandboxes run here' "$tmp/doctor"
