package labs

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one mistake in a lab: where it is, what is wrong, and what to
// write instead. The JSON form is part of the HTTP interface.
type Problem struct {
	// File is the path below the folder that holds the labs: "uts/lab.md".
	File string `json:"file"`
	// Line and Column count from 1; Column counts characters.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Text is the line as it stands in the file.
	Text string `json:"text"`
	// Message is a sentence that says what is wrong.
	Message string `json:"message"`
	// Fix is a sentence that says what to write instead; "" when the message
	// says it already.
	Fix string `json:"fix"`
}

// head is the first line of String, which editors and other programs read.
func (p Problem) head() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// textWidth is how much of a long line String shows around the caret: it fits
// in a terminal of 80 columns with the gutter.
const textWidth = 72

// String returns the problem as people read it: the message, the line with a
// caret below the place, and the fix.
//
//	uts/lab.md:12:6: There is no field "hostnam".
//	   12 | met: sandbox.ns("uts").hostnam == "lab"
//	      |                       ^
//	      = Did you mean "hostname"?
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.head())
	text, column := window([]rune(p.Text), p.Column-1)
	if p.Text != "" {
		fmt.Fprintf(&b, "\n%5d | %s\n      | %s^", p.Line, text, indent(text, column))
	}
	if p.Fix != "" {
		fmt.Fprintf(&b, "\n      = %s", p.Fix)
	}
	return b.String()
}

// window cuts a long line down to the part around column.
func window(line []rune, column int) (string, int) {
	column = min(max(column, 0), len(line))
	for i, r := range line {
		// A control character could move the terminal's cursor.
		if r != '\t' && (r < ' ' || r == 0x7f) {
			line[i] = '�'
		}
	}
	if len(line) <= textWidth {
		return string(line), column
	}
	from := min(max(0, column-textWidth/2), len(line)-textWidth)
	cut := string(line[from : from+textWidth])
	if from > 0 {
		return "…" + cut, column - from + 1
	}
	return cut + "…", column
}

// indent returns as much white space as the first n characters of text take,
// with their tabs.
func indent(text string, n int) string {
	var b strings.Builder
	for i, r := range []rune(text) {
		if i == n {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Format returns problems as text for people, with a blank line between them.
func Format(problems []Problem) string {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.String() + "\n"
	}
	return strings.Join(texts, "\n")
}

// maxProblems is how many problems one file is told of: enough to mend it in
// one go, little enough to read.
const maxProblems = 50

// report collects the problems of one file.
type report struct {
	src      *source
	problems []Problem
}

// add records a problem at an offset of the source.
func (r *report) add(offset int, message, fix string) {
	line, column := r.src.place(offset)
	r.problems = append(r.problems, Problem{
		File: r.src.file, Line: line, Column: column,
		Text: r.src.line(line), Message: message, Fix: fix,
	})
}

// sorted returns the problems from the top of the file to its end.
func (r *report) sorted() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	r.problems = slices.CompactFunc(r.problems, func(a, b Problem) bool { return a == b })
	return r.problems[:min(len(r.problems), maxProblems)]
}

// didYouMean returns a sentence that offers the known word nearest to word, or
// lists them all when none is near and there are few.
func didYouMean(word string, known []string) string {
	best := nearest(word, known)
	switch {
	case best != "":
		return fmt.Sprintf("Did you mean %q?", best)
	case len(known) == 0 || len(known) > 24:
		return ""
	case len(known) == 1:
		return fmt.Sprintf("The only one is %q.", known[0])
	}
	return "Known: " + strings.Join(known, ", ") + "."
}

// nearest returns the known word that was probably meant; "" if none is near.
func nearest(word string, known []string) string {
	if other := synonyms[strings.ToLower(word)]; slices.Contains(known, other) {
		return other
	}
	best, distance := "", 1+max(1, len(word)/3)
	for _, k := range known {
		if d := editDistance(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// synonyms are what people call the kernel's names elsewhere.
var synonyms = map[string]string{
	"mount": "mnt", "mounts": "mnt", "network": "net", "hostname": "uts", "process": "pid", "processes": "pid",
	"clock": "time", "userns": "user", "netns": "net", "shm": "ipc", "bind": "mount", "descriptor": "fd", "file": "fd",
	"shell": "sh", "plaintext": "text", "int": "number", "integer": "number", "string": "text", "multiple": "several",
	"hint": "hints", "question": "ask", "condition": "met", "comm": "name", "cmdline": "command", "ppid": "parent",
	"address": "addrs", "addresses": "addrs", "gateway": "via", "device": "dev", "title": "text",
}

// editDistance is the number of insertions, deletions, substitutions and swaps
// of neighbours that turn a into b (optimal string alignment).
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// capital returns text with its first letter in upper case.
func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(string(r)) + text[size:]
}

// clip shortens what a message quotes.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return text
}
