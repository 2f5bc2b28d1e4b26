package server

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Unix(1_000_000, 0).Add(d) }
	const idle, lifetime = 30 * time.Minute, 150 * time.Minute

	c := newClock(at(0), idle, lifetime)
	wantExpires := func(when string, want time.Duration) {
		t.Helper()
		if got := c.expires().Sub(at(0)); got != want {
			t.Errorf("%s it ends after %v, want %v", when, got, want)
		}
	}
	wantOver := func(now time.Duration, want string) {
		t.Helper()
		if got := c.over(at(now)); got != want {
			t.Errorf("after %v it is over because of %q, want %q", now, got, want)
		}
	}
	wantExpires("with nobody there", idle)
	wantOver(idle-1, "")
	wantOver(idle, "idle")

	c.sockets++
	wantExpires("with somebody connected", time.Hour)
	wantOver(time.Hour-1, "")
	wantOver(time.Hour, "lifetime")

	if !c.extend() {
		t.Error("cannot be extended once")
	}
	wantExpires("extended once", 2*time.Hour)
	if !c.extend() {
		t.Error("cannot be extended twice")
	}
	wantExpires("extended up to the lifetime", lifetime)
	if c.extend() {
		t.Error("can be extended beyond the lifetime")
	}

	c.sockets, c.seen = 0, at(50*time.Minute)
	wantExpires("half an hour after the last left", 80*time.Minute)
	c.seen = at(140 * time.Minute)
	wantExpires("with less than half an hour left", lifetime)
	wantOver(lifetime, "lifetime")

	c = newClock(at(0), idle, 10*time.Minute)
	wantExpires("with a short lifetime", 10*time.Minute)
	if c.extend() {
		t.Error("a short lifetime can be extended")
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		4 * time.Hour: "4 hours", time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 30 * time.Minute: "30 minutes",
		time.Minute: "1 minute", 50 * time.Second: "50 seconds", time.Second: "1 second", 300 * time.Millisecond: "0 seconds",
	} {
		if got := span(d); got != want {
			t.Errorf("%v in words is %q, want %q", d, got, want)
		}
	}
}
