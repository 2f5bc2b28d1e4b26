package server

import (
	"slices"
	"sync"
	"time"
)

const (
	// askAgain is how soon somebody who waits should ask again: the page does so
	// by itself.
	askAgain = 5 * time.Second
	// awake is how long after they last asked somebody is waited for. Who has
	// not asked for longer is passed over, but keeps the place: browsers slow
	// down pages that nobody looks at.
	awake = 3 * askAgain
	// placeKept is how long a place is kept for somebody who does not ask.
	placeKept = 3 * time.Minute
	// maxQueue bounds the places. Who comes when all are taken gets none, and
	// waits without.
	maxQueue = 1000
	// endsKept bounds the ends that the pace is reckoned from, and paceOver how
	// old they may be.
	endsKept = 50
	paceOver = 30 * time.Minute
)

// queue is the line of learners for whom there is no sandbox, first come, first
// served. A place is the learner's, so that their cookie is the ticket. It is
// safe for concurrent use; the zero value is an empty line.
type queue struct {
	mu     sync.Mutex
	places []waiting   // in order
	ends   []time.Time // of sandboxes, oldest first
}

// waiting is one learner in the line.
type waiting struct {
	who  learner
	seen time.Time // when they last asked
}

// ask says whether it is who's turn, when there is room for so many: then the
// position is 0. Otherwise who has, from now on if not already, a place in the
// line, and the position is how many of those that are awake stand there up to
// and with who.
func (q *queue) ask(who learner, room int, now time.Time) (position int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.places = slices.DeleteFunc(q.places, func(w waiting) bool { return now.Sub(w.seen) > placeKept })
	at := slices.IndexFunc(q.places, func(w waiting) bool { return w.who == who })
	if at < 0 {
		at = len(q.places)
		if at < maxQueue {
			q.places = append(q.places, waiting{who: who})
		}
	}
	if at < len(q.places) {
		q.places[at].seen = now
	}
	position = 1
	for _, w := range q.places[:at] {
		if now.Sub(w.seen) <= awake {
			position++
		}
	}
	if position <= room {
		return 0
	}
	return position
}

// leave gives who's place up: they have a sandbox, or do not want one.
func (q *queue) leave(who learner) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.places = slices.DeleteFunc(q.places, func(w waiting) bool { return w.who == who })
}

// ended notes that a sandbox has ended.
func (q *queue) ended(now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ends = append(q.ends, now); len(q.ends) > endsKept {
		q.ends = q.ends[1:]
	}
}

// pace is how long it has taken on average for a sandbox to end; false where too
// few have ended lately to tell.
func (q *queue) pace(now time.Time) (time.Duration, bool) {
	const fewest = 3
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ends = slices.DeleteFunc(q.ends, func(t time.Time) bool { return now.Sub(t) > paceOver })
	if len(q.ends) < fewest {
		return 0, false
	}
	return now.Sub(q.ends[0]) / time.Duration(len(q.ends)), true
}

// expectedWait is how long somebody at that position will wait: until so many
// sandboxes have ended, at the pace of late, and at the latest when their time is
// over, which is how they are given, in any order. 0 where nothing tells.
func expectedWait(position int, pace time.Duration, known bool, left []time.Duration) time.Duration {
	var wait time.Duration
	if known {
		wait = pace * time.Duration(position)
	}
	if len(left) == 0 {
		return wait
	}
	left = slices.Clone(left)
	slices.Sort(left)
	// Beyond the last of them a whole round is over, and the next begins.
	rounds, i := (position-1)/len(left), (position-1)%len(left)
	latest := left[i] + time.Duration(rounds)*lease
	if !known {
		return latest
	}
	return min(wait, latest)
}
