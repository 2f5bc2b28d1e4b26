// Package server is the HTTP side of nslab: it lets learners in, gives each their
// sandboxes, and carries terminals, events and progress between browsers and the
// packages that do the work. docs/api.md is its contract.
//
// # How a request goes
//
// routes.go lists every call. A request passes the checks of Host and Origin
// (origin.go), then the gate, which knows who is asking (learner.go), then the
// handler of its call. A handler returns an error instead of writing one;
// problem.go turns errors into what clients are told.
//
// # What a learner has
//
// A seat (seat.go) is one sandbox with its lesson and its clock. The seats
// (seats.go) are all there are, and what ended in the last minutes. Sockets
// (socket.go) belong to a seat: tty.go for terminals, events.go for the rest.
//
// # Who is trusted
//
// Nobody beyond the gate without the token; behind it, a learner with their own
// sandboxes only. Every body, frame, queue and wait has a limit.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/server/store"
)

// Config is what a server is made of. Host, Catalog and DataDir are required.
type Config struct {
	// Listen is the address to listen on; "" is DefaultListen.
	Listen string
	// Token lets people and programs in; "" is a new one for this start.
	Token string
	// DataDir keeps progress and the key of the cookies. It is made where it
	// is missing.
	DataDir string
	// PublicURL is where browsers find the server when that is not where it
	// listens: scheme, host and base path. "" for none.
	PublicURL string
	// IdleTimeout ends a sandbox that nobody was at for so long; 0 is
	// DefaultIdleTimeout.
	IdleTimeout time.Duration
	// MaxLifetime is how long a sandbox may last, however often its end is
	// moved; 0 is DefaultMaxLifetime.
	MaxLifetime time.Duration
	// Host boots the sandboxes. It is the caller's to close, after the server.
	Host *sandbox.Host
	// Catalog has the labs. The server watches its folders.
	Catalog *labs.Catalog
	// Log is slog.Default() if nil.
	Log *slog.Logger
}

// What a Config's zero values mean.
const (
	DefaultListen      = "127.0.0.1:8080"
	DefaultIdleTimeout = 30 * time.Minute
	DefaultMaxLifetime = 4 * time.Hour
)

// Server serves the page and the HTTP interface. Make one with New; Close it.
type Server struct {
	cfg     Config
	log     *slog.Logger
	public  *url.URL // nil without --public-url
	base    string   // base path without the last slash: "" or "/nslab"
	names   names
	gate    gate
	store   *store.Store
	seats   *seats
	queue   queue
	swaps   swaps
	metrics *metrics
	handler http.Handler

	// life ends when the server stops; its cause is what sockets are told.
	life context.Context
	stop context.CancelCauseFunc
	// sockets is the open WebSockets, for which http.Server does not wait.
	sockets crowd
	// lessons is the goroutines that notice new texts of labs and hand them to
	// sessions.
	lessons sync.WaitGroup
}

// New opens the data directory and makes a server that listens to nothing yet. An
// error is a sentence that says what to do.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = DefaultListen
	}
	if cfg.Token == "" {
		cfg.Token = rand.Text()
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = DefaultIdleTimeout
	}
	if cfg.MaxLifetime == 0 {
		cfg.MaxLifetime = DefaultMaxLifetime
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.IdleTimeout < 0 || cfg.MaxLifetime < 0 {
		return nil, errors.New("server: the idle timeout and the lifetime must be longer than nothing")
	}
	public, err := parsePublic(cfg.PublicURL)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, cfg.DataDir)
	if err != nil {
		return nil, err
	}
	key, err := cookieKey(cfg.DataDir)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s := &Server{cfg: cfg, log: cfg.Log, public: public, store: st, metrics: newMetrics(cfg.Host)}
	if public != nil {
		s.base = public.Path
	}
	_, port, _ := net.SplitHostPort(cfg.Listen)
	s.names = newNames(public, cfg.Listen)
	s.gate = newGate(cfg.Token, key, s.base, port, public)
	s.seats = newSeats(func(t *seat) {
		reason, _ := t.ended()
		s.queue.ended(time.Now())
		s.metrics.ends.WithLabelValues(reason.Code).Inc()
		s.log.Info("sandbox ended", "sandbox", t.id(), "reason", reason.Code, "detail", reason.Detail)
	})
	s.life, s.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	s.handler = s.routes()
	s.lessons.Go(s.followLabs)
	s.lessons.Go(s.watchLabs)
	return s, nil
}

// parsePublic reads --public-url; nil for "".
func parsePublic(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(u.Path, "; {}*") || path.Clean("/"+u.Path) != "/"+strings.Trim(u.Path, "/") {
		return nil, fmt.Errorf("server: %q cannot be the public URL (give one like https://example.org/nslab)", text)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// Handler answers the requests of the whole HTTP interface.
func (s *Server) Handler() http.Handler { return s.handler }

// URL is the address that lets a person in, for a server that listens on addr.
func (s *Server) URL(addr net.Addr) string {
	u := url.URL{Scheme: "http", Host: addr.String(), RawQuery: url.Values{"token": {s.cfg.Token}}.Encode()}
	if host, port, err := net.SplitHostPort(addr.String()); err == nil && net.ParseIP(host).IsUnspecified() {
		u.Host = net.JoinHostPort("localhost", port)
	}
	if s.public != nil {
		u.Scheme, u.Host = s.public.Scheme, s.public.Host
	}
	u.Path = s.base + "/"
	return u.String()
}

// closingDown is what sockets are told when the server stops.
var closingDown = &hangup{websocket.CloseGoingAway, "The server is being stopped."}

func (s *Server) stopping() bool { return s.life.Err() != nil }

// Close ends all sandboxes, tells everybody who is connected, waits until both are
// done or ctx is, and closes the data directory. New requests are refused
// meanwhile.
func (s *Server) Close(ctx context.Context) error {
	return errors.Join(s.halt(ctx), s.store.Close())
}

// halt is Close without the data directory. It may be called again.
func (s *Server) halt(ctx context.Context) error {
	s.stop(closingDown)
	err := errors.Join(s.seats.close(ctx), s.sockets.wait(ctx))
	s.lessons.Wait()
	return err
}

// crowd counts those who are inside. Its zero value is open and empty.
type crowd struct {
	inside sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

// enter lets one in until leave is called; not once somebody has called wait.
func (c *crowd) enter() (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, false
	}
	c.inside.Add(1)
	return c.inside.Done, true
}

// wait lets nobody in any more and waits until all have left, or for ctx.
func (c *crowd) wait(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return wait(ctx, &c.inside)
}
