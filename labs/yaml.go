package labs

import (
	"iter"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a piece of YAML inside a lab: the front matter or the body of a
// block. Its methods report what they cannot accept and return a zero value,
// so that one reading finds every mistake.
type document struct {
	*report
	body span
	// lines is the offset in body of each line's first byte.
	lines []int
}

// parseYAML reads body, which must be a mapping with no other keys than those
// given. It returns false when there is nothing to go on with.
func (r *report) parseYAML(body span, what string, keys ...string) (mapping, bool) {
	d := newDocument(r, body)
	root, ok := d.root()
	switch {
	case !ok:
		return mapping{}, false
	case root == nil:
		d.add(body.at(0), capital(what)+" is empty.", "It needs at least: "+strings.Join(keys[:min(2, len(keys))], ", ")+".")
		return mapping{}, false
	}
	return d.mapping(root, what, keys...)
}

func newDocument(r *report, body span) *document {
	d := &document{report: r, body: body}
	for offset := range lines(body.value) {
		d.lines = append(d.lines, offset)
	}
	d.lines = append(d.lines, len(body.value))
	return d
}

// root parses the YAML. It returns nil when there is nothing in it, and false
// after a syntax error, which is reported.
func (d *document) root() (*yaml.Node, bool) {
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(d.body.value), &root); err != nil {
		d.syntax(err)
		return nil, false
	}
	if i := secondDocument(d.body.value); i >= 0 {
		d.add(d.body.at(i), "A line of \"---\" would end the YAML here.", "Indent it below a \"|\" if it is text; else leave it out.")
		return nil, false
	}
	if len(root.Content) == 0 {
		return nil, true
	}
	return root.Content[0], true
}

// secondDocument returns where a further YAML document begins, or -1.
func secondDocument(text string) int {
	for offset, line := range lines(text) {
		if line == "---" || strings.HasPrefix(line, "--- ") || line == "..." {
			return offset
		}
	}
	return -1
}

// lines yields the offset and the text of each line.
func lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for offset := 0; offset < len(text); {
			line, _, _ := strings.Cut(text[offset:], "\n")
			if !yield(offset, strings.TrimSuffix(line, "\r")) {
				return
			}
			offset += len(line) + 1
		}
	}
}

// yamlLine finds the line number in an error of the YAML parser, which gives
// it as text only.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// quoting is the fix for what is nearly always the reason of a YAML error here.
const quoting = "Put text that contains \": \" or \" #\", or begins with a special character, into single quotes or below a \"|\"."

func (d *document) syntax(err error) {
	message := yamlLine.ReplaceAllString(err.Error(), "")
	message, _, _ = strings.Cut(message, "\n")
	at := d.lines[d.badLine(err)]
	fix := quoting
	if line, _, _ := strings.Cut(d.body.value[at:], "\n"); labelled.MatchString(line) {
		fix = "Put the text into single quotes: the \": \" after the label means something in YAML."
	}
	d.add(d.body.at(at+indentOf(d.body.value[at:])), "This is not valid YAML: "+message+".", fix)
}

// labelled finds a template's label, whose colon YAML takes for its own.
var labelled = regexp.MustCompile(`\{\{\s*[A-Z][A-Z0-9_]*: `)

// maxLines is the longest YAML in which badLine looks for the place itself.
const maxLines = 300

// badLine returns the index of the line that broke the YAML: the one after the
// longest beginning that parses. The parser's own idea is often the line where
// the mapping began.
func (d *document) badLine(err error) int {
	last := len(d.lines) - 1
	for n := last - 1; n >= 0 && last <= maxLines; n-- {
		var root yaml.Node
		if yaml.Unmarshal([]byte(d.body.value[:d.lines[n]]), &root) == nil {
			for n < last-1 && strings.TrimSpace(d.body.value[d.lines[n]:d.lines[n+1]]) == "" {
				n++
			}
			return n
		}
	}
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		line, _ = strconv.Atoi(m[1])
	}
	return min(max(line-1, 0), last)
}

func indentOf(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// offset returns where a node begins, in body.
func (d *document) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.lines) {
		return 0
	}
	start := d.lines[n.Line-1]
	line, _, _ := strings.Cut(d.body.value[start:], "\n")
	return start + runeOffset(line, n.Column-1)
}

// at returns where a node begins, in the source.
func (d *document) at(n *yaml.Node) int { return d.body.at(d.offset(n)) }
