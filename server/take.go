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

// The bounds of Retry-After when there is no room: nobody knows how soon somebody
// leaves, so ask again within a minute.
const (
	retrySoonest = 5 * time.Second
	retryLatest  = time.Minute
)

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

// take takes a sandbox, or says when to ask again.
func (s *Server) take(ctx context.Context) (*sandbox.Sandbox, error) {
	box, err := s.cfg.Host.Take(ctx)
	switch {
	case err == nil:
		return box, nil
	case errors.Is(err, sandbox.ErrNoCapacity):
		p := refuse("no-capacity", "All sandboxes of this server are taken. Somebody will leave; the lesson can be read meanwhile.")
		p.retry = s.room(time.Now())
		return nil, p
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	s.log.Error("cannot start a sandbox", "err", err)
	p := refuse("not-ready", "This server cannot start a sandbox just now. Its log says why; so does `nslab doctor`.")
	p.retry = retryLatest
	return nil, p
}

// room guesses how long until a sandbox's time is over.
func (s *Server) room(now time.Time) time.Duration {
	wait := retryLatest
	for _, t := range s.seats.alive() {
		_, expires, _ := t.times()
		wait = min(wait, expires.Sub(now))
	}
	return max(wait, retrySoonest)
}
