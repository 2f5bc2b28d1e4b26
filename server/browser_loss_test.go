//go:build linux

package server

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
)

func resumes(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 2, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click("button", "Next")
	p.click(".terminal-cell.active .screen", "")
	p.line("here=still; echo before-$((1+1))")
	p.prints("before-2")
	p.line("sudo unshare --uts bash")
	p.turned("own-name")
	p.line("exit")
	p.prompted()
	was := p.sandbox()

	p.do("reload", chromedp.Reload())
	p.prints("before-2")
	p.sees("h2", "Do")
	p.turned("own-name")
	if is := p.sandbox(); is != was {
		t.Errorf("after the reload the sandbox is %s; want %s", is, was)
	}
	p.click(".terminal-cell.active .screen", "")
	p.line("echo $here-there")
	p.prints("still-there")
	if n := strings.Count(p.screen(), "before-2\n"); n != 1 {
		t.Errorf("the old output is there %d times:\n%s", n, p.screen())
	}
}

func survivesCuts(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.mayLoseNetwork()
	p.visit(s.url("/labs/uts"))
	p.prompted()
	p.click(".terminal-cell.active .screen", "")
	p.line("clear; for i in $(seq 20); do echo n-$i; sleep 0.1; done; echo all-$((1+1))")
	for _, n := range []string{"n-3", "n-6"} {
		p.prints(n)
		s.net.cut(false)
	}
	p.prints("n-9")
	s.net.cut(true)
	p.sees(".notices", "The connection to the server is lost.")
	p.sees(".notices", "Your sandbox goes on")
	p.click(".notices button", "Try now")
	s.net.mend()
	p.prints("all-2")
	p.until("the notice is gone", `!$text('.notices').includes('lost')`)

	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("n-%d", i+1))
	}
	got := regexp.MustCompile(`(?m)^n-\d+$`).FindAllString(p.screen(), -1)
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the output that was cut is %q; want %q", got, want)
	}
	p.line("echo typed-$((1+1))") // the focus is where it was before the notice
	p.prints("typed-2")
}

// freshSandbox starts a fresh sandbox where the page offers it, and types into it
// without another click.
func (p *tab) freshSandbox(was string) {
	p.t.Helper()
	p.click(".sandbox-state button", "Start a fresh sandbox")
	p.isFresh(was)
	p.line("echo fresh-$((1+1))")
	p.prints("fresh-2")
}

// isFresh demands that there is another sandbox, and that what was done before is
// not forgotten.
func (p *tab) isFresh(was string) {
	p.t.Helper()
	p.prompted()
	if is := p.sandbox(); is == was {
		p.t.Errorf("the fresh sandbox has the old one's id %s", is)
	}
	p.sees("#check-own-name", "Done before, not in this sandbox")
}

// doneOnce opens the lab of these tests and does its exercise.
func doneOnce(s *site, p *tab) (sandbox string) {
	p.t.Helper()
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click("button", "Next")
	p.click(".terminal-cell.active .screen", "")
	p.line("sudo unshare --uts bash")
	p.turned("own-name")
	return p.sandbox()
}

func resets(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 2, Pool: 1}, pageLab), c.open(t)
	was := doneOnce(s, p)
	p.click("button", "Sandbox")
	p.click("button", "Reset the sandbox")
	p.sees("dialog", "Everything in it goes")
	p.click("dialog button", "Reset the sandbox")
	p.sees("#check-own-name", "Done before, not in this sandbox")
	p.isFresh(was)
}

func namesStop(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.mayLoseNetwork()
	was := doneOnce(s, p)
	s.stop()
	p.sees(".sandbox-state", "The server was stopped")
	p.click(".sandbox-state button", "Start a fresh sandbox")
	p.sees(".sandbox-state", "The server cannot be reached. Is nslab still running?")
	s.start()
	p.click(".sandbox-state button", "Try again")
	p.isFresh(was)
}

func namesCrash(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.mayLoseNetwork()
	was := doneOnce(s, p)
	s.crash()
	p.sees(".notices", "The connection to the server is lost.")
	s.start()
	p.sees(".sandbox-state", "That sandbox is gone")
	p.sees(".sandbox-state", "The server may have been started anew.")
	p.freshSandbox(was)
}

func namesEnd(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	was := doneOnce(s, p)
	p.call("DELETE", "/api/sandboxes/"+was)
	p.sees(".sandbox-state", "The sandbox was ended")
	p.freshSandbox(was)
}

func namesKill(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	was := doneOnce(s, p)
	var snap snapshot.Snapshot
	if err := json.Unmarshal([]byte(p.call("GET", "/api/sandboxes/"+was+"/snapshot")), &snap); err != nil {
		t.Fatalf("the snapshot: %v", err)
	}
	init, ok := snap.Process(1)
	if !ok || init.HostPID == 0 {
		t.Skipf("the kernel does not say which pid init has outside: %+v", init)
	}
	process, err := os.FindProcess(init.HostPID)
	if err != nil {
		t.Fatalf("init is process %d: %v", init.HostPID, err)
	}
	if err := process.Kill(); err != nil {
		t.Fatalf("kill init: %v", err)
	}
	p.sees(".sandbox-state", "The sandbox was killed")
	p.freshSandbox(was)
}

func waitsForPlace(t *testing.T, c *chromium) {
	s := openSite(t, sandbox.Options{MaxSandboxes: 1}, pageLab)
	first, second := c.open(t), c.open(t)
	second.mayLoseNetwork() // the call is answered with 503
	first.visit(s.url("/labs/page"))
	taken := first.sandbox()

	second.visit(s.url("/labs/page"))
	second.sees(".sandbox-state", "All sandboxes are taken")
	second.sees(".lesson", "The first version.")
	left := func() int {
		t.Helper()
		m := regexp.MustCompile(`Trying again in (\d+) s`).FindStringSubmatch(evaluate[string](second, `$text('.sandbox-state')`))
		if m == nil {
			return -1
		}
		n, _ := strconv.Atoi(m[1])
		return n
	}
	var from int
	eventually(t, "a countdown is shown", func() bool { from = left(); return from > 1 })
	eventually(t, "it counts", func() bool { n := left(); return n >= 0 && n < from })

	first.call("DELETE", "/api/sandboxes/"+taken)
	first.sees(".sandbox-state", "The sandbox was ended")
	second.click(".sandbox-state button", "Try now")
	second.prompted()
}
