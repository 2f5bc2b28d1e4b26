package server

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"example.org/nslab/sandbox"
)

const (
	// keepEnded is how long an ended sandbox still tells why it ended.
	keepEnded = 10 * time.Minute
	// maxEnded bounds how many do, for somebody may start and end them in a
	// loop.
	maxEnded = 1000
	// maxOwn is how many sandboxes one browser may have at once: more than
	// anybody keeps in mind, and few enough to leave some to others.
	maxOwn = 8
)

// serverStops is why all sandboxes end when the server does.
var serverStops = sandbox.Reason{Code: "server", Detail: "The server was stopped."}

// seats is all sandboxes that learners have taken, and those that have just
// ended. It is safe for concurrent use.
type seats struct {
	finished func(*seat) // called once for each, when it has ended

	running sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	byID    map[string]*seat
	past    []past          // oldest first
	opening map[learner]int // sandboxes that are being opened
}

type past struct {
	id string
	at time.Time
}

func newSeats(finished func(*seat)) *seats {
	return &seats{finished: finished, byID: map[string]*seat{}, opening: map[learner]int{}}
}

// enter lets who open one more sandbox until leave is called. An error is a
// *problem: who has as many as one may have. Programs with the token are one
// learner together, and are not counted.
func (s *seats) enter(who learner) (leave func(), err error) {
	if who == bearer {
		return func() {}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.opening[who]
	for _, t := range s.byID {
		if _, ended := t.ended(); !ended && t.owner == who {
			own++
		}
	}
	if own >= maxOwn {
		return nil, refuse("too-many-sandboxes", "You have %d sandboxes, as many as one may have. End one of them first: the catalogue lists them.", maxOwn)
	}
	s.opening[who]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.opening[who]--; s.opening[who] == 0 {
			delete(s.opening, who)
		}
	}, nil
}

// add takes t in and runs its clock. It reports false when the server stops; then
// t is the caller's to end.
func (s *seats) add(t *seat) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sweepLocked(time.Now())
	s.byID[t.id()] = t
	s.running.Go(func() {
		t.run()
		s.finished(t)
		s.mu.Lock()
		s.past = append(s.past, past{t.id(), time.Now()})
		s.mu.Unlock()
	})
	return true
}

// sweepLocked forgets what ended long ago.
func (s *seats) sweepLocked(now time.Time) {
	n := 0
	for n < len(s.past) && (len(s.past)-n > maxEnded || now.Sub(s.past[n].at) > keepEnded) {
		delete(s.byID, s.past[n].id)
		n++
	}
	s.past = slices.Delete(s.past, 0, n)
}

// find returns the seat with that id if it is who's.
func (s *seats) find(who learner, id string) (*seat, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweepLocked(time.Now())
	t, ok := s.byID[id]
	if !ok || t.owner != who {
		return nil, false
	}
	return t, true
}

// alive returns all that still run, oldest first.
func (s *seats) alive() []*seat {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*seat
	for _, t := range s.byID {
		if _, ended := t.ended(); !ended {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *seat) int {
		// clock.started never changes, so it needs no lock.
		return cmp.Or(a.clock.started.Compare(b.clock.started), cmp.Compare(a.id(), b.id()))
	})
	return list
}

// close ends all sandboxes and waits until they have, or for ctx.
func (s *seats) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, t := range s.alive() {
		t.sandbox.End(serverStops)
	}
	return wait(ctx, &s.running)
}

// wait waits for wg or for ctx.
func wait(ctx context.Context, wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
