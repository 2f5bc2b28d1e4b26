//go:build linux

package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"example.org/nslab/sandbox"
)

func TestRunServesUntilItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	urls := make(chan string, 1)
	ended := make(chan error, 1)
	host := openHost(t, sandbox.Options{MaxSandboxes: 4})
	go func() {
		ended <- Run(ctx, Config{
			Listen: "127.0.0.1:0", DataDir: filepath.Join(t.TempDir(), "data"), Host: host, Catalog: hands(t),
			Log: slog.New(slog.DiscardHandler),
		}, func(u string) { urls <- u })
	}()
	var u *url.URL
	select {
	case text := <-urls:
		var err error
		if u, err = url.Parse(text); err != nil || u.Path != "/" || len(u.Query().Get("token")) < 20 {
			t.Fatalf("the address is %s, %v", text, err)
		}
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	}
	// As a browser does: visit, be redirected, ask with the cookie.
	req, err := http.NewRequest("GET", u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("the visit is answered with %+v, %v", resp, err)
	}
	if got, want := resp.Cookies()[0].Name, "nslab_"+u.Port(); got != want {
		t.Errorf("the cookie is called %s, want %s", got, want)
	}
	req, err = http.NewRequest("POST", "http://"+u.Host+"/api/sandboxes", strings.NewReader(`{"namespaces":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "http://"+u.Host)
	req.AddCookie(resp.Cookies()[0])
	resp, err = http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("POST is answered with %+v, %v", resp, err)
	}
	var v sandboxView
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if got := host.Stats().Taken; got != 0 {
		t.Errorf("%d sandboxes are left", got)
	}
}

func TestAPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = listen(t.Context(), l.Addr().String())
	want := "server: " + l.Addr().String() + " is taken, perhaps by another nslab (stop that one, or give another address: --listen " + nextPort(l.Addr().String()) + ")"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, addr := range []string{"nonsense", "127.0.0.1:99999", "192.0.2.1:8080"} {
		if _, err := listen(t.Context(), addr); err == nil || !strings.Contains(err.Error(), "(give an address of this machine and a port: --listen 127.0.0.1:8080)") {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestABadConfigIsASentence(t *testing.T) {
	plainFile := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		`server: "example.org" cannot be the public URL (give one like https://example.org/nslab)`:                                                {PublicURL: "example.org"},
		`store: the data directory ` + plainFile + ` cannot be made: not a directory (give a directory that this user can write with --data DIR)`: {DataDir: plainFile},
		`server: the idle timeout and the lifetime must be longer than nothing`:                                                                   {IdleTimeout: -1},
	} {
		if _, err := New(t.Context(), cfg); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheServerSaysGoodbye(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	pid := h.initOf(v.ID).Pid
	f := h.events(v.ID)
	c := h.tty(v.ID, "s1", "")
	// Endless output, and a client that takes none of it, must not hold it up.
	stuck, _ := h.dial("/api/sandboxes/"+v.ID+"/shells/s1/tty?view=1", ttyProtocol)
	c.types("yes\r")
	c.sees("y\r\ny\r\n")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	if err := h.server.halt(ctx); err != nil {
		t.Errorf("halt: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	stuck.Close()
	if got := c.ends(); got.Code != websocket.CloseGoingAway {
		t.Errorf("the terminal is closed with %v, want 1001", got)
	}
	e := f.until("the end is told", func(e event) bool { return e.Ended != nil })
	if e.Ended.Reason != "server" {
		t.Errorf("it ended because of %+v", e.Ended)
	}
	if _, err := f.next(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the events end with %v, want close 1001", err)
	}
	if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); err == nil {
		t.Errorf("init, process %d, is still there", pid)
	}
	checkProblem(t, h.do(h.request("POST", "/api/sandboxes", plain)), "stopping", "")
	if r := h.do(h.request("GET", "/readyz", nil)); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
		t.Errorf("readyz says %d, Retry-After %q", r.status, r.header.Get("Retry-After"))
	}
	if r := h.do(h.request("GET", "/healthz", nil)); r.status != http.StatusOK {
		t.Errorf("healthz says %d", r.status)
	}
}

func TestNeitherTokensNorKeystrokesAreLogged(t *testing.T) {
	log := &safeBuffer{}
	h := openHouse(t, func(c *Config) {
		c.Token = "a-token-of-its-own"
		c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	h.browser()
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.runs("echo hunter2")
	c.conn.Close()
	h.do(h.request("GET", "/api/labs?token=a-token-of-its-own", nil))
	eventually(t, "the socket's request is logged", func() bool { return strings.Contains(log.String(), `"status":101`) })
	for _, secret := range []string{"a-token-of-its-own", "hunter2", "Bearer"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
	if !strings.Contains(log.String(), `"sandbox":"`+v.ID+`"`) {
		t.Errorf("the sandbox is not in the log:\n%s", log)
	}
}

// safeBuffer is a bytes.Buffer for many goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*safeBuffer)(nil)

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestMetrics(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	h.tty(v.ID, "s1", "").runs("true")
	text := string(h.call("GET", "/metrics", nil, http.StatusOK).body)
	for _, want := range []string{
		"\nnslab_sandboxes 1\n", "\nnslab_sandboxes_pooled ", "\nnslab_sandbox_boots_total ", "\nnslab_shell_start_seconds_count 1\n",
		"\nnslab_snapshot_seconds_count ", "\nnslab_tty_bytes_total{direction=\"in\"} ", "\nnslab_sockets{kind=\"tty\"} 1\n",
		`nslab_http_request_seconds_count{method="POST",route="/api/sandboxes",status="201"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the metrics", want)
		}
	}
}
