package doctor

import (
	"fmt"
	"io"
	"strings"
)

// State is what a finding comes to.
type State int

// The states. What is Missing can be brought and does not keep sandboxes from
// running; what is Impossible does, until it is mended.
const (
	OK State = iota
	Missing
	Impossible
)

// String returns the word that people read.
func (s State) String() string {
	switch s {
	case OK:
		return "ok"
	case Missing:
		return "missing"
	default:
		return "impossible"
	}
}

// Finding is the answer to one question.
type Finding struct {
	State State
	// Name is the subject in a word or two.
	Name string
	// Says is one sentence, or a few.
	Says string
	// Fix is the commands that mend it here, one a line; "" where nothing is
	// to be mended or nothing mends it.
	Fix string
}

func ok(name, format string, a ...any) Finding {
	return Finding{State: OK, Name: name, Says: fmt.Sprintf(format, a...)}
}

// Report is all findings of one host.
type Report struct {
	// Host names it in a line.
	Host     string
	Findings []Finding
	// Works is true when a sandbox booted and a shell started in it.
	Works bool
}

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.Host)
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-11s %-18s ", f.State, f.Name)
		b.WriteString(indent(wrap(f.Says, 78), 31))
		b.WriteByte('\n')
		if f.Fix != "" {
			fmt.Fprintf(&b, "\n%s\n\n", indent("                "+f.Fix, 16))
		}
	}
	if r.Works {
		b.WriteString("\nSandboxes run here.\n")
	} else {
		b.WriteString("\nSandboxes cannot run here yet: mend what is impossible above, then run nslab doctor again.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indent puts columns of space before every line but the first.
func indent(s string, columns int) string {
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", columns))
}

// wrap breaks a text between words so that no line is wider than width, unless
// a word is.
func wrap(s string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(s) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
