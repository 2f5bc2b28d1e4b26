package labs

import (
	"example.org/nslab/sandbox/snapshot"
)

// HTML is markup that is safe to put into a page: it was made from Markdown
// without raw HTML, or escaped.
type HTML string

// Lab is one lesson. It is immutable and safe for concurrent use.
type Lab struct {
	ID string
	// Version changes whenever the text does.
	Version string
	Meta
	Steps []Step
}

// Meta is a lab's front matter.
type Meta struct {
	Title   string
	Summary string
	Minutes int
	// Track is the id of a track, and Order the place in it.
	Track         string
	Order         int
	Prerequisites []string
	// About is the types of namespace that the lab teaches.
	About []snapshot.Type
	// Shells are those open at the start; there is at least one.
	Shells []Shell
	// Needs are programs that the lab uses and a host may lack.
	Needs []string
}

// Shell is a shell to be opened for a lab.
type Shell struct {
	Title string
	// Namespaces are the types that it is cloned into.
	Namespaces []snapshot.Type
}

// Step is what stands below one heading.
type Step struct {
	ID string
	// Title is plain text.
	Title  string
	Blocks []Block
}

// Block is a *Prose, *Command, *Question or *Check.
type Block interface{ block() }

// Prose is text to be read.
type Prose struct{ HTML HTML }

// Command is something to type at the learner's click.
type Command struct {
	ID string
	Line
	HTML HTML
}

// Line is what is typed into a shell.
type Line struct {
	// Shell is the title of one of the lab's shells; "" for any.
	Shell string
	// Text may have several lines. See Type for what reaches the pty.
	Text *Template
}

// Hint helps with a check or a question. A hint without a condition is for
// everybody who asks for it.
type Hint struct {
	HTML HTML
	when *expression
}

// Conditional says whether the hint is for a certain mistake only.
func (h Hint) Conditional() bool { return h.when != nil }

func (*Prose) block()    {}
func (*Command) block()  {}
func (*Question) block() {}
func (*Check) block()    {}

// blocksOf returns the blocks of one kind in order.
func blocksOf[T Block](l *Lab) []T {
	var out []T
	for _, step := range l.Steps {
		for _, b := range step.Blocks {
			if b, ok := b.(T); ok {
				out = append(out, b)
			}
		}
	}
	return out
}

// Checks returns the lab's checks in order.
func (l *Lab) Checks() []*Check { return blocksOf[*Check](l) }

// Questions returns the lab's questions in order.
func (l *Lab) Questions() []*Question { return blocksOf[*Question](l) }

// Commands returns the lab's commands in order.
func (l *Lab) Commands() []*Command { return blocksOf[*Command](l) }

// Check returns the check with that id; nil if there is none.
func (l *Lab) Check(id string) *Check {
	for _, c := range l.Checks() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Question returns the question with that id; nil if there is none.
func (l *Lab) Question(id string) *Question {
	for _, q := range l.Questions() {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// Command returns the command with that id; nil if there is none.
func (l *Lab) Command(id string) *Command {
	for _, c := range l.Commands() {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Items returns the ids of the checks and questions in order: what a learner
// can pass.
func (l *Lab) Items() []string {
	var out []string
	for _, step := range l.Steps {
		for _, b := range step.Blocks {
			switch b := b.(type) {
			case *Check:
				out = append(out, b.ID)
			case *Question:
				out = append(out, b.ID)
			}
		}
	}
	return out
}
