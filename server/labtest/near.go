package labtest

import (
	"context"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"

	"example.org/nslab/labs"
)

// miss plays the i-th near-miss of a check: it is typed after the solutions of the
// checks before its own, in a sandbox for itself, and must leave its check unmet.
// Where a solution before it does not work it says nothing, for solve does.
func (g *game) miss(ctx context.Context, c *labs.Check, i int) error {
	r, n := g.report, c.Near[i]
	line := r.places.near(c, i)
	p, err := g.sit(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	for _, before := range r.lab.Checks() {
		if before == c {
			break
		}
		if err := p.typeLines(ctx, before.Solution); err != nil {
			return ignoreMishap(err)
		}
		if ok, err := p.turns(ctx, before); !ok || err != nil {
			return err
		}
	}
	if err := p.typeLines(ctx, n.Lines); err != nil {
		return r.mishap(c, erring, line, "a near-miss cannot be typed", err)
	}
	now, err := p.look(ctx, c)
	if err != nil {
		return err
	}
	if now.Met || !c.Holds && p.stands(c.ID).Passed {
		r.add(c, erring, fault{
			line: line, words: fmt.Sprintf("is met by a near-miss: %s", n.Why),
			detail: append(typed(n.Lines), sawDetail(now.Saw)...),
		})
	}
	if len(now.Hints) > 0 {
		r.hinted(c)
	}
	return nil
}

// ignoreMishap drops a lab's mistake that is reported elsewhere.
func ignoreMishap(err error) error {
	var m *mishap
	if errors.As(err, &m) {
		return nil
	}
	return err
}

func typed(lines []labs.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, "typed in "+l.Shell+": "+l.Text.String())
	}
	return out
}

var tags = regexp.MustCompile(`<[^>]*>`)

// text is what a reader sees of a piece of HTML that labs made.
func text(h labs.HTML) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(string(h), ""))), " ")
}
