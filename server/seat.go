package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server/lesson"
)

// order is what a learner asked for: a lab, or one shell with namespaces of its
// own. A reset takes the same again.
type order struct {
	lab        string // "" without one
	namespaces []snapshot.Type
	cols, rows uint16
}

// seat is one learner's sandbox with its lesson and its clock.
type seat struct {
	sandbox *sandbox.Sandbox
	session *lesson.Session
	owner   learner
	order   order

	kick chan struct{} // capacity 1: the clock has changed

	mu      sync.Mutex // guards what follows
	clock   clock
	claimed bool // by a reset
}

func (t *seat) id() string { return t.sandbox.ID() }

// ended returns why the sandbox ended; false while it runs.
func (t *seat) ended() (sandbox.Reason, bool) { return t.sandbox.Ended() }

// seen notes a sign of the learner.
func (t *seat) seen() {
	t.mu.Lock()
	t.clock.seen = time.Now()
	t.mu.Unlock()
}

// maxSockets bounds the WebSockets of one sandbox: a page has one for each of its
// shells and one for events, and some people have two pages.
const maxSockets = 32

// connect notes an open socket until the returned function is called. While there
// is one, the sandbox is not idle. An error is a *problem: there are too many.
func (t *seat) connect() (disconnect func(), err error) {
	t.mu.Lock()
	defer t.ticked()
	defer t.mu.Unlock()
	if t.clock.sockets >= maxSockets {
		return nil, refuse("too-many-sockets", "This sandbox has %d connections, as many as one may have. Close some of its pages.", maxSockets)
	}
	t.clock.sockets++
	return func() {
		t.mu.Lock()
		t.clock.sockets--
		t.clock.seen = time.Now()
		t.mu.Unlock()
		t.ticked()
	}, nil
}

// claim lets one reset replace the sandbox; false while or after another does.
func (t *seat) claim() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.claimed {
		return false
	}
	t.claimed = true
	return true
}

// unclaim is for a reset that came to nothing.
func (t *seat) unclaim() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claimed = false
}

// extend moves the end; false when it cannot be moved further.
func (t *seat) extend() bool {
	t.mu.Lock()
	ok := t.clock.extend()
	t.mu.Unlock()
	t.ticked()
	return ok
}

// times returns when the sandbox was taken, when it ends, and how far that can be
// moved.
func (t *seat) times() (started, expires, latest time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.clock.started, t.clock.expires(), t.clock.latest
}

// ticked makes the clock's goroutine and those who show the clock look at it.
func (t *seat) ticked() {
	select {
	case t.kick <- struct{}{}:
	default:
	}
	t.session.Notify()
}

// run ends the sandbox when its time is over, and returns when it has ended, of
// whatever reason, with all that belongs to it.
func (t *seat) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-t.sandbox.Done():
			<-t.session.Done()
			return
		case <-t.kick:
		case <-timer.C:
		}
		t.mu.Lock()
		code, idle := t.clock.over(time.Now()), t.clock.idle
		wait := time.Until(t.clock.expires())
		lasted := t.clock.ends.Sub(t.clock.started)
		t.mu.Unlock()
		switch code {
		case "idle":
			t.sandbox.End(sandbox.Reason{Code: code, Detail: fmt.Sprintf("Nobody was here for %s.", span(idle))})
		case "lifetime":
			t.sandbox.End(sandbox.Reason{Code: code, Detail: fmt.Sprintf("Its time of %s was over.", span(lasted))})
		default:
			timer.Reset(wait)
		}
	}
}

// span is a duration in words.
func span(d time.Duration) string {
	unit := func(n int, word string) string {
		if n == 1 {
			return fmt.Sprintf("1 %s", word)
		}
		return fmt.Sprintf("%d %ss", n, word)
	}
	switch h, m := int(d.Hours()), int(d.Minutes()); {
	case d >= time.Hour && m%60 == 0:
		return unit(h, "hour")
	case d >= time.Minute:
		return unit(m, "minute")
	}
	return unit(int(d.Seconds()), "second")
}

// open takes a sandbox, starts its shells and its session. On an error nothing is
// left over.
func (s *Server) open(ctx context.Context, who learner, o order, take taking) (*seat, error) {
	lab, specs, err := s.plan(o)
	if err != nil {
		return nil, err
	}
	if s.stopping() {
		return nil, errStopping
	}
	box, err := take(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, spec := range specs {
		if _, err := s.startShell(ctx, box, spec); err != nil {
			box.End(sandbox.Reason{Code: "failed", Detail: "Its shells could not be started."})
			return nil, err
		}
	}
	t := &seat{
		sandbox: box,
		owner:   who,
		order:   o,
		kick:    make(chan struct{}, 1),
		clock:   newClock(time.Now(), s.cfg.IdleTimeout, s.cfg.MaxLifetime),
		session: lesson.Start(lesson.Config{
			Sandbox: box, Lab: lab, Store: s.store, Learner: string(who), Log: s.log, Took: s.metrics.looked,
		}),
	}
	if !s.seats.add(t) {
		box.End(serverStops)
		return nil, errStopping
	}
	s.log.Info("sandbox taken", "sandbox", t.id(), "lab", o.lab, "learner", who)
	return t, nil
}

// shellWait bounds the start of a shell, which takes milliseconds.
const shellWait = 15 * time.Second

// errNoAnswer is that init has not answered within shellWait.
var errNoAnswer = fmt.Errorf("%w: it has not answered within %s", sandbox.ErrRefused, shellWait)

// startShell starts one shell. It goes on when the client that asked has gone: to
// give up in the middle would cost the sandbox.
func (s *Server) startShell(ctx context.Context, box *sandbox.Sandbox, spec sandbox.ShellSpec) (*sandbox.Shell, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shellWait)
	defer cancel()
	sh, err := box.StartShell(ctx, spec)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errNoAnswer
	}
	if err != nil {
		return nil, fmt.Errorf("server: start the shell %q: %w", spec.Title, err)
	}
	s.metrics.shellStart.Observe(time.Since(began).Seconds())
	return sh, nil
}
