#!/usr/bin/env bash
# Brings up the virtual machine of the Vagrantfile, demands that the address
# that it prints lets one in and that doctor is content in there, and destroys
# the machine. VAGRANT names another vagrant; KEEP=1 keeps the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
vagrant=${VAGRANT:-vagrant}
[ -n "${KEEP:-}" ] || trap '$vagrant destroy -f' EXIT

# Where this machine can build for the guest, the guest need not.
if [ "$(uname -s)" = Linux ] && command -v "${GO:-go}" >/dev/null; then make build; fi
$vagrant up | tee build/vm.log
url=$(grep -oE 'http://127\.0\.0\.1:8080/\?token=[0-9a-f]+' build/vm.log | tail -n 1)
[ -n "$url" ] || { echo "test-vm: vagrant up printed no address" >&2; exit 1; }

# expect STATUS URL
expect() {
  local status
  status=$(curl -s -o /dev/null -w '%{http_code}' "$2")
  [ "$status" = "$1" ] || { echo "test-vm: $2 answers $status, not $1" >&2; exit 1; }
}
expect 200 http://127.0.0.1:8080/healthz
expect 401 http://127.0.0.1:8080/api/labs
jar=$(mktemp)
curl -s -L -c "$jar" -o /dev/null "$url"
curl -s -f -b "$jar" -H 'Content-Type: application/json' -H 'Origin: http://127.0.0.1:8080' -d '{"lab":"uts"}' http://127.0.0.1:8080/api/sandboxes
echo
rm -f "$jar"
$vagrant ssh -c 'sudo -u nslab env NSLAB_DATA=/var/lib/nslab nslab doctor'
# Each sandbox has a range of ids, by newuidmap, under all that the unit forbids.
$vagrant ssh -c 'sudo grep -E " 524288 " /proc/$(pgrep -f "^nslab: init" | head -n 1)/uid_map'
$vagrant ssh -c 'systemctl show -p ActiveState -p NRestarts nslab; systemd-analyze security nslab | tail -n 1'
echo "test-vm: the address that vagrant up prints works"
