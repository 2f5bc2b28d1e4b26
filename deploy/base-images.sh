#!/usr/bin/env bash
# Makes the Dockerfile's two base images from Debian's packages and the Go
# toolchain of this machine, for an engine that reaches no registry.
# Needs root and mmdebstrap; DOCKER names another client, such as podman.
set -euo pipefail
docker=${DOCKER:-docker}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$tmp/tree"
# Where this machine trusts further certificates, its own proxy's perhaps, so do
# the images.
cp /etc/ssl/certs/ca-certificates.crt "$tmp/tree/etc/ssl/certs/"
tar -C "$tmp/tree" -c . | $docker import - debian:bookworm-slim

mkdir -p "$tmp/tree/usr/local/go"
cp -a "$(go env GOROOT)/." "$tmp/tree/usr/local/go/"
tar -C "$tmp/tree" -c . | $docker import \
  --change 'ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV GOTOOLCHAIN=local' - golang:1.26-bookworm
