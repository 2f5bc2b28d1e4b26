package labs

import (
	"fmt"

	"github.com/google/cel-go/cel"
)

// Check is one exercise: a condition over the sandbox's state, with help. What
// it gave for a learner is a Result, and kept elsewhere.
type Check struct {
	ID string
	// Goal says what to do.
	Goal HTML
	// Holds marks a check that must still hold: it can turn back.
	Holds bool
	// Hints are in order; those with a condition are in Result when it holds.
	Hints []Hint
	// Solution is what a learner types; none for a check that holds anyway.
	Solution []Line
	// Near are near-misses, for the lab's test.
	Near []Near

	met *expression
	saw *Template
}

// Near is what must not pass: typed after the solutions of the checks before,
// it must leave its check unmet.
type Near struct {
	// Why says in a sentence why it must not pass.
	Why   string
	Lines []Line
}

// Result is what a check gave for one state.
type Result struct {
	Met bool
	// Saw is plain text that says what the check saw; "" if it says nothing.
	Saw string
	// Hints are those whose condition holds; none when Met.
	Hints []HTML
}

// Eval evaluates the check. It is safe for concurrent use. What the sandbox
// lacks makes a check unmet and is no error; the error is for the lab's
// author, and leaves Met false.
func (c *Check) Eval(s *State) (Result, error) {
	var out Result
	met, err := c.met.holds(s)
	if err != nil {
		return out, fmt.Errorf("labs: check %s: %w", c.ID, err)
	}
	out.Met = met
	if c.saw != nil {
		out.Saw = c.saw.show(s)
	}
	if met {
		return out, nil
	}
	for _, h := range c.Hints {
		if h.when == nil {
			continue
		}
		holds, err := h.when.holds(s)
		if err != nil {
			return Result{}, fmt.Errorf("labs: check %s: a hint: %w", c.ID, err)
		}
		if holds {
			out.Hints = append(out.Hints, h.HTML)
		}
	}
	return out, nil
}

// check reads the body of a check; nil after a mistake.
func (a *author) check(info, body span) *Check {
	out := &Check{ID: a.id(info)}
	m, ok := a.parseYAML(body, "a check", "goal", "met", "saw", "hints", "solution", "holds", "near")
	if !ok {
		return nil
	}
	m.require("goal", "met", "hints")
	if goal, ok := m.text("goal"); ok {
		out.Goal = a.fragment(goal, a.site)
	}
	if met, ok := m.text("met"); ok {
		out.met = a.compile(a.envs.check, met, cel.BoolType)
	}
	if saw, ok := m.text("saw"); ok {
		out.saw = a.template(a.envs.check, saw)
	}
	out.Holds = m.flag("holds")
	out.Hints = a.hints(m, a.envs.check)
	if m.has("hints") && len(m.list("hints")) == 0 {
		a.add(m.place("hints"), "A check has at least one hint.", "Write \"- text: …\".")
	}
	out.Solution = a.typed(m, "solution")
	if !out.Holds {
		m.require("solution")
	}
	for _, n := range m.list("near") {
		near, ok := m.mapping(n, "a near-miss", "why", "type")
		if !ok || !near.require("why", "type") {
			continue
		}
		out.Near = append(out.Near, Near{Why: near.plainText("why", maxSummary), Lines: a.typed(near, "type")})
	}
	return out
}
