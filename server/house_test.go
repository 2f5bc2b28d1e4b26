//go:build linux

package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
)

// TestMain runs the tests as the program itself runs: with CAP_SYS_ADMIN in a user
// namespace, which an ordinary user's tests make first.
func TestMain(m *testing.M) {
	done, status, err := sandbox.InUserNamespace()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what takes milliseconds.
const patience = 20 * time.Second

// house is a real server with real sandboxes.
type house struct {
	t      testing.TB
	host   *sandbox.Host
	server *Server
	http   *httptest.Server
	token  string
	log    *bytes.Buffer
}

// open opens a house whose Config is changed by the given functions. It is torn
// down at the test's end, and nothing may be left then.
func openHouse(t testing.TB, change ...func(*Config)) *house {
	t.Helper()
	cfg := Config{Token: "secret", DataDir: filepath.Join(t.TempDir(), "data")}
	sandboxes := sandbox.Options{MaxSandboxes: 4}
	for _, c := range change {
		c(&cfg)
	}
	h := &house{t: t, token: cfg.Token, log: &bytes.Buffer{}}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Host == nil {
		cfg.Host = openHost(t, sandboxes)
	}
	if cfg.Catalog == nil {
		cfg.Catalog = hands(t)
	}
	s, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	h.host, h.server = cfg.Host, s
	h.http = httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		h.http.Close()
		eventually(t, "no sandbox is left", func() bool { return h.host.Stats().Taken == 0 })
	})
	return h
}

// openHost opens a host of sandboxes, or skips where there cannot be one.
func openHost(t testing.TB, o sandbox.Options) *sandbox.Host {
	t.Helper()
	host, err := sandbox.Open(t.Context(), o)
	if err != nil {
		if os.Getenv("NSLAB_MUST_WORK") != "" {
			t.Fatalf("no sandboxes: %v", err)
		}
		t.Skipf("no sandboxes can be started here: %v", err)
	}
	t.Cleanup(func() { host.Close() })
	return host
}

// shared is the catalogue of most tests: to compile all labs takes longer than most
// of the tests themselves.
var shared = sync.OnceValues(func() (*labs.Catalog, error) { return labs.Open("testdata/labs") })

// hands is the built-in labs and those of testdata/labs.
func hands(t testing.TB) *labs.Catalog {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("labs: %v", err)
	}
	return c
}

// catalog is the labs of testdata/labs and of a further folder.
func catalog(t testing.TB, dir string) *labs.Catalog {
	t.Helper()
	c, err := labs.Open("testdata/labs", dir)
	if err != nil {
		t.Fatalf("labs: %v", err)
	}
	if e, ok := c.Lab("hands"); !ok || len(e.Problems) > 0 {
		t.Fatalf("the lab of the tests has mistakes:\n%s", labs.Format(e.Problems))
	}
	return c
}

// reply is what a call was answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// into decodes the body.
func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("the reply %d %q is not what it should be: %v", r.status, r.body, err)
	}
}

// request makes a request with the token, whose body, if it is not nil, is JSON.
func (h *house) request(method, path string, body any) *http.Request {
	h.t.Helper()
	var r io.Reader
	if text, ok := body.(string); ok {
		r = strings.NewReader(text)
	} else if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			h.t.Fatalf("encode %v: %v", body, err)
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(h.t.Context()), method, h.http.URL+path, r)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+h.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

// do sends a request and follows no redirect.
func (h *house) do(req *http.Request) reply {
	h.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return reply{resp.StatusCode, resp.Header, body}
}

// call calls and demands a status.
func (h *house) call(method, path string, body any, status int) reply {
	h.t.Helper()
	r := h.do(h.request(method, path, body))
	if r.status != status {
		h.t.Fatalf("%s %s is answered with %d %s; want %d", method, path, r.status, r.body, status)
	}
	return r
}

// take starts a sandbox.
func (h *house) take(body any) sandboxView {
	h.t.Helper()
	var v sandboxView
	h.call("POST", "/api/sandboxes", body, http.StatusCreated).into(h.t, &v)
	return v
}

// look asks for a sandbox.
func (h *house) look(id string) sandboxView {
	h.t.Helper()
	var v sandboxView
	h.call("GET", "/api/sandboxes/"+id, nil, http.StatusOK).into(h.t, &v)
	return v
}

// eventually waits until a condition that is about to be true is.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("still not so: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// plain asks for a plain shell.
var plain = map[string]any{"namespaces": []string{}}

// oneSandbox is a host with room for one.
var oneSandbox = sandbox.Options{MaxSandboxes: 1}

// initOf returns the init of a sandbox as a process of the test's own world.
func (h *house) initOf(id string) *os.Process {
	h.t.Helper()
	var snap snapshot.Snapshot
	h.call("GET", "/api/sandboxes/"+id+"/snapshot", nil, http.StatusOK).into(h.t, &snap)
	init, ok := snap.Process(1)
	if !ok || init.HostPID == 0 {
		h.t.Skipf("the kernel does not say which pid init has outside: %+v", init)
	}
	p, err := os.FindProcess(init.HostPID)
	if err != nil {
		h.t.Fatalf("init is process %d: %v", init.HostPID, err)
	}
	return p
}
