//go:build linux

package server

import (
	"strings"
	"testing"
)

// TestALimitThatStrikesIsTold takes more memory than a sandbox may have, and
// demands that the page is told which program was ended for it.
func TestALimitThatStrikesIsTold(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	f := h.events(v.ID)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	c.types(`perl -e '$x = "x" x (64 << 20); push @y, "$x$_" for 1..11; sleep 100'` + "\r")
	e := f.until("the learner is told", func(e event) bool { return e.Notice != nil })
	if !strings.Contains(e.Notice.Text, "`perl`") || !strings.Contains(e.Notice.Text, "memory") {
		t.Errorf("the learner is told %q", e.Notice.Text)
	}
}
