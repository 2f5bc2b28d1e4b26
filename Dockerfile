# nslab with the programs that its lessons use, run by an ordinary user.
#
#   docker build -t nslab .
#   docker run --rm -p 127.0.0.1:8080:8080 --security-opt seccomp=unconfined \
#     --security-opt apparmor=unconfined --security-opt systempaths=unconfined -v /sys:/sys nslab

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /nslab .

FROM debian:bookworm-slim
COPY deploy/tools.txt /usr/share/doc/nslab/tools.txt
# newuidmap is setuid root in Debian. Without CAP_SYS_ADMIN, which containers do
# not have, only the owner of a user namespace may map its ids: so newuidmap
# stays the user and gets the one capability that it needs. See
# user_namespaces(7), "Defining user and group ID mappings".
RUN apt-get update \
 && sed 's/[[:space:]]*#.*//; /^$/d' /usr/share/doc/nslab/tools.txt \
    | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap \
 && setcap cap_setuid=ep /usr/bin/newuidmap \
 && setcap cap_setgid=ep /usr/bin/newgidmap \
 && useradd --uid 1000 --user-group --home-dir /var/lib/nslab --create-home --shell /usr/sbin/nologin nslab \
 && echo nslab:100000:65536 | tee /etc/subuid > /etc/subgid
COPY --from=build /nslab /usr/local/bin/nslab

USER nslab
WORKDIR /var/lib/nslab
ENV NSLAB_LISTEN=0.0.0.0:8080 NSLAB_DATA=/var/lib/nslab
VOLUME /var/lib/nslab
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/bin/bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["/usr/local/bin/nslab"]
