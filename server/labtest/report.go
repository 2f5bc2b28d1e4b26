package labtest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"example.org/nslab/labs"
)

// tailLines is how much of a terminal a report shows: enough to see what the shell
// answered.
const tailLines = 8

// way is how a lab was being played when something was seen.
type way int

const (
	solving way = iota
	reading
	erring
	ways
)

// when finishes a sentence about what was seen in one way of playing only.
func (w way) when() string {
	switch w {
	case solving:
		return " when only solutions are typed"
	case reading:
		return " when the commands are typed as printed"
	}
	return ""
}

// report collects what playing one lab showed, by block. It is safe for concurrent
// use.
type report struct {
	lab    *labs.Lab
	file   string
	places places

	mu      sync.Mutex // guards what follows
	faults  map[labs.Block][]fault
	reached map[labs.Block][ways]bool
	shown   map[*labs.Check]int // near-misses that showed a conditional hint
}

// fault is one mistake. Two with the same words are one that was seen in two ways.
type fault struct {
	line   int // of the file; 0 for the block's
	words  string
	detail []string
	// solvers is true for what only solving can show.
	solvers bool
	seen    [ways]bool
}

func newReport(lab *labs.Lab, file string) *report {
	return &report{
		lab: lab, file: file, places: findPlaces(file),
		faults: map[labs.Block][]fault{}, reached: map[labs.Block][ways]bool{}, shown: map[*labs.Check]int{},
	}
}

// reach notes that a check or a question was played.
func (r *report) reach(b labs.Block, w way) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reached := r.reached[b]
	reached[w] = true
	r.reached[b] = reached
}

// add records a fault; its detail is shown below it, line by line.
func (r *report) add(b labs.Block, w way, f fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.faults[b], func(g fault) bool { return g.line == f.line && g.words == f.words })
	if i < 0 {
		i = len(r.faults[b])
		r.faults[b] = append(r.faults[b], f)
	}
	g := &r.faults[b][i]
	if w == solving { // whichever came first: the report is the same each time
		g.detail = f.detail
	}
	g.seen[w] = true
}

// of returns the faults of a block in an order that does not depend on what was
// played first.
func (r *report) of(b labs.Block) []fault {
	out := slices.Clone(r.faults[b])
	slices.SortStableFunc(out, func(f, g fault) int {
		return cmp.Or(cmp.Compare(f.first(), g.first()), cmp.Compare(f.line, g.line))
	})
	return out
}

// first is the first of the ways in which a fault was seen.
func (f fault) first() int { return slices.Index(f.seen[:], true) }

// sentence is what is wrong, and when, unless it is so however one plays.
func (f fault) sentence(b labs.Block) string {
	if _, ok := b.(*labs.Command); ok || f.solvers || f.seen[solving] && f.seen[reading] {
		return f.words
	}
	return f.words + way(f.first()).when()
}

// mishap records why a line went wrong, and passes on what is no fault of the lab.
func (r *report) mishap(b labs.Block, w way, line int, words string, err error) error {
	var m *mishap
	if !errors.As(err, &m) {
		return err
	}
	r.reach(b, w)
	r.add(b, w, fault{
		line: line, words: words,
		detail: append([]string{fmt.Sprintf("typed in %s: %s", m.shell, m.text), m.reason}, screenful(m.screen)...),
	})
	return nil
}

// screenful is the end of a terminal's text, marked as such.
func screenful(text string) []string {
	var out []string
	for _, line := range tail(text, tailLines) {
		out = append(out, "| "+line)
	}
	return out
}

// hinted notes that a near-miss showed a conditional hint.
func (r *report) hinted(c *labs.Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown[c]++
}

// count is what was played.
type count struct {
	Labs, Checks, Questions, Commands, Nears int
	// Faults are the mistakes that were found.
	Faults int
}

func (c *count) add(d count) {
	c.Labs += d.Labs
	c.Checks += d.Checks
	c.Questions += d.Questions
	c.Commands += d.Commands
	c.Nears += d.Nears
	c.Faults += d.Faults
}

// write prints the report in the order of the lab's text and counts it. Checks and
// questions have a line each, commands only when they have faults.
func (r *report) write(out io.Writer) (count, error) {
	n := count{Labs: 1}
	var b strings.Builder
	for _, step := range r.lab.Steps {
		for _, block := range step.Blocks {
			faults := r.of(block)
			n.Faults += len(faults)
			fine := ""
			switch block := block.(type) {
			case *labs.Check:
				n.Checks++
				n.Nears += len(block.Near)
				fine = r.fine(block)
			case *labs.Question:
				n.Questions++
				fine = "right answers accepted, wrong ones refused"
			case *labs.Command:
				n.Commands++
			}
			if len(faults) == 0 && fine != "" && !r.reached[block][solving] {
				fmt.Fprintf(&b, "-     %s: %s: not played, because of what is wrong above\n", r.place(block, 0), name(block))
			} else if len(faults) == 0 && fine != "" {
				fmt.Fprintf(&b, "ok    %s: %s: %s\n", r.place(block, 0), name(block), fine)
			}
			for _, f := range faults {
				fmt.Fprintf(&b, "FAIL  %s: %s: %s\n", r.place(block, f.line), name(block), f.sentence(block))
				for _, d := range f.detail {
					fmt.Fprintf(&b, "      %s\n", d)
				}
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return n, err
}

// fine says what a check has proved.
func (r *report) fine(c *labs.Check) string {
	words := "unmet before its solution, met after it"
	if len(c.Solution) == 0 {
		words = "met by what was solved before it"
	}
	if n := len(c.Near); n > 0 {
		words += fmt.Sprintf("; %s refused", plural(n, "near-miss"))
		if shown := r.shown[c]; shown > 0 {
			words += fmt.Sprintf(", %d with a hint of its own", shown)
		}
	}
	return words
}

// place is where a block stands, for people and editors.
func (r *report) place(b labs.Block, line int) string {
	if line == 0 {
		line = r.places.block(b)
	}
	return fmt.Sprintf("%s:%d", r.file, line)
}

// name is what a block is called in a report.
func name(b labs.Block) string {
	switch b.(type) {
	case *labs.Check:
		return "check " + blockName(b)
	case *labs.Question:
		return "question " + blockName(b)
	}
	return "command " + blockName(b)
}

// blockName is the id of a block; "" for prose.
func blockName(b labs.Block) string {
	switch b := b.(type) {
	case *labs.Check:
		return b.ID
	case *labs.Question:
		return b.ID
	case *labs.Command:
		return b.ID
	}
	return ""
}

// plural writes a number with its noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ss"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
