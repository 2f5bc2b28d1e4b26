package lesson

import (
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

func TestOnlyShellsAreNotBusy(t *testing.T) {
	with := func(pids ...int) *snapshot.Snapshot {
		s := &snapshot.Snapshot{Shells: []snapshot.Shell{{ID: "s1", PID: 2}, {ID: "s2", PID: 7}}}
		for _, pid := range pids {
			s.Processes = append(s.Processes, snapshot.Process{PID: pid})
		}
		return s
	}
	tests := []struct {
		name string
		snap *snapshot.Snapshot
		want bool
	}{
		{"nobody has looked yet", nil, true},
		{"init and its shells", with(1, 2, 7), false},
		{"a shell has ended", with(1, 7), false},
		{"a background job", with(1, 2, 7, 9), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := busy(tt.snap); got != tt.want {
				t.Errorf("busy is %v, want %v", got, tt.want)
			}
		})
	}
}
