//go:build linux

package sandbox

import (
	"slices"
	"strings"
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

// use returns what a snapshot says of one limit.
func use(t *testing.T, s *Sandbox, of string) snapshot.Usage {
	t.Helper()
	all := snapshotFor(t, s).Usage
	i := slices.IndexFunc(all, func(u snapshot.Usage) bool { return u.Of == of })
	if i < 0 {
		t.Fatalf("the snapshot does not count %s: %+v", of, all)
	}
	return all[i]
}

// TestGreedyLearner lets a learner take all there is of something, and demands
// that the snapshot says so, that another sandbox does not notice, and that the
// greedy one can be ended.
func TestGreedyLearner(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct{ name, command, of string }{
		{"forks without end", ":(){ :|:& };:", "processes"},
		{"sleeps in thousands", "for i in $(seq 3000); do sleep 1000 & done 2>/dev/null", "processes"},
		{"fills the file system", "cat /dev/zero >/tmp/fill", "bytes"},
		{"makes files without end", "cd /root; seq 100000 | xargs touch", "inodes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			greedy, other := takeFor(t, h), takeFor(t, h)
			_, ty := startFor(t, greedy)
			_, calm := startFor(t, other)
			ty.keys(tt.command + "\r")
			eventually(t, "the limit is nearly reached", func() bool {
				u := use(t, greedy, tt.of)
				return u.Used >= u.Max*9/10
			})
			if u := use(t, greedy, tt.of); u.Used > u.Max {
				t.Errorf("it has %d %s, more than the limit of %d", u.Used, tt.of, u.Max)
			}
			if got := calm.run("echo calm; touch /root/x && hostname"); got != "calm\nlab\n" {
				t.Errorf("another sandbox's learner is told %q", got)
			}
			if u := use(t, other, tt.of); u.Used > u.Max/10 {
				t.Errorf("another sandbox is charged: %+v", u)
			}
			greedy.End(Reason{Code: "deleted", Detail: "x"})
			select {
			case <-greedy.Done():
			case <-bounded(t).Done():
				t.Error("the greedy sandbox does not end")
			}
		})
	}
}

// TestLearnerClosesEverything demands that a shell without descriptors, or an
// init that learners shout at, harms nobody.
func TestLearnerClosesEverything(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	sh, ty := startFor(t, s)
	ty.keys("exec 0<&- 1>&- 2>&-\r")
	<-sh.Done() // a shell that can read nothing more ends
	_, again := startFor(t, s)
	if got := again.run("kill -TERM 1; kill -INT 1; kill -HUP 1; kill -9 1; echo alive"); !strings.Contains(got, "alive") {
		t.Errorf("after signals to init: %q", got)
	}
	if _, ended := s.Ended(); ended {
		t.Error("signals to init have ended the sandbox")
	}
}
