//go:build linux

package server

import (
	"log/slog"
	"strings"
	"sync"
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

// TestWhatIsUsedUpIsTold takes all processes and the whole file system, in a
// sandbox without a lab.
func TestWhatIsUsedUpIsTold(t *testing.T) {
	h := openHouse(t)
	for _, tt := range []struct{ name, typed, says string }{
		{"by a fork bomb", ":(){ :|:& };:\r", "as many processes as it may have (1024): the kernel refuses new ones until some end."},
		{"by a large file", "cat /dev/zero >/tmp/fill\r", "full (192 MiB): delete something under /tmp or /root."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := h.take(plain)
			f := h.events(v.ID)
			c := h.tty(v.ID, "s1", "")
			c.sees("# ")
			c.types(tt.typed)
			told := 0
			f.until("the learner is told", func(e event) bool {
				if e.Notice != nil && strings.HasSuffix(e.Notice.Text, tt.says) {
					told++
				}
				return told > 0
			})
			h.call("DELETE", "/api/sandboxes/"+v.ID, nil, 204)
			f.until("it has ended", func(e event) bool {
				if e.Notice != nil && strings.HasSuffix(e.Notice.Text, tt.says) {
					told++
				}
				return e.Ended != nil
			})
			if told != 1 {
				t.Errorf("it is told %d times", told)
			}
		})
	}
}

// TestALessonGoesOnWithoutTheStore judges and turns checks with a store that takes
// nothing, which is what a full disk makes of it.
func TestALessonGoesOnWithoutTheStore(t *testing.T) {
	var log lines
	h := openHouse(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	v := h.take(map[string]any{"lab": "hands"})
	f := h.events(v.ID)
	h.server.store.Close()
	for try := range 3 {
		var got answerView
		h.call("POST", "/api/sandboxes/"+v.ID+"/answers", map[string]string{"question": "inode", "answer": "1"}, 200).into(t, &got)
		if got.Correct || got.Tries != try+1 {
			t.Errorf("try %d is judged %+v", try+1, got)
		}
	}
	e := f.until("the learner is told", func(e event) bool { return e.Notice != nil })
	if !strings.HasPrefix(e.Notice.Text, "Your progress cannot be saved just now.") {
		t.Errorf("the learner is told %q", e.Notice.Text)
	}
	h.tty(v.ID, "s1", "").types("sudo unshare --uts bash\r")
	f.check("uts-new", func(c checkView) bool { return c.Passed })
	if got := log.count("cannot record progress"); got != 1 {
		t.Errorf("it is logged %d times", got)
	}
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(s string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), s)
}
