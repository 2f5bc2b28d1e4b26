#!/usr/bin/env bash
# Builds the container image, runs it with the flags of the README's line and
# demands that it lets one in, starts a lesson and ends cleanly. DOCKER names another
# client; NETWORK another network, such as host, for engines without a bridge.
set -euo pipefail
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker} network=${NETWORK:-bridge}
$docker build --network "$network" -t nslab .

flags=$(grep -oE '^    docker run .* nslab$' README.md | sed 's/^    docker run --rm//; s/ nslab$//')
[ "$network" != host ] || flags=${flags/-p 127.0.0.1:8080:8080/-e NSLAB_LISTEN=127.0.0.1:8080}
# shellcheck disable=SC2086 # the flags are words
id=$($docker run -d --network "$network" -e NSLAB_TOKEN=test $flags nslab)
trap '$docker rm -f "$id" >/dev/null' EXIT

ready() { [ "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/readyz)" = 200 ]; }
for _ in $(seq 60); do
  ready && break
  sleep 1
done
if ! ready || [ "$($docker inspect -f '{{.State.Running}}' "$id")" != true ]; then
  $docker logs "$id"
  echo "test-image: it does not serve" >&2
  exit 1
fi
$docker exec "$id" nslab doctor
$docker exec "$id" id
curl -s -f -H 'Authorization: Bearer test' -H 'Content-Type: application/json' -d '{"lab":"uts"}' http://127.0.0.1:8080/api/sandboxes
echo
tar -c -C labs --exclude='*.go' . | $docker exec -i "$id" bash -c 'mkdir /tmp/labs && cd /tmp/labs && tar -x && rm -rf testdata && nslab lab test .'
health=$($docker inspect -f '{{.State.Health.Status}}' "$id")
[ "$health" = starting ] || [ "$health" = healthy ] || { echo "test-image: the health check says $health" >&2; exit 1; }
$docker stop -t 20 "$id" >/dev/null
[ "$($docker inspect -f '{{.State.ExitCode}}' "$id")" = 0 ] || { $docker logs "$id"; echo "test-image: it did not end cleanly" >&2; exit 1; }
$docker image inspect -f 'test-image: works; {{.Size}} bytes' nslab
