package server

import (
	"fmt"
	"testing"
	"time"
)

func TestTheLineIsFirstComeFirstServed(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var q queue
	for _, step := range []struct {
		says string
		at   time.Duration // seconds since the start
		who  learner
		room int
		want int
		goes bool // takes the sandbox, and leaves
	}{
		{says: "lets in who comes when there is room", at: 0, who: "ada", room: 1, want: 0, goes: true},
		{says: "puts the first who comes when there is none at its head", at: 1, who: "bob", room: 0, want: 1},
		{says: "puts the next behind", at: 2, who: "eve", room: 0, want: 2},
		{says: "keeps the place of who asks again", at: 5, who: "bob", room: 0, want: 1},
		{says: "does not let the second have what the first waits for", at: 6, who: "eve", room: 1, want: 2},
		{says: "lets the second have the second", at: 7, who: "eve", room: 2, want: 0, goes: true},
		{says: "passes over who has not asked for long", at: 30, who: "mia", room: 1, want: 0},
		{says: "but keeps their place", at: 31, who: "bob", room: 0, want: 1},
		{says: "in front of who came later", at: 32, who: "mia", room: 0, want: 2},
		{says: "gives up the place of who stays away", at: 300, who: "kim", room: 0, want: 1},
		{says: "at last", at: 301, who: "bob", room: 0, want: 2},
	} {
		if got := q.ask(step.who, step.room, start.Add(step.at*time.Second)); got != step.want {
			t.Errorf("it %s: %d, want %d", step.says, got, step.want)
		}
		if step.goes {
			q.leave(step.who)
		}
	}
}

func TestTheLineIsBounded(t *testing.T) {
	now := time.Now()
	var q queue
	for i := range maxQueue + 10 {
		q.ask(learner(fmt.Sprint(i)), 0, now)
	}
	if len(q.places) != maxQueue {
		t.Errorf("%d have a place, want %d", len(q.places), maxQueue)
	}
	if got := q.ask("late", 0, now); got != maxQueue+1 {
		t.Errorf("who comes after that is at %d, want %d", got, maxQueue+1)
	}
	for i := range 3 * endsKept {
		q.ended(now.Add(time.Duration(i)))
	}
	if len(q.ends) != endsKept {
		t.Errorf("%d ends are kept, want %d", len(q.ends), endsKept)
	}
}

func TestTheWaitIsHonest(t *testing.T) {
	left := []time.Duration{30 * time.Minute, 10 * time.Minute, 20 * time.Minute}
	for _, tt := range []struct {
		name     string
		position int
		pace     time.Duration // 0: not known
		left     []time.Duration
		want     time.Duration
	}{
		{"until the first's time is over", 1, 0, left, 10 * time.Minute},
		{"until the second's", 2, 0, left, 20 * time.Minute},
		{"into the second round", 4, 0, left, lease + 10*time.Minute},
		{"at the pace of late", 2, 3 * time.Minute, left, 6 * time.Minute},
		{"not longer than their time", 2, 15 * time.Minute, left, 20 * time.Minute},
		{"with nothing to go by", 1, 0, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := expectedWait(tt.position, tt.pace, tt.pace > 0, tt.left); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	now := time.Now()
	var q queue
	if _, known := q.pace(now); known {
		t.Error("there is a pace before anything has ended")
	}
	for i := range 4 {
		q.ended(now.Add(time.Duration(i-4) * time.Minute))
	}
	if pace, known := q.pace(now); !known || pace != time.Minute {
		t.Errorf("four ends in four minutes: %v, %v", pace, known)
	}
}
