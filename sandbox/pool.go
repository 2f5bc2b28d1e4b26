//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Take returns a booted sandbox that nobody has used: from the pool if it has
// one, else by booting it now. The caller ends it with End. The error is
// ErrNoCapacity, ErrEnded, or why the boot failed.
func (h *Host) Take(ctx context.Context) (*Sandbox, error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, ErrEnded
	}
	if h.taken >= h.max {
		h.mu.Unlock()
		return nil, ErrFull
	}
	h.taken++
	h.wait.Add(1) // Close waits for the boot that may follow
	defer h.wait.Done()
	var s *Sandbox
	for s == nil && len(h.ready) > 0 {
		s, h.ready = h.ready[0], h.ready[1:]
		if _, ended := s.Ended(); ended {
			s = nil
		}
	}
	h.mu.Unlock()
	h.busy.Store(time.Now().UnixNano())
	h.wake()

	if s == nil {
		var err error
		if s, err = h.boot(); err != nil {
			h.mu.Lock()
			h.taken--
			h.mu.Unlock()
			return nil, err
		}
	}
	s.taken.Store(true)
	select {
	case <-s.Done(): // it died between the pool and here; forget has not seen taken
		h.release(s)
		return nil, fmt.Errorf("sandbox: it ended while it was being taken: %w", ErrEnded)
	default:
	}
	if err := ctx.Err(); err != nil { // whoever asked has gone
		s.End(Reason{Code: "deleted", Detail: "Nobody was waiting for the sandbox any more."})
		return nil, err
	}
	return s, nil
}

// fill keeps the pool full until the host closes.
func (h *Host) fill() {
	for {
		select {
		case <-h.refill:
		case <-h.stopped.Done():
			return
		}
		for h.wants() {
			if !h.pause() {
				return
			}
			s, err := h.boot()
			if h.stopped.Err() != nil {
				return
			}
			if err != nil {
				if !errors.Is(err, ErrNoMemory) {
					h.log.Error("cannot boot a sandbox for the pool", "err", err)
				}
				select {
				case <-time.After(bootRetry):
					continue
				case <-h.stopped.Done():
					return
				}
			}
			h.mu.Lock()
			h.ready = append(h.ready, s)
			h.mu.Unlock()
		}
	}
}

// wants reports whether the pool should have one more.
func (h *Host) wants() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed && len(h.ready) < h.pool && h.taken+len(h.ready) < h.max
}

// pause lets those go first who wait for a sandbox or a shell: it returns when
// for a moment nobody has, or after some time. It returns false when the host
// closes.
func (h *Host) pause() bool {
	deadline := time.NewTimer(politeness)
	defer deadline.Stop()
	tick := time.NewTicker(quietTime / 4)
	defer tick.Stop()
	for h.starting.Load() > 0 || time.Since(time.Unix(0, h.busy.Load())) < quietTime {
		select {
		case <-tick.C:
		case <-deadline.C:
			return true
		case <-h.stopped.Done():
			return false
		}
	}
	return h.stopped.Err() == nil
}

func (h *Host) wake() {
	select {
	case h.refill <- struct{}{}:
	default:
	}
}

// Ready returns nil when a sandbox can be started, else why not.
func (h *Host) Ready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return ErrEnded
	case h.taken >= h.max:
		return ErrFull
	case len(h.ready) > 0:
		return nil
	case h.boots != nil:
		return h.boots
	}
	return h.memory.now().room()
}

// Stats counts the host's sandboxes.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Taken: h.taken, Pooled: len(h.ready), Booted: h.booted}
}

// release gives back what a sandbox occupied.
func (h *Host) release(s *Sandbox) {
	if s.taken.CompareAndSwap(true, false) {
		h.mu.Lock()
		h.taken--
		h.mu.Unlock()
		h.wake()
	}
}

// forget removes an ended sandbox from the host's books.
func (h *Host) forget(s *Sandbox) {
	h.mu.Lock()
	delete(h.all, s.id)
	for i, r := range h.ready {
		if r == s {
			h.ready = append(h.ready[:i:i], h.ready[i+1:]...)
			break
		}
	}
	h.slots.give(s.slot)
	h.mu.Unlock()
	h.release(s)
	h.wake()
}

// slots hands out small numbers, the smallest free one first.
type slots struct{ used []bool }

func (s *slots) take() int {
	for i, used := range s.used {
		if !used {
			s.used[i] = true
			return i
		}
	}
	s.used = append(s.used, true)
	return len(s.used) - 1
}

func (s *slots) give(i int) { s.used[i] = false }
