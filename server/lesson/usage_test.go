package lesson

import (
	"strings"
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

func TestALimitIsToldOnceUntilItIsFarAgain(t *testing.T) {
	u := uses{}
	for _, step := range []struct {
		says string
		used uint64
		told bool
	}{
		{"says nothing at first", 10, false},
		{"says nothing below 95 %", 949, false},
		{"tells at 95 %", 950, true},
		{"does not tell again", 1000, false},
		{"does not forget above 80 %", 800, false},
		{"so that it is told once", 1000, false},
		{"forgets below 80 %", 799, false},
		{"and tells again", 1000, true},
	} {
		got := u.reached([]snapshot.Usage{{Of: "processes", Used: step.used, Max: 1000}, {Of: "inodes", Used: 5}})
		if (len(got) > 0) != step.told {
			t.Errorf("it %s: at %d of 1000 it tells %q", step.says, step.used, got)
		}
	}
}

func TestASentenceForEachLimit(t *testing.T) {
	for _, tt := range []struct {
		use  snapshot.Usage
		want string
	}{
		{snapshot.Usage{Of: "processes", Used: 1024, Max: 1024}, "has as many processes as it may have (1024)"},
		{snapshot.Usage{Of: "processes", Used: 1000, Max: 1024}, "has nearly as many processes"},
		{snapshot.Usage{Of: "bytes", Used: 192 << 20, Max: 192 << 20}, "is full (192 MiB): delete something"},
		{snapshot.Usage{Of: "inodes", Used: 9999, Max: 10000}, "has nearly as many files as it may have (10000)"},
	} {
		if got := usedUp(tt.use); !strings.Contains(got, tt.want) || !strings.HasSuffix(got, ".") {
			t.Errorf("%+v is told as %q, want …%s…", tt.use, got, tt.want)
		}
	}
}
