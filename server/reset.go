package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"example.org/nslab/sandbox"
)

const (
	// resetWait bounds the wait for an old sandbox's end where there is no room
	// for two, and for its place.
	resetWait = 10 * time.Second
	// resetRetry is how often the place is tried for while somebody else's boot
	// has it: most of them hand over what they boot, but a boot may fail.
	resetRetry = 50 * time.Millisecond
)

// replaced is why an old sandbox ends that was reset.
var replaced = sandbox.Reason{Code: "deleted", Detail: "A fresh one took its place."}

// reset opens the same again and then ends the old one, so that who gets no new
// one keeps what they have; where all are taken, in the other order.
func (s *Server) reset(w http.ResponseWriter, r *http.Request) error {
	old, err := s.running(r)
	if err != nil {
		return err
	}
	if err := noBody(w, r); err != nil {
		return err
	}
	if !old.claim() {
		return refuse("sandbox-ended", "This sandbox is being replaced by a fresh one already.")
	}
	fresh, err := s.open(r.Context(), old.owner, old.order, s.takeInPlaceOf(old))
	if err != nil {
		old.unclaim()
		return err
	}
	old.sandbox.End(replaced)
	return s.created(w, fresh)
}

// takeInPlaceOf takes a sandbox past the line. Where all are taken it ends old and
// takes its place, which nobody else gets in between.
func (s *Server) takeInPlaceOf(old *seat) taking {
	return func(ctx context.Context, who learner) (*sandbox.Sandbox, error) {
		box, err := s.takeAny(ctx)
		if errors.Is(err, sandbox.ErrFull) {
			box, err = s.swap(ctx, old)
		}
		return box, s.whyNone(ctx, who, err)
	}
}

// swap ends old and takes its place. A client that goes away meanwhile has lost
// the old one, so that the fresh one is taken all the same.
func (s *Server) swap(ctx context.Context, old *seat) (*sandbox.Sandbox, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resetWait)
	defer cancel()
	given := s.swaps.join()
	box, err := s.swapFor(ctx, old, given)
	if late := s.swaps.leave(given); late != nil {
		if box == nil {
			return late, nil
		}
		late.End(sandbox.Reason{Code: "deleted", Detail: "Nobody was waiting for the sandbox any more."})
	}
	return box, err
}

// swapFor waits for old's end and takes what it leaves free, or what is given by
// somebody who took that meanwhile.
func (s *Server) swapFor(ctx context.Context, old *seat, given <-chan *sandbox.Sandbox) (*sandbox.Sandbox, error) {
	old.sandbox.End(replaced)
	select {
	case box := <-given:
		return box, nil
	case <-old.sandbox.Done():
	case <-ctx.Done():
		return nil, sandbox.ErrFull
	}
	retry := time.NewTicker(resetRetry)
	defer retry.Stop()
	for {
		box, err := s.cfg.Host.Take(ctx)
		if !errors.Is(err, sandbox.ErrFull) {
			return box, err
		}
		select {
		case box := <-given:
			return box, nil
		case <-retry.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// swaps is the resets that have given up their old sandbox and wait for its place.
// The host gives a place to whoever comes first; who comes between is to give what
// they got to one of these. It is safe for concurrent use.
type swaps struct {
	mu      sync.Mutex
	waiting []chan *sandbox.Sandbox // of capacity 1; oldest first
}

// join waits for a sandbox until one is given or leave is called.
func (w *swaps) join() chan *sandbox.Sandbox {
	w.mu.Lock()
	defer w.mu.Unlock()
	given := make(chan *sandbox.Sandbox, 1)
	w.waiting = append(w.waiting, given)
	return given
}

// leave ends the wait. It returns what was given and not received, or nil.
func (w *swaps) leave(given chan *sandbox.Sandbox) *sandbox.Sandbox {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = slices.DeleteFunc(w.waiting, func(c chan *sandbox.Sandbox) bool { return c == given })
	select {
	case box := <-given:
		return box
	default:
		return nil
	}
}

// give gives box to who has waited longest; false if nobody does.
func (w *swaps) give(box *sandbox.Sandbox) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return false
	}
	w.waiting[0] <- box
	w.waiting = w.waiting[1:]
	return true
}

// count is how many wait.
func (w *swaps) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
