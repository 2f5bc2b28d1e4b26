package lesson

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// looks plays a schedule on a clock of its own: events happen at the given times,
// each look takes cost, and the times of the looks before end are returned. All
// times are milliseconds after the start.
func looks(events []int, cost, end int, soon bool) []int {
	ms := func(n int) time.Time { return time.UnixMilli(int64(1_000_000 + n)) }
	var s schedule
	var at []int
	for now := 0; now < end; now++ {
		for len(events) > 0 && events[0] <= now && !s.pending() {
			s.happened(ms(now))
			events = events[1:]
		}
		if !s.due.IsZero() && !ms(now).Before(s.due) {
			at = append(at, now)
			s.looked(ms(now), ms(now+cost), soon)
			now += cost
		}
	}
	return at
}

func every(step, end int) (times []int) {
	for t := 0; t < end; t += step {
		times = append(times, t)
	}
	return times
}

func TestSchedule(t *testing.T) {
	tests := []struct {
		name   string
		events []int
		cost   int
		end    int
		soon   bool
		want   []int
	}{
		{
			name:   "looks soon after an event, then ever later, then every 30 s",
			events: []int{0}, cost: 1, end: 70_000,
			want: []int{20, 120, 300, 1000, 2000, 32001, 62002},
		},
		{
			name:   "looks every 5 s while somebody waits",
			events: []int{0}, cost: 1, end: 13_000, soon: true,
			want: []int{20, 120, 300, 1000, 2000, 7001, 12002},
		},
		{
			name:   "starts anew with each event",
			events: []int{0, 5000}, cost: 1, end: 6000,
			want: []int{20, 120, 300, 1000, 2000, 5020, 5120, 5300},
		},
		{
			name:   "looks ten times a second at endless output",
			events: every(1, 500), cost: 1, end: 600,
			want: []int{20, 120, 220, 320, 420, 520},
		},
		{
			name:   "looks less often where looking is expensive",
			events: every(1, 2000), cost: 50, end: 2000,
			want: []int{20, 520, 1020, 1520},
		},
		{
			name: "never looks at what has never happened",
			end:  1000,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := looks(tt.events, tt.cost, tt.end, tt.soon)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("looks at (-want +got):\n%s", diff)
			}
		})
	}
}
