package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// names tells which Host and Origin headers are the server's own. A page of
// another site that points a name of its own at this machine (DNS rebinding)
// sends a Host that is not; one that merely sends requests here sends an Origin
// that is not.
type names struct {
	// public is --public-url, nil when not given.
	public *url.URL
	// listen is the host that the server listens on; "" for all of them.
	listen string
	// machine is the machine's own name.
	machine string
}

func newNames(public *url.URL, listen string) names {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		host = listen
	}
	machine, _ := os.Hostname() // without one there is one name less
	return names{public: public, listen: host, machine: machine}
}

// hostOK reports whether a Host header is one of the server's. Ports do not
// matter, for a container's port is often published as another. An address
// cannot be rebound, so where the server listens on all of them each is its own.
func (n names) hostOK(host string) bool {
	name := hostname(host)
	if n.public != nil && strings.EqualFold(name, n.public.Hostname()) {
		return true
	}
	if strings.EqualFold(name, "localhost") || (n.listen != "" && strings.EqualFold(name, n.listen)) {
		return true
	}
	everywhere := n.listen == ""
	if a, err := netip.ParseAddr(n.listen); err == nil {
		everywhere = a.IsUnspecified()
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return everywhere || a.IsLoopback()
	}
	return everywhere && n.machine != "" && strings.EqualFold(name, n.machine)
}

// originOK reports whether an Origin header is the server's own as the client of r
// knows it. No header at all is a program, not a page of another site.
func (n names) originOK(r *http.Request) bool {
	values := r.Header.Values("Origin")
	if len(values) == 0 {
		return true
	}
	u, err := url.Parse(values[0])
	if len(values) > 1 || err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return false // "null" among them
	}
	if n.public != nil && u.Scheme == n.public.Scheme && strings.EqualFold(address(u.Scheme, u.Host), address(n.public.Scheme, n.public.Host)) {
		return true
	}
	return strings.EqualFold(address(u.Scheme, u.Host), address(u.Scheme, r.Host))
}

// hostname is a Host header without its port and brackets.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// address is a host with its port, the scheme's own where it has none.
func address(scheme, host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "80"
	if scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
