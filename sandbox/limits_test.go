//go:build linux

package sandbox

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotify demands that nothing is said twice in a row, and that a learner who
// is hit without end is not flooded.
func TestNotify(t *testing.T) {
	s := &Sandbox{notices: newNotices()}
	for range 3 {
		s.notify("one")
		s.notify("two")
	}
	for i := range 3 * maxNotices {
		s.notify(fmt.Sprint(i))
	}
	var got []string
	for len(s.Notices()) > 0 {
		got = append(got, <-s.Notices())
	}
	if diff := cmp.Diff([]string{"one", "two", "0", "1", "2", "3", "4", "5"}, got); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func TestParseMeminfo(t *testing.T) {
	const meminfo = "MemTotal:       24684084 kB\nMemFree:        17779752 kB\nMemAvailable:   23052476 kB\nHugePages_Total:       0\n"
	for key, want := range map[string]uint64{"MemTotal": 24684084 << 10, "MemAvailable": 23052476 << 10, "Swap": 0} {
		if got := parseMeminfo([]byte(meminfo), key); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
}

func TestParseMemory(t *testing.T) {
	for _, tt := range []struct {
		name, status string
		want         usedMemory
	}{
		{
			"one that runs", "Name:\ttail\nState:\tR (running)\nRssAnon:\t    1024 kB\nRssFile:\t     9 kB\nRssShmem:\t      4 kB\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000001\n",
			usedMemory{comm: "tail", anon: 1 << 20, shmem: 4 << 10},
		},
		{"one that is being killed", "Name:\ta b\nShdPnd:\t0000000000000100\n", usedMemory{comm: "a b", dying: true}},
		{"a zombie", "Name:\tx\nState:\tZ (zombie)\n", usedMemory{comm: "x", dying: true}},
		{"nothing", "", usedMemory{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parseMemory([]byte(tt.status)), cmp.AllowUnexported(usedMemory{})); diff != "" {
				t.Errorf("memory (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzParseMemory demands that no command name, which is a learner's, upsets it.
func FuzzParseMemory(f *testing.F) {
	f.Add([]byte("Name:\t\\n:::\nShdPnd:\tx\nRssAnon:\t-1 kB\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		u := parseMemory(b)
		if q := quoted(u.comm); q == "``" {
			t.Errorf("a name is quoted as nothing")
		}
	})
}
