package lesson

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server/store"
)

// watch is the session's goroutine: it looks at the sandbox as the schedule says
// until the sandbox has ended.
func (s *Session) watch() {
	defer close(s.done)
	defer s.Notify()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var when schedule
	when.happened(time.Now()) // its shells are starting
	timer := time.NewTimer(time.Until(when.due))
	defer timer.Stop()
	used := uses{}
	for {
		activity := s.cfg.Sandbox.Activity()
		if when.pending() {
			activity = nil // a flood of output wakes nobody up between two looks
		}
		select {
		case <-s.cfg.Sandbox.Done():
			s.record(ctx)
			return
		case text := <-s.cfg.Sandbox.Notices():
			s.update(func(st *State) { st.notice(text) })
		case <-activity:
			if when.happened(time.Now()) {
				timer.Reset(time.Until(when.due))
			}
		case <-s.wake:
			if when.happened(time.Now()) {
				timer.Reset(time.Until(when.due))
			}
		case <-timer.C:
			began := time.Now()
			s.look(ctx, used)
			when.looked(began, time.Now(), s.watched() && busy(s.State().Snapshot))
			timer.Reset(time.Until(when.due))
		}
	}
}

// busy reports whether anything runs in a sandbox beside init and the shells
// themselves, which do nothing while nobody types.
func busy(snap *snapshot.Snapshot) bool {
	if snap == nil {
		return true
	}
	idle := map[int]bool{1: true}
	for _, sh := range snap.Shells {
		idle[sh.PID] = true
	}
	return slices.ContainsFunc(snap.Processes, func(p snapshot.Process) bool { return !idle[p.PID] })
}

// look takes a snapshot, evaluates the checks, publishes what has changed and
// records what was passed.
func (s *Session) look(ctx context.Context, used uses) {
	began := time.Now()
	snap, err := s.snapshot(ctx)
	if err != nil {
		s.cannotLook(err)
		return
	}
	taken := time.Now()
	old := s.State()
	checks := evaluate(old.Lab, snap, old.Checks)
	if s.cfg.Took != nil {
		s.cfg.Took(taken.Sub(began), time.Since(taken))
	}
	s.publish(old, snap, checks)
	if texts := used.reached(snap.Usage); len(texts) > 0 {
		s.update(func(st *State) {
			for _, text := range texts {
				st.notice(text)
			}
		})
	}
	for _, c := range checks {
		if c.Passed && s.cfg.Store != nil && !wasPassed(old.Checks, c.ID) {
			s.owe(store.Item{Learner: s.cfg.Learner, Lab: old.Lab.ID, ID: c.ID})
		}
	}
	s.record(ctx)
}

func wasPassed(checks []Check, id string) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.ID == id && c.Passed })
}

// publish replaces the state by what was seen, unless nothing has changed but the
// time.
func (s *Session) publish(old State, snap *snapshot.Snapshot, checks []Check) {
	same := equal(old.Snapshot, snap)
	if same && reflect.DeepEqual(old.Checks, checks) {
		return
	}
	s.update(func(st *State) {
		if !same {
			st.Snapshot = snap
		}
		// A newer text of the lab may have come meanwhile; then the
		// next look is near, and this one was of the old text.
		if st.Lab == old.Lab {
			st.Checks = checks
		}
		if snap.Truncated && (old.Snapshot == nil || !old.Snapshot.Truncated) {
			st.notice("There is more in this sandbox than can be looked at, so checks and the map may miss some of it.")
		}
	})
}

// equal reports whether two snapshots differ in nothing but when they were taken.
func equal(a, b *snapshot.Snapshot) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Taken, y.Taken = time.Time{}, time.Time{}
	return reflect.DeepEqual(x, y)
}

// cannotLook tells the learner, once, that checks stand still, unless that is
// because the sandbox ends.
func (s *Session) cannotLook(err error) {
	if _, ended := s.cfg.Sandbox.Ended(); ended || errors.Is(err, context.Canceled) {
		return
	}
	s.cfg.Log.Warn("cannot look at a sandbox", "sandbox", s.cfg.Sandbox.ID(), "err", err)
	const text = "The sandbox cannot be looked at just now, so checks stand still."
	if n := s.State().Notices; len(n) > 0 && n[len(n)-1] == text {
		return
	}
	s.update(func(st *State) { st.notice(text) })
}

func (st *State) notice(text string) {
	st.Noticed++
	st.Notices = append(slices.Clone(st.Notices), text)
	if len(st.Notices) > maxNotices {
		st.Notices = st.Notices[1:]
	}
}
