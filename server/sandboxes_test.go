//go:build linux

package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/nslab/sandbox/snapshot"
)

func TestTheLifeOfASandbox(t *testing.T) {
	h := openHouse(t)
	r := h.call("POST", "/api/sandboxes", map[string]any{"namespaces": []string{"uts", "pid"}, "cols": 100, "rows": 30}, http.StatusCreated)
	var v sandboxView
	r.into(t, &v)
	if got, want := r.header.Get("Location"), "/api/sandboxes/"+v.ID; got != want {
		t.Errorf("Location is %q, want %q", got, want)
	}
	want := sandboxView{
		ID: v.ID, Started: v.Started, Expires: v.Expires, Latest: v.Latest,
		Shells:  []shellView{{ID: "s1", Title: "uts-pid", Namespaces: []snapshot.Type{"uts", "pid"}, PID: v.Shells[0].PID}},
		Checks:  []checkView{},
		Answers: []answerView{},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("the sandbox (-want +got):\n%s", diff)
	}
	if got := v.Expires.Sub(v.Started); got != 30*time.Minute {
		t.Errorf("with nobody connected it lasts %v, want the idle timeout", got)
	}
	if got := v.Latest.Sub(v.Started); got != 4*time.Hour {
		t.Errorf("it can last %v, want 4 h", got)
	}

	var snap snapshot.Snapshot
	h.call("GET", "/api/sandboxes/"+v.ID+"/snapshot", nil, http.StatusOK).into(t, &snap)
	if p, ok := snap.Process(v.Shells[0].PID); !ok || p.NS["uts"] == snap.Sandbox["uts"] || p.NS["net"] != snap.Sandbox["net"] {
		t.Errorf("the shell's process in the snapshot is %+v, %v; want a uts namespace of its own, and the sandbox's net", p, ok)
	}

	var more shellView
	h.call("POST", "/api/sandboxes/"+v.ID+"/shells", map[string]any{"namespaces": []string{"net"}, "title": "my net"}, http.StatusCreated).into(t, &more)
	if more.ID != "s2" || more.Title != "my net" || !cmp.Equal(more.Namespaces, []snapshot.Type{"net"}) {
		t.Errorf("the second shell is %+v", more)
	}
	if got := len(h.look(v.ID).Shells); got != 2 {
		t.Errorf("it has %d shells, want 2", got)
	}

	var list struct{ Sandboxes []sandboxView }
	h.call("GET", "/api/sandboxes", nil, http.StatusOK).into(t, &list)
	if len(list.Sandboxes) != 1 || list.Sandboxes[0].ID != v.ID {
		t.Errorf("the list is %+v", list)
	}

	h.call("DELETE", "/api/sandboxes/"+v.ID, nil, http.StatusNoContent)
	if got := h.look(v.ID).Ended; got == nil || *got != (endedView{"deleted", "You ended it."}) {
		t.Errorf("it ended because of %+v", got)
	}
	h.call("GET", "/api/sandboxes", nil, http.StatusOK).into(t, &list)
	if len(list.Sandboxes) != 0 {
		t.Errorf("the list after the end is %+v", list)
	}
	h.call("DELETE", "/api/sandboxes/"+v.ID, nil, http.StatusNoContent)
	eventually(t, "its place is free", func() bool { return h.host.Stats().Taken == 0 })
}

func TestExtendMovesTheEnd(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.MaxLifetime = 90 * time.Minute })
	v := h.take(plain)
	h.events(v.ID)
	eventually(t, "the clock is that of somebody who is there", func() bool { return h.look(v.ID).Expires.Sub(v.Started) == time.Hour })
	h.call("POST", "/api/sandboxes/"+v.ID+"/extend", nil, http.StatusOK).into(t, &v)
	if got := v.Expires.Sub(v.Started); got != 90*time.Minute || !v.Expires.Equal(v.Latest) {
		t.Errorf("extended, it lasts %v, want 1 h 30 min, which is the latest", got)
	}
	r := h.call("POST", "/api/sandboxes/"+v.ID+"/extend", nil, http.StatusConflict)
	if !strings.Contains(string(r.body), "A sandbox lasts at most 90 minutes.") {
		t.Errorf("a second extension is refused with %s", r.body)
	}
}

func TestASandboxBelongsToWhoStartedIt(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	stranger := h.browser()
	for _, call := range []struct{ method, path, body string }{
		{"GET", "", ""},
		{"DELETE", "", ""},
		{"GET", "/snapshot", ""},
		{"POST", "/shells", `{"namespaces":[]}`},
		{"POST", "/extend", ""},
		{"POST", "/reset", ""},
		{"POST", "/answers", `{"question":"q","answer":"a"}`},
		{"GET", "/lines/c1", ""},
		{"GET", "/events", ""},
		{"GET", "/shells/s1/tty", ""},
	} {
		req := h.request(call.method, "/api/sandboxes/"+v.ID+call.path, call.body)
		req.Header.Del("Authorization")
		req.AddCookie(stranger)
		if r := h.do(req); r.status != http.StatusNotFound || !strings.Contains(string(r.body), `"code":"no-such-sandbox"`) {
			t.Errorf("%s …%s is answered with %d %s to somebody else", call.method, call.path, r.status, r.body)
		}
	}
	req := h.request("GET", "/api/sandboxes", nil)
	req.Header.Del("Authorization")
	req.AddCookie(stranger)
	if r := h.do(req); string(r.body) != `{"sandboxes":[]}`+"\n" {
		t.Errorf("somebody else's list is %s", r.body)
	}
	if h.look(v.ID).Ended != nil {
		t.Error("somebody else has ended it")
	}
}

