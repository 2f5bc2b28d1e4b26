//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestOutOfMemory lets a learner's program take more memory than there is, and
// demands that the kernel or the watchdog ends it, that the learner is told so
// in one sentence that names it, and that another sandbox does not notice.
func TestOutOfMemory(t *testing.T) {
	h := openHostFor(t, Options{})
	t.Logf("limits: %+v", h.Limits())
	for _, tt := range []struct{ name, command, want string }{
		{"tail", "tail /dev/zero", "`tail`"},
		{"perl", `perl -e '$x = "x" x (64 << 20); push @y, "$x$_" for 1..11; sleep 100'`, "`perl`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, other := takeFor(t, h), takeFor(t, h)
			_, ty := startFor(t, s)
			_, calm := startFor(t, other)
			ty.keys(tt.command + "; echo '<'ended'>'\r")
			select {
			case n := <-s.Notices():
				t.Logf("told: %s", n)
				if !strings.Contains(n, tt.want) || !strings.Contains(n, memoryText) {
					t.Errorf("the learner is told %q", n)
				}
			case <-bounded(t).Done():
				t.Fatal("the learner is told nothing")
			}
			ty.until("<ended>")
			if got := ty.run("echo alive"); got != "alive\n" {
				t.Errorf("afterwards the shell says %q", got)
			}
			if got := calm.run("echo calm"); got != "calm\n" {
				t.Errorf("another sandbox's shell says %q", got)
			}
			if _, ended := s.Ended(); ended {
				t.Error("the sandbox has ended with it")
			}
		})
	}
}

// TestGroupsGo demands that a sandbox's groups, and the server's, go with it.
func TestGroupsGo(t *testing.T) {
	h := openHostFor(t, Options{})
	if h.cgroups == nil {
		t.Skipf("no cgroups here: %s", h.noCgroups)
	}
	s := takeFor(t, h)
	dirs := append([]string{}, s.group.dirs...)
	_, ty := startFor(t, s)
	ty.run("sleep 1000 & sleep 0.1")
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", s.pid))
	if err != nil || !strings.Contains(string(b), s.id) {
		t.Errorf("init is in %s (%v)", b, err)
	}
	if got := ty.run("cut -d: -f3 /proc/self/cgroup | sort -u"); strings.Contains(got, "nslab") {
		t.Errorf("inside the groups are seen as %s", got)
	}
	s.End(Reason{Code: "deleted"})
	<-s.Done()
	for _, d := range dirs {
		if _, err := os.Stat(d); err == nil {
			t.Errorf("%s is left", d)
		}
	}
}
