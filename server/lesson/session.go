// Package lesson brings a sandbox and a lab together.
//
// A [Session] looks at its sandbox whenever something happens in it, evaluates
// the lab's checks, remembers what the learner has passed and answered, and tells
// those who [Session.Subscribe]. It knows nothing of HTTP: the server shows
// sessions to browsers, and package labtest plays labs in them.
package lesson

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server/store"
)

// The reasons why a session refuses.
var (
	ErrEnded      = errors.New("lesson: the sandbox has ended")
	ErrNoLab      = errors.New("lesson: the session has no lab")
	ErrNoQuestion = errors.New("lesson: no such question in the lab")
	ErrNoBlock    = errors.New("lesson: no such command or check in the lab")
)

// Config is what a session is made of. Sandbox is required.
type Config struct {
	Sandbox *sandbox.Sandbox
	// Lab is nil in a sandbox without a lesson.
	Lab *labs.Lab
	// Store and Learner say where progress goes; nowhere if Store is nil.
	Store   *store.Store
	Learner string
	// Log is slog.Default() if nil.
	Log *slog.Logger
	// Took, if not nil, is told how long each look at the sandbox took.
	Took func(snapshot, checks time.Duration)
}

// Session is one sandbox with one lab. It is safe for concurrent use. It lives as
// long as its sandbox and ends by itself.
type Session struct {
	cfg  Config
	wake chan struct{} // capacity 1: look now
	done chan struct{} // closed when the session's goroutine has returned

	mu    sync.Mutex // guards what follows
	state State
	subs  map[*Subscription]struct{}
	owed  map[store.Item]struct{} // what the store must still be told
	keeps bool                    // the store took what it was told last

	// judging serialises answers, so that tries are counted one by one.
	judging sync.Mutex
}

// State is what a session knows at one instant. It is immutable: its parts may be
// kept and compared, and must not be changed.
type State struct {
	Lab *labs.Lab
	// Snapshot is nil before the first look.
	Snapshot *snapshot.Snapshot
	// Checks has an element for each check of the lab, in order.
	Checks []Check
	// Answers has the newest answer to each question that was answered, in
	// the order of the first answers.
	Answers []Answer
	// Notices are sentences that the learner should know, oldest first, at
	// most maxNotices; Noticed counts all there ever were.
	Notices []string
	Noticed int
}

// Check is how one check of the lab stands.
type Check struct {
	ID string
	// Met is whether its condition holds now, Passed whether it has ever held
	// in this session or, for one that must still hold, whether it does.
	Met, Passed bool
	// Saw is what it saw, plain text; Hints are the conditional ones that hold
	// now, HTML.
	Saw   string
	Hints []string
}

// Answer is the newest answer to a question.
type Answer struct {
	Question, Answer string
	Correct          bool
	// Tries counts the answers in this session.
	Tries int
}

// maxNotices is how many notices a state carries, for clients that fell behind.
const maxNotices = 8

// Start starts a session, which looks at its sandbox for the first time at once.
func Start(cfg Config) *Session {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	s := &Session{
		cfg:  cfg,
		wake: make(chan struct{}, 1),
		done: make(chan struct{}),
		subs: map[*Subscription]struct{}{},
		owed: map[store.Item]struct{}{}, keeps: true,
	}
	s.state = State{Lab: cfg.Lab, Checks: carry(cfg.Lab, nil)}
	go s.watch()
	return s
}

// Done is closed when the sandbox has ended and the session's goroutine with it.
func (s *Session) Done() <-chan struct{} { return s.done }

// State returns the newest state.
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// SetLab replaces the lab by a newer text of it. What was passed and answered
// stays, by id.
func (s *Session) SetLab(lab *labs.Lab) {
	s.update(func(st *State) {
		st.Lab = lab
		st.Checks = carry(lab, st.Checks)
	})
	s.Look()
}

// Look makes the session look at its sandbox soon, although nothing has happened
// that it would notice.
func (s *Session) Look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// carry returns the checks of a lab, standing as the ones with the same ids in old
// do.
func carry(lab *labs.Lab, old []Check) []Check {
	if lab == nil {
		return nil
	}
	was := map[string]Check{}
	for _, c := range old {
		was[c.ID] = c
	}
	checks := make([]Check, 0, len(lab.Checks()))
	for _, c := range lab.Checks() {
		k, ok := was[c.ID]
		if !ok {
			k = Check{ID: c.ID}
		}
		checks = append(checks, k)
	}
	return checks
}

// update changes the state and tells the subscribers. change gets a copy whose
// slices it must replace, not write into.
func (s *Session) update(change func(*State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
	s.tellLocked()
}

// snapshotWait bounds one look: a snapshot takes milliseconds, and one that takes
// seconds is of a machine that is going under.
const snapshotWait = 5 * time.Second

// snapshot looks at the sandbox.
func (s *Session) snapshot(ctx context.Context) (*snapshot.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, snapshotWait)
	defer cancel()
	return s.cfg.Sandbox.Snapshot(ctx)
}
