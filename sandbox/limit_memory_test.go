//go:build linux

package sandbox

import (
	"strings"
	"testing"
)

// perlHog takes 700 MiB and keeps them: more than a sandbox may have, less than
// the rlimit on one process where a watchdog needs a second to see it.
const perlHog = `perl -e '$x = "x" x (64 << 20); push @y, "$x$_" for 1..11; sleep 100'`

// TestOutOfMemory lets a learner's program take more memory than there is, and
// demands that the kernel or the watchdog ends it, that the learner is told so
// in one sentence that names it, and that another sandbox does not notice.
func TestOutOfMemory(t *testing.T) {
	h := openHostFor(t, Options{})
	t.Logf("limits: %+v", h.Limits())
	for _, tt := range []struct{ name, command, want string }{
		{"tail", "tail /dev/zero", "`tail`"},
		{"perl", perlHog, "`perl`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if h.cgroups == nil && tt.command != perlHog {
				t.Skip("it may reach its rlimit before the watchdog has seen it, and says so itself")
			}
			s, other := takeFor(t, h), takeFor(t, h)
			_, ty := startFor(t, s)
			_, calm := startFor(t, other)
			ty.keys(tt.command + "; echo '<'ended'>'\r")
			n, ended := told(t, s)
			if ended || !strings.Contains(n, tt.want) || !strings.Contains(n, memoryText) {
				t.Errorf("the learner is told %q", n)
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
