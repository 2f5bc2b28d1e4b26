package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
)

// errStopping is what everybody is told who comes while the server stops.
var errStopping = &problem{code: "stopping", detail: "The server is being stopped. It may be back soon.", retry: 5 * time.Second}

// plan turns an order into the shells to start, and the lab if it names one.
func (s *Server) plan(o order) (*labs.Lab, []sandbox.ShellSpec, error) {
	if o.lab == "" {
		return nil, []sandbox.ShellSpec{{
			Title: shellTitle(o.namespaces), Namespaces: o.namespaces, Cols: o.cols, Rows: o.rows,
		}}, nil
	}
	lab, err := s.lab(o.lab)
	if err != nil {
		return nil, nil, err
	}
	var specs []sandbox.ShellSpec
	for _, sh := range lab.Shells {
		specs = append(specs, sandbox.ShellSpec{Title: sh.Title, Namespaces: sh.Namespaces, Cols: o.cols, Rows: o.rows})
	}
	return lab, specs, nil
}

// shellTitle is what a shell is called that nobody named: by what it is born with.
func shellTitle(namespaces []snapshot.Type) string {
	if len(namespaces) == 0 {
		return "shell"
	}
	var names []string
	for _, t := range namespaces {
		names = append(names, string(t))
	}
	return strings.Join(names, "-")
}

// retryLatest is the Retry-After of what nobody knows the end of.
const retryLatest = time.Minute

// taking takes a sandbox for a learner.
type taking func(ctx context.Context, who learner) (*sandbox.Sandbox, error)

// takeInTurn takes a sandbox if there is one and nobody has waited for it longer,
// or tells the learner their place in the line.
func (s *Server) takeInTurn(ctx context.Context, who learner) (*sandbox.Sandbox, error) {
	room := max(0, s.cfg.Host.Room()-s.swaps.count())
	if position := s.queue.ask(who, room, time.Now()); position > 0 {
		return nil, s.mustWait(position, s.cfg.Host.Ready())
	}
	box, err := s.takeAny(ctx)
	if err != nil {
		return nil, s.whyNone(ctx, who, err)
	}
	s.queue.leave(who)
	return box, nil
}

// takeAny takes a sandbox that nobody else has more right to.
func (s *Server) takeAny(ctx context.Context) (*sandbox.Sandbox, error) {
	for {
		box, err := s.cfg.Host.Take(ctx)
		if err != nil || !s.swaps.give(box) {
			return box, err
		}
	}
}

// whyNone is what a learner is told who could not take a sandbox because of err;
// nil if that is nil.
func (s *Server) whyNone(ctx context.Context, who learner, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sandbox.ErrNoCapacity):
		return s.mustWait(max(1, s.queue.ask(who, 0, time.Now())), err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	s.log.Error("cannot start a sandbox", "err", err)
	p := refuse("not-ready", "%s", cannotStart)
	p.retry = retryLatest
	return p
}

// cannotStart is what people are told of a boot that fails: its error is for who
// keeps the server.
const cannotStart = "This server cannot start a sandbox just now. Its log says why; so does `nslab doctor`."

// noRoom says why there is no room.
func noRoom(why error) string {
	if errors.Is(why, sandbox.ErrNoMemory) {
		return "This server is short of memory just now and starts no more sandboxes."
	}
	return "All sandboxes of this server are taken."
}

// mustWait is what a learner at that position is told.
func (s *Server) mustWait(position int, why error) *problem {
	text := noRoom(why) + " Somebody will leave; the lesson can be read meanwhile."
	now := time.Now()
	var left []time.Duration
	for _, t := range s.seats.alive() {
		_, expires, _ := t.times()
		left = append(left, max(0, expires.Sub(now)))
	}
	pace, known := s.queue.pace(now)
	p := refuse("no-capacity", "%s", text)
	p.retry, p.position, p.wait = askAgain, position, expectedWait(position, pace, known, left)
	return p
}
