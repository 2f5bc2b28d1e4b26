//go:build linux

package server

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.org/nslab/sandbox"
)

func TestOneOfManyResetsWins(t *testing.T) {
	for name, most := range map[string]int{"with room for more": 8, "where all are taken": 1} {
		t.Run(name, func(t *testing.T) {
			h := openHouse(t, func(c *Config) { c.Host = openHost(t, sandbox.Options{MaxSandboxes: most}) })
			v := h.take(plain)
			replies := h.atOnce(5, func() *http.Request { return h.request("POST", "/api/sandboxes/"+v.ID+"/reset", nil) })
			won := 0
			for _, r := range replies {
				if r.status == http.StatusCreated {
					won++
				} else {
					checkProblem(t, r, "sandbox-ended", "")
				}
			}
			if won != 1 {
				t.Errorf("%d of five have reset it, want one", won)
			}
			eventually(t, "there is one sandbox", func() bool { return h.host.Stats().Taken == 1 })
			if h.look(v.ID).Ended == nil {
				t.Error("the old one still runs")
			}
		})
	}
}

// TestNobodyTakesAPlaceThatIsBeingReset resets all sandboxes at once, again and
// again, where all are taken, while others ask for any that is free.
func TestNobodyTakesAPlaceThatIsBeingReset(t *testing.T) {
	const most = 3
	h := openHouse(t, func(c *Config) { c.Host = openHost(t, sandbox.Options{MaxSandboxes: most}) })
	var ids []string
	for range most {
		ids = append(ids, h.take(plain).ID)
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	defer others.Wait()
	defer close(stop)
	for range 3 {
		thief := h.browser()
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				req := h.request("POST", "/api/sandboxes", plain)
				req.Header.Del("Authorization")
				req.AddCookie(thief)
				if r := h.do(req); r.status != http.StatusServiceUnavailable || !strings.Contains(string(r.body), "no-capacity") {
					t.Errorf("somebody else got %d %s", r.status, r.body)
				}
			}
		})
	}
	for round := range 5 {
		replies := h.atOnce(most, func() *http.Request {
			id := ids[0]
			ids = ids[1:]
			return h.request("POST", "/api/sandboxes/"+id+"/reset", nil)
		})
		ids = nil
		for _, r := range replies {
			if r.status != http.StatusCreated {
				t.Fatalf("round %d: a reset is answered with %d %s", round, r.status, r.body)
			}
			var v sandboxView
			r.into(t, &v)
			ids = append(ids, v.ID)
		}
	}
}

func TestALearnerMayHaveEight(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.Host = openHost(t, sandbox.Options{MaxSandboxes: 12}) })
	cookie := h.browser()
	as := func(method, path string, body any) *http.Request {
		req := h.request(method, path, body)
		req.Header.Del("Authorization")
		req.AddCookie(cookie)
		return req
	}
	var id string
	refused := 0
	for _, r := range h.atOnce(10, func() *http.Request { return as("POST", "/api/sandboxes", plain) }) {
		if r.status != http.StatusCreated {
			checkProblem(t, r, "too-many-sandboxes", "You have 8 sandboxes, as many as one may have. End one of them first: the catalogue lists them.")
			refused++
			continue
		}
		var v sandboxView
		r.into(t, &v)
		id = v.ID
	}
	if refused != 2 {
		t.Errorf("of ten %d are refused, want two", refused)
	}
	if r := h.do(as("POST", "/api/sandboxes/"+id+"/reset", nil)); r.status != http.StatusCreated {
		t.Errorf("a reset with eight is answered with %d %s", r.status, r.body)
	}
	// Programs are not counted, and neither is somebody else.
	h.take(plain)
}

// atOnce makes n requests, one by one, and sends them at the same time.
func (h *house) atOnce(n int, request func() *http.Request) []reply {
	h.t.Helper()
	replies := make([]reply, n)
	var all sync.WaitGroup
	for i := range n {
		req := request()
		all.Go(func() { replies[i] = h.do(req) })
	}
	all.Wait()
	return replies
}
