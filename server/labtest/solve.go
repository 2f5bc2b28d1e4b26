package labtest

import (
	"context"
	"fmt"

	"example.org/nslab/labs"
)

// solve plays the lab as its author solves it: only the solutions are typed. Once
// a solution does not work, what follows is not played, for it builds on it.
func (g *game) solve(ctx context.Context) error {
	r := g.report
	p, err := g.sit(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	free, err := p.begin(ctx, r)
	if err != nil {
		return err
	}
	for _, step := range r.lab.Steps {
		for _, block := range step.Blocks {
			switch b := block.(type) {
			case *labs.Question:
				if err := p.ask(ctx, r, b, solving); err != nil {
					return err
				}
			case *labs.Check:
				if ok, err := p.solve(ctx, r, b, free[b]); !ok || err != nil {
					return err
				}
			}
		}
	}
	return p.stillHold(ctx, r, solving)
}

// begin demands that nothing is met before anybody has typed: a learner who has
// done nothing has earned nothing. It returns what is.
func (p *player) begin(ctx context.Context, r *report) (free map[*labs.Check]bool, err error) {
	free = map[*labs.Check]bool{}
	for _, c := range r.lab.Checks() {
		now, err := p.look(ctx, c)
		if err != nil {
			return nil, err
		}
		if now.Met {
			free[c] = true
			r.add(c, solving, fault{solvers: true, words: "is met in a fresh sandbox, before anything is typed", detail: sawDetail(now.Saw)})
		}
	}
	return free, nil
}

// solve demands that a check is unmet before its solution, unless it was free, and
// met after it.
func (p *player) solve(ctx context.Context, r *report, c *labs.Check, free bool) (ok bool, err error) {
	before, err := p.look(ctx, c)
	if err != nil {
		return false, err
	}
	if !free && len(c.Solution) > 0 && (before.Met || p.stands(c.ID).Passed) {
		r.add(c, solving, fault{solvers: true, words: "is met before its solution is typed", detail: sawDetail(before.Saw)})
	}
	if err := p.typeLines(ctx, c.Solution); err != nil {
		return false, r.mishap(c, solving, 0, "its solution cannot be typed", err)
	}
	return p.mustTurn(ctx, r, c, solving)
}

// mustTurn waits for a check to turn, and records what it sees if it does not.
func (p *player) mustTurn(ctx context.Context, r *report, c *labs.Check, w way) (ok bool, err error) {
	r.reach(c, w)
	ok, err = p.turns(ctx, c)
	if ok || err != nil {
		return ok, err
	}
	now, err := p.look(ctx, c)
	if err != nil {
		return false, err
	}
	detail := sawDetail(now.Saw)
	for _, h := range now.Hints {
		detail = append(detail, "hint: "+text(h))
	}
	for _, s := range p.screens {
		detail = append(detail, fmt.Sprintf("shell %s:", s.shell.Title()))
		detail = append(detail, screenful(s.text())...)
	}
	words := "is not met by its solution"
	switch {
	case now.Met:
		words = fmt.Sprintf("is met, but nobody saw it turn within %v", p.wait)
	case len(c.Solution) == 0:
		words = "does not hold, and has no solution"
	}
	r.add(c, w, fault{words: words, detail: detail})
	return false, nil
}

// ask gives a question its wrong answers, then its right ones, where it stands.
func (p *player) ask(ctx context.Context, r *report, q *labs.Question, w way) error {
	r.reach(q, w)
	if err := p.settle(ctx); err != nil {
		return err
	}
	state, err := p.state(ctx)
	if err != nil {
		return err
	}
	wrong, err := q.Wrong(state)
	if err != nil {
		r.add(q, w, fault{words: fmt.Sprintf("its wrong answers cannot be computed: %v", err)})
	}
	for _, answer := range wrong {
		switch j, err := p.session.Answer(ctx, q.ID, answer); {
		case err != nil:
			r.add(q, w, fault{words: fmt.Sprintf("the wrong answer %q cannot be judged: %v", answer, err)})
		case j.Correct:
			r.add(q, w, fault{words: fmt.Sprintf("accepts the wrong answer %q", answer)})
		}
	}
	right, err := q.Right(state)
	if err != nil {
		r.add(q, w, fault{words: fmt.Sprintf("its right answer cannot be computed: %v", err)})
	}
	for _, answer := range right {
		switch j, err := p.session.Answer(ctx, q.ID, answer); {
		case err != nil:
			r.add(q, w, fault{words: fmt.Sprintf("the right answer %q cannot be judged: %v", answer, err)})
		case !j.Correct:
			r.add(q, w, fault{words: fmt.Sprintf("refuses the right answer %q", answer)})
		}
	}
	return ctx.Err()
}

// stillHold demands of the checks that must hold that they do at the end.
func (p *player) stillHold(ctx context.Context, r *report, w way) error {
	for _, c := range r.lab.Checks() {
		if !c.Holds {
			continue
		}
		now, err := p.look(ctx, c)
		if err != nil {
			return err
		}
		if !now.Met {
			r.add(c, w, fault{words: "must hold, but does not at the end of the lab", detail: sawDetail(now.Saw)})
		}
	}
	return nil
}

func sawDetail(saw string) []string {
	if saw == "" {
		return nil
	}
	return []string{"saw: " + saw}
}
