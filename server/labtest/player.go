package labtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/server/lesson"
)

// player is one learner: a sandbox with a lab in it, and somebody at its shells.
// It is for one goroutine, and needs closing.
type player struct {
	lab     *labs.Lab
	wait    time.Duration // how long a check may take to turn
	box     *sandbox.Sandbox
	session *lesson.Session
	news    *lesson.Subscription
	screens []*screen // those of lab.Shells, in order
}

// sit takes a sandbox and opens the lab's shells in it. The error is the host's,
// not the lab's.
func (g *game) sit(ctx context.Context) (*player, error) {
	lab := g.report.lab
	box, err := g.host.Take(ctx)
	if err != nil {
		return nil, err
	}
	p := &player{lab: lab, wait: g.wait, box: box}
	for _, s := range lab.Shells {
		sh, err := box.StartShell(ctx, sandbox.ShellSpec{Title: s.Title, Namespaces: s.Namespaces, Cols: 160, Rows: 40})
		if err != nil {
			p.close()
			return nil, fmt.Errorf("labtest: start shell %s of lab %s: %w", s.Title, lab.ID, err)
		}
		p.screens = append(p.screens, look(sh))
	}
	p.session = lesson.Start(lesson.Config{Sandbox: box, Lab: lab, Log: slog.New(slog.DiscardHandler)})
	p.news = p.session.Subscribe()
	return p, nil
}

// close ends the sandbox and waits until nothing of it is left.
func (p *player) close() {
	for _, s := range p.screens {
		s.close()
	}
	p.box.End(sandbox.Reason{Code: "deleted", Detail: "The lab has been played."})
	<-p.box.Done()
	if p.session != nil {
		p.news.Close()
		<-p.session.Done()
	}
}

// screen returns the terminal of the shell with that title; of the first for "".
func (p *player) screen(title string) *screen {
	i := slices.IndexFunc(p.screens, func(s *screen) bool { return s.shell.Title() == title })
	return p.screens[max(0, i)]
}

// mishap is why a line could not be typed or did not do what a line should. It is
// the lab's mistake.
type mishap struct {
	shell, text string
	reason      string
	screen      string // what the terminal shows
}

func (m *mishap) Error() string {
	return fmt.Sprintf("labtest: type %q in shell %s: %s", m.text, m.shell, m.reason)
}

// typeLines types lines, each once the shell has come to rest after the one
// before. The error is a *mishap or ctx's.
func (p *player) typeLines(ctx context.Context, lines []labs.Line) error {
	for _, l := range lines {
		if err := p.typeLine(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) typeLine(ctx context.Context, l labs.Line) error {
	s := p.screen(l.Shell)
	m := &mishap{shell: s.shell.Title(), text: l.Text.String()}
	if _, err := s.rest(ctx); err != nil {
		return err
	}
	text, err := p.fill(ctx, l.Text)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.reason, m.screen = err.Error(), s.text()
		return m
	}
	m.text = text
	m.screen = s.text()
	if err := s.typeText(ctx, text); err != nil {
		m.reason = err.Error()
		return m
	}
	mood, err := s.rest(ctx)
	if err != nil {
		return err
	}
	m.screen = s.text()
	if slip := slips.FindString(m.screen); slip != "" {
		m.reason = "the shell says: " + slip
		return m
	}
	if mood == incomplete {
		m.reason = "the shell waits for the rest of the command"
		return m
	}
	return nil
}

// fill computes a line, and waits a while for what it speaks of to be there.
func (p *player) fill(ctx context.Context, t *labs.Template) (string, error) {
	late := time.NewTimer(p.wait)
	defer late.Stop()
	for {
		state, err := p.state(ctx)
		if err != nil {
			return "", err
		}
		text, err := t.Fill(state)
		if err == nil || !errors.Is(err, labs.ErrNotNow) {
			return text, err
		}
		select {
		case <-p.news.C:
		case <-late.C:
			return "", err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// settle waits until every shell has come to rest.
func (p *player) settle(ctx context.Context) error {
	for _, s := range p.screens {
		if _, err := s.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// interrupt gives the shell its prompt back, from a program that goes on or a
// command that is not complete.
func (p *player) interrupt(ctx context.Context, title string) error {
	s := p.screen(title)
	mood, err := s.rest(ctx)
	if err != nil || mood != running && mood != incomplete {
		return err
	}
	if err := s.typeText(ctx, "^C"); err != nil {
		return err
	}
	_, err = s.rest(ctx)
	return err
}

// state looks at the sandbox now.
func (p *player) state(ctx context.Context) (*labs.State, error) {
	snap, err := p.box.Snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("labtest: look at the sandbox of lab %s: %w", p.lab.ID, err)
	}
	return labs.NewState(snap), nil
}

// stands says how the session sees a check.
func (p *player) stands(id string) lesson.Check {
	checks := p.session.State().Checks
	i := slices.IndexFunc(checks, func(c lesson.Check) bool { return c.ID == id })
	return checks[i]
}

// turns waits for the session to see a check pass, at most for a while.
func (p *player) turns(ctx context.Context, c *labs.Check) (bool, error) {
	late := time.NewTimer(p.wait)
	defer late.Stop()
	for {
		if p.stands(c.ID).Passed {
			return true, nil
		}
		select {
		case <-p.news.C:
		case <-late.C:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		case <-p.box.Done():
			reason, _ := p.box.Ended()
			return false, fmt.Errorf("labtest: the sandbox of lab %s has ended: %s", p.lab.ID, cmp.Or(reason.Detail, reason.Code))
		}
	}
}

// look evaluates a check now, once every shell has come to rest.
func (p *player) look(ctx context.Context, c *labs.Check) (labs.Result, error) {
	if err := p.settle(ctx); err != nil {
		return labs.Result{}, err
	}
	state, err := p.state(ctx)
	if err != nil {
		return labs.Result{}, err
	}
	return c.Eval(state)
}
