package lesson

import "time"

// schedule says when to look at a sandbox. Looking costs a millisecond or so of a
// core, so a session looks when something has happened, several times for effects
// that come after the echo, and rarely when nothing happens.
//
// The zero value has never looked. It is not safe for concurrent use.
type schedule struct {
	last  time.Time     // when the last look began
	cost  time.Duration // and how long it took
	event time.Time     // when something last happened
	stage int           // index in after of the next look; len(after): polling
	due   time.Time     // when to look next
}

// after is when to look once something has happened: soon, so that a check turns
// under the learner's eyes, then again for commands that take their time.
var after = []time.Duration{
	20 * time.Millisecond,
	100 * time.Millisecond,
	300 * time.Millisecond,
	time.Second,
	2 * time.Second,
}

const (
	// gap is the least time between two looks, so that endless output costs
	// at most ten looks a second; a check turns within 250 ms all the same.
	gap = 100 * time.Millisecond
	// share is how much of the time may go into looking at a sandbox that
	// makes looking expensive, as 1/share.
	share = 10
	// Without events somebody who watches sees the effects of a background
	// job this late.
	pollSoon = 5 * time.Second
	// Where nobody watches or nothing is running nobody waits for effects.
	pollLate = 30 * time.Second
)

// happened notes that something happened. It reports whether the time of the
// next look has changed.
func (s *schedule) happened(now time.Time) bool {
	s.event = now
	soon := now.Add(after[0])
	if earliest := s.last.Add(max(gap, share*s.cost)); soon.Before(earliest) && !s.last.IsZero() {
		soon = earliest
	}
	pending := s.stage == 0 && !s.due.IsZero() && s.due.Before(soon)
	s.stage = 0
	if pending {
		return false
	}
	s.due = soon
	return true
}

// pending reports whether a look is already near because of something that
// happened; what happens before it needs no notice.
func (s *schedule) pending() bool { return s.stage == 0 && !s.due.IsZero() }

// looked notes that a look has ended and sets the time of the next. Soon is whether
// somebody waits for what may happen without an event.
func (s *schedule) looked(began, now time.Time, soon bool) {
	s.last, s.cost = began, now.Sub(began)
	earliest := began.Add(max(gap, share*s.cost))
	for s.stage++; s.stage < len(after); s.stage++ {
		if due := s.event.Add(after[s.stage]); due.After(began) {
			s.due = later(due, earliest)
			return
		}
	}
	s.stage = len(after)
	poll := pollLate
	if soon {
		poll = pollSoon
	}
	s.due = later(now.Add(poll), earliest)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
