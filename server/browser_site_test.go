//go:build linux

package server

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
)

// site is a server as "nslab serve" runs it, at an address that stays while it is
// stopped, started again, and cut off from its clients. Start it with openSite.
type site struct {
	t       *testing.T
	options sandbox.Options
	labs    []string
	data    string
	base    string // base path of --public-url; "" without it
	addr    string // "" before the first start

	// What runs; nil between stop and start.
	server *Server
	net    *cuttable
	halt   func() error
}

// openSite starts a server with the built-in labs and those in the given folders,
// which can be stopped and started again. It is stopped at the test's end.
func openSite(t *testing.T, o sandbox.Options, folders ...string) *site {
	t.Helper()
	return openSiteBelow(t, "", o, folders...)
}

// openSiteBelow is openSite with a public URL that has a base path, unless it is "".
func openSiteBelow(t *testing.T, base string, o sandbox.Options, folders ...string) *site {
	t.Helper()
	s := &site{t: t, options: o, labs: folders, base: base, data: filepath.Join(t.TempDir(), "data")}
	t.Cleanup(func() { s.stop() })
	s.start()
	return s
}

// start starts the server at the site's address, with what an earlier one kept.
func (s *site) start() {
	s.t.Helper()
	host := openHost(s.t, s.options)
	catalog, err := labs.Open(s.labs...)
	if err != nil {
		s.t.Fatalf("labs: %v", err)
	}
	listen := s.addr
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		s.t.Fatalf("listen: %v", err)
	}
	s.addr = l.Addr().String()
	cfg := Config{Listen: s.addr, Token: "secret", DataDir: s.data, Host: host, Catalog: catalog, Log: slog.New(slog.DiscardHandler)}
	if s.base != "" {
		cfg.PublicURL = "http://" + s.addr + s.base
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	server, err := New(ctx, cfg)
	if err != nil {
		s.t.Fatalf("New: %v", err)
	}
	s.server, s.net = server, &cuttable{Listener: l, conns: map[net.Conn]bool{}}
	ended := make(chan error, 1)
	go func() { ended <- server.serveUntil(ctx, s.net) }()
	s.halt = func() error {
		cancel()
		err := <-ended
		return err
	}
}

// stop stops the server as SIGTERM does. It may be called again.
func (s *site) stop() {
	s.t.Helper()
	if s.halt == nil {
		return
	}
	if err := s.halt(); err != nil {
		s.t.Errorf("stop the server: %v", err)
	}
	s.halt = nil
}

// crash ends the server so that its clients see what kill -9 shows them: their
// connections break, and nobody says why.
func (s *site) crash() {
	s.t.Helper()
	s.net.cut(true)
	s.stop()
}

// url is the address that lets a person in, with another path of the page.
func (s *site) url(path string) string {
	s.t.Helper()
	addr, err := net.ResolveTCPAddr("tcp", s.addr)
	if err != nil {
		s.t.Fatalf("the site's address %s: %v", s.addr, err)
	}
	printed, err := url.Parse(s.server.URL(addr))
	if err != nil {
		s.t.Fatalf("the printed address: %v", err)
	}
	return printed.Scheme + "://" + printed.Host + s.base + path + "?" + printed.RawQuery
}

// cuttable is a listener whose connections a test can break.
type cuttable struct {
	net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
	down  bool
}

// Accept returns the next connection. While the network is down, those who come are
// turned away.
func (c *cuttable) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		down := c.down
		if !down {
			c.conns[conn] = true
		}
		c.mu.Unlock()
		if !down {
			return cuttableConn{conn, c}, nil
		}
		conn.Close()
	}
}

// cut breaks every connection, and all that come until mend if stays is set.
func (c *cuttable) cut(stays bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = stays
	for conn := range c.conns {
		conn.Close()
	}
}

// mend lets connections through again.
func (c *cuttable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = false
}

type cuttableConn struct {
	net.Conn
	of *cuttable
}

func (c cuttableConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c.Conn)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
