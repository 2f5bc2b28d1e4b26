package labtest

import (
	"context"

	"example.org/nslab/labs"
)

// read plays the lab as a reader does: every command is clicked as printed, and
// what is still unmet where a check stands is solved. A program that goes on is
// interrupted when the next command is for its shell.
func (g *game) read(ctx context.Context) error {
	r := g.report
	p, err := g.sit(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	for _, step := range r.lab.Steps {
		for _, block := range step.Blocks {
			switch b := block.(type) {
			case *labs.Command:
				if err := p.interrupt(ctx, b.Shell); err != nil {
					return err
				}
				if err := p.typeLine(ctx, b.Line); err != nil {
					if err := r.mishap(b, reading, 0, "does not run as printed", err); err != nil {
						return err
					}
				}
			case *labs.Question:
				if err := p.ask(ctx, r, b, reading); err != nil {
					return err
				}
			case *labs.Check:
				if ok, err := p.pass(ctx, r, b); !ok || err != nil {
					return err
				}
			}
		}
	}
	return p.stillHold(ctx, r, reading)
}

// pass demands that a check is met by the commands above it, or else by its
// solution.
func (p *player) pass(ctx context.Context, r *report, c *labs.Check) (ok bool, err error) {
	now, err := p.look(ctx, c)
	if err != nil {
		return false, err
	}
	if !now.Met && !p.stands(c.ID).Passed {
		for _, l := range c.Solution {
			if err := p.interrupt(ctx, l.Shell); err != nil {
				return false, err
			}
			if err := p.typeLine(ctx, l); err != nil {
				return false, r.mishap(c, reading, 0, "its solution cannot be typed", err)
			}
		}
	}
	return p.mustTurn(ctx, r, c, reading)
}
