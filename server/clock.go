package server

import "time"

// lease is how long a sandbox lasts at first, and what each extension adds: four
// times what a lesson takes.
const lease = time.Hour

// clock says when a sandbox ends. It starts when a learner takes the sandbox. It
// is not safe for concurrent use.
type clock struct {
	started time.Time
	ends    time.Time     // as extended so far
	latest  time.Time     // how far ends can be moved
	idle    time.Duration // how long it lasts with nobody there
	seen    time.Time     // last sign of the learner
	sockets int           // how many are open now
}

func newClock(now time.Time, idle, lifetime time.Duration) clock {
	return clock{
		started: now,
		ends:    now.Add(min(lease, lifetime)),
		latest:  now.Add(lifetime),
		idle:    idle,
		seen:    now,
	}
}

// expires is the end as things stand.
func (c *clock) expires() time.Time {
	if idle := c.seen.Add(c.idle); c.sockets == 0 && idle.Before(c.ends) {
		return idle
	}
	return c.ends
}

// over tells for which reason the sandbox must end now, or "".
func (c *clock) over(now time.Time) string {
	switch {
	case now.Before(c.expires()):
		return ""
	case now.Before(c.ends):
		return "idle"
	}
	return "lifetime"
}

// extend moves the end. It reports false when it cannot be moved further.
func (c *clock) extend() bool {
	if !c.ends.Before(c.latest) {
		return false
	}
	c.ends = c.ends.Add(lease)
	if c.ends.After(c.latest) {
		c.ends = c.latest
	}
	return true
}
