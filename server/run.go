package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

const (
	// A header that takes longer is of somebody who wants to hold a
	// connection; a body and a reply likewise. WebSockets have deadlines of
	// their own.
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = time.Minute
	keepAlive     = 2 * time.Minute
	maxHeader     = 64 << 10
	// shutdown bounds the end of the server: a service manager kills what has
	// not ended after ten seconds or more.
	shutdown = 8 * time.Second
	// lastRequests bounds the wait for requests that are being answered once
	// the sandboxes have ended. Browsers keep connections in reserve, which
	// net/http would wait five seconds for.
	lastRequests = time.Second
)

// Run serves until ctx ends, and then ends all sandboxes. It calls ready once, with
// the address that lets a person in. The error is nil when ctx was what ended it;
// else a sentence that says what to do.
func Run(ctx context.Context, cfg Config, ready func(url string)) error {
	s, err := New(ctx, cfg)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, s.cfg.Listen)
	if err != nil {
		return errors.Join(err, s.Close(ctx))
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.gate.cookie.Name = cookieName(port, s.public) // the port of ":0" is known now
	ready(s.URL(listener.Addr()))
	return s.serveUntil(ctx, listener)
}

// serveUntil serves on the listener until ctx ends.
func (s *Server) serveUntil(ctx context.Context, listener net.Listener) error {
	hs := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       keepAlive,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- hs.Serve(listener) }()
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
		failed = fmt.Errorf("server: serve: %w", failed)
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdown)
	defer cancel()
	// Sandboxes and sockets first: Shutdown does not know them, and requests
	// that still come are told that the server stops.
	err := s.halt(bounded)
	last, done := context.WithTimeout(bounded, lastRequests)
	defer done()
	if hs.Shutdown(last) != nil {
		hs.Close() // the listener's error was Shutdown's to tell
	}
	err = errors.Join(err, s.Close(bounded))
	if failed == nil {
		<-served // ErrServerClosed
	}
	return errors.Join(failed, err)
}

// listen is net.Listen with errors that say what to do.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	if _, port, err := net.SplitHostPort(addr); err == nil && port == "" {
		return nil, fmt.Errorf("server: the address %q has no port (give one: --listen %s)", addr, DefaultListen)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("server: %s is taken, perhaps by another nslab (stop that one, or give another address: --listen %s)", addr, nextPort(addr))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("server: this user may not listen on %s (give a port from 1024: --listen %s)", addr, DefaultListen)
	}
	return nil, fmt.Errorf("server: listen on %s: %w (give an address of this machine and a port: --listen %s)", addr, cause(err), DefaultListen)
}

// nextPort is addr with the next port.
func nextPort(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	if err != nil || n == 0 || n == 65535 {
		return DefaultListen
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// cause is what went wrong without the operation and the address, which the caller
// has named.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