// browser visits with the token and returns the cookie.
func (h *house) browser() *http.Cookie {
	h.t.Helper()
	req := h.request("GET", "/?token="+h.token, nil)
	req.Header.Del("Authorization")
	r := h.do(req)
	cookies := (&http.Response{Header: r.header}).Cookies()
	if r.status != http.StatusSeeOther || len(cookies) != 1 {
		h.t.Fatalf("a visit with the token is answered with %d, %v", r.status, r.header)
	}
	return cookies[0]
}

func TestNoRoom(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.Host = openHost(t, oneSandbox) })
	h.call("GET", "/readyz", nil, http.StatusOK)
	v := h.take(plain)
	r := h.call("POST", "/api/sandboxes", plain, http.StatusServiceUnavailable)
	if !strings.Contains(string(r.body), `"code":"no-capacity"`) || r.header.Get("Retry-After") != "5" || !strings.Contains(string(r.body), `"position":1`) {
		t.Errorf("the second is refused with %s, Retry-After %q", r.body, r.header.Get("Retry-After"))
	}
	if r := h.call("GET", "/readyz", nil, http.StatusServiceUnavailable); !strings.Contains(string(r.body), `"code":"not-ready"`) || r.header.Get("Retry-After") == "" {
		t.Errorf("readyz says %s, Retry-After %q", r.body, r.header.Get("Retry-After"))
	}

	// Who has the only one can still have a fresh one.
	var fresh sandboxView
	h.call("POST", "/api/sandboxes/"+v.ID+"/reset", nil, http.StatusCreated).into(t, &fresh)
	if fresh.ID == v.ID {
		t.Error("a reset gives the same sandbox")
	}
	if got := h.look(v.ID).Ended; got == nil || got.Detail != "A fresh one took its place." {
		t.Errorf("the old one ended because of %+v", got)
	}
	h.call("DELETE", "/api/sandboxes/"+fresh.ID, nil, http.StatusNoContent)
	eventually(t, "there is room again", func() bool { return h.do(h.request("GET", "/readyz", nil)).status == http.StatusOK })
	h.take(plain)
}

func TestTooManyShells(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	for range 15 {
		h.call("POST", "/api/sandboxes/"+v.ID+"/shells", plain, http.StatusCreated)
	}
	r := h.call("POST", "/api/sandboxes/"+v.ID+"/shells", plain, http.StatusTooManyRequests)
	if !strings.Contains(string(r.body), `"code":"too-many-shells"`) {
		t.Errorf("the 17th is refused with %s", r.body)
	}
}

func TestIdleSandboxesEnd(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.IdleTimeout = 300 * time.Millisecond })
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	time.Sleep(500 * time.Millisecond) // nothing happens, but somebody is there
	if got := h.look(v.ID).Ended; got != nil {
		t.Fatalf("with a terminal open it ended because of %+v", got)
	}
	c.conn.Close()
	time.Sleep(800 * time.Millisecond) // nobody even asks
	eventually(t, "it is idle", func() bool {
		got := h.look(v.ID).Ended
		return got != nil && got.Reason == "idle"
	})
}

func TestTheLifetimeEnds(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.MaxLifetime = 700 * time.Millisecond })
	v := h.take(plain)
	f := h.events(v.ID)
	c := h.tty(v.ID, "s1", "")
	e := f.until("it has ended", func(e event) bool { return e.Ended != nil })
	if e.Ended.Reason != "lifetime" {
		t.Errorf("it ended because of %+v", e.Ended)
	}
	if got := c.ends(); got.Code != closeSandboxEnded {
		t.Errorf("the terminal is closed with %v, want 4404", got)
	}
}

func TestALearnerWhoKillsInit(t *testing.T) {
	h := openHouse(t)
	other := h.take(plain)
	v := h.take(plain)
	f := h.events(v.ID)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	// PID 1 cannot be killed from within its own pid namespace, except by
	// who makes it call exit: as root in the sandbox, with a debugger. End its
	// own side of the control socket instead, which is the same to the server.
	p := h.initOf(v.ID)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	e := f.until("it has ended", func(e event) bool { return e.Ended != nil })
	if e.Ended.Reason != "killed" || e.Ended.Detail == "" {
		t.Errorf("it ended because of %+v, want killed", e.Ended)
	}
	if got := c.ends(); got.Code != closeSandboxEnded && got.Code != 1000 {
		t.Errorf("the terminal is closed with %v", got)
	}
	if got := h.look(v.ID).Ended; got == nil || got.Reason != "killed" {
		t.Errorf("afterwards it says %+v", got)
	}
	if h.look(other.ID).Ended != nil {
		t.Error("another sandbox has ended with it")
	}
}

func TestGoneClientsLeaveNothing(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	for i := range 20 {
		conn, _ := h.dial(fmt.Sprintf("/api/sandboxes/%s/shells/s1/tty?view=%d", v.ID, i%2), ttyProtocol)
		conn.NetConn().Close()
	}
	eventually(t, "no socket is open", func() bool {
		return strings.Contains(string(h.call("GET", "/metrics", nil, 200).body), `nslab_sockets{kind="tty"} 0`)
	})
}
