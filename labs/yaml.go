package labs

import (
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// mapping is one YAML mapping whose keys are known ones.
type mapping struct {
	*document
	what   string // "a check", for messages
	node   *yaml.Node
	values map[string]*yaml.Node
	// refused are keys that are there with a value that cannot be used.
	refused map[string]bool
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
	d.add(d.body.at(at+indentOf(d.body.value[at:])), "This is not valid YAML: "+message+".", quoting)
}

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

func (d *document) mapping(n *yaml.Node, what string, keys ...string) (mapping, bool) {
	m := mapping{document: d, what: what, node: n, values: map[string]*yaml.Node{}, refused: map[string]bool{}}
	if n.Kind != yaml.MappingNode {
		d.add(d.at(n), capital(what)+" is written as \"key: value\" lines.", "The keys are: "+strings.Join(keys, ", ")+".")
		return m, false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(keys, key.Value):
			d.add(d.at(key), fmt.Sprintf("There is no key %q in %s.", clip(key.Value), what), didYouMean(key.Value, keys))
		case m.values[key.Value] != nil:
			d.add(d.at(key), fmt.Sprintf("The key %q is there twice.", key.Value), "Keep one of them.")
		case d.plain(value):
			m.values[key.Value] = value
		default:
			m.refused[key.Value] = true
		}
	}
	return m, true
}

// plain refuses what makes YAML mean something else than it shows.
func (d *document) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.add(d.at(n), "Anchors and aliases are not used in labs.", "Write the text out; put it into quotes if it begins with & or *.")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.add(d.at(n), "Tags are not used in labs.", "Put the text into quotes if it begins with !.")
		return false
	}
	return true
}

// require reports those of the keys that are missing, in one problem. It
// returns whether all can be read.
func (m mapping) require(keys ...string) bool {
	var missing []string
	all := true
	for _, key := range keys {
		all = all && m.has(key)
		if !m.has(key) && !m.refused[key] {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return all
	}
	quoted := make([]string, len(missing))
	for i, key := range missing {
		quoted[i] = strconv.Quote(key)
	}
	m.add(m.at(m.node), fmt.Sprintf("%s needs %s.", capital(m.what), strings.Join(quoted, ", ")), keyHelp[missing[0]])
	return false
}

// keyHelp shows how the keys are written whose names do not say it.
var keyHelp = map[string]string{
	"met":      `Write the condition: met: shell("one").now.ns("uts").made`,
	"hints":    `Write "hints:" and below it "- text: …".`,
	"solution": `Write the lines that a learner types: "- one: the command".`,
	"wrong":    `Give examples that must be refused: wrong: ["1"]`,
	"right":    `Give examples that must be accepted: right: ["1"]`,
	"choices":  `Write "- right: …" and "- wrong: …" below it.`,
	"shells":   `Write "- title: one" and "namespaces: []" below it.`,
	"answer":   "It is single, several, text or number.",
	"order":    "It is the lab's place in its track.",
	"about":    "It lists the types of namespace that the lab teaches.",
	"why":      "It says in a sentence why this must not pass.",
	"type":     `It lists lines: "- one: the command".`,
}

func (m mapping) has(key string) bool { return m.values[key] != nil }

// place returns where the value of a key begins, or the mapping itself.
func (m mapping) place(key string) int {
	if n := m.values[key]; n != nil {
		return m.at(n)
	}
	return m.at(m.node)
}

// text returns the value of a key, which must be a scalar that is not empty.
func (m mapping) text(key string) (span, bool) {
	n := m.values[key]
	if n == nil {
		return span{}, false
	}
	return m.scalar(n, fmt.Sprintf("%q", key))
}

// scalar returns a node's text. Its what names it in messages.
func (d *document) scalar(n *yaml.Node, what string) (span, bool) {
	if !d.plain(n) {
		return span{}, false
	}
	if n.Kind != yaml.ScalarNode {
		fix := quoting
		if n.Style&yaml.FlowStyle == 0 {
			fix = "Write it on one line, or below a \"|\"."
		}
		d.add(d.at(n), capital(what)+" must be text.", fix)
		return span{}, false
	}
	if strings.TrimSpace(n.Value) == "" || n.ShortTag() == "!!null" {
		d.add(d.at(n), capital(what)+" is empty.", "")
		return span{}, false
	}
	return d.align(n), true
}

// number returns the value of a key as an int from low to high.
func (m mapping) number(key string, low, high int) int {
	text, ok := m.text(key)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text.value)
	if err != nil || n < low || n > high {
		m.add(text.at(0), fmt.Sprintf("%q must be a whole number from %d to %d.", key, low, high), "")
		return 0
	}
	return n
}

// flag returns the value of a key as a bool; false when it is missing.
func (m mapping) flag(key string) bool {
	text, ok := m.text(key)
	if !ok {
		return false
	}
	if text.value != "true" && text.value != "false" {
		m.add(text.at(0), fmt.Sprintf("%q must be true or false.", key), "")
	}
	return text.value == "true"
}

// list returns the items of a key, which must be a sequence.
func (m mapping) list(key string) []*yaml.Node {
	n := m.values[key]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		m.add(m.at(n), fmt.Sprintf("%q must be a list.", key), "Begin each item with \"- \" on a line of its own, or write [a, b].")
		return nil
	}
	return n.Content
}

// words returns the items of a key, each a scalar.
func (m mapping) words(key string) []span {
	var out []span
	for _, n := range m.list(key) {
		if text, ok := m.scalar(n, "an item of \""+key+"\""); ok {
			out = append(out, text)
		}
	}
	return out
}

// align returns a scalar's value with the place of each of its bytes, whatever
// the style that it is written in. It walks value and text side by side:
// YAML changes white space, quotes and escapes, and nothing else.
func (d *document) align(n *yaml.Node) span {
	src, value := d.body.value, n.Value
	out := span{value: value, table: make([]int, len(value))}
	j := d.offset(n)
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		j += max(0, strings.IndexByte(src[j:], '\n'))
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		j++
	}
	j = min(j, len(src))
	for i := 0; i < len(value); {
		escaped := n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(src[j:], `\\`)
		if space := blanks(value[i:]); space > 0 && !escaped {
			width := blanks(src[j:])
			for k := range space {
				out.table[i+k] = d.body.at(j + min(k, width))
			}
			i, j = i+space, j+width
			continue
		}
		j += blanks(src[j:])
		width := 1
		switch rest := src[min(j, len(src)):]; {
		case n.Style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(rest, "''"):
			width = 2
		case n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(rest, `\`):
			width = escapeWidth(rest)
		}
		_, size := utf8.DecodeRuneInString(value[i:])
		if width == 1 {
			width = size
		}
		for k := range size {
			out.table[i+k] = d.body.at(min(j+min(k, width-1), len(src)))
		}
		i, j = i+size, min(j+width, len(src))
	}
	out.base = d.at(n)
	return out
}

// blanks is the length of the white space that text begins with.
func blanks(text string) int { return len(text) - len(strings.TrimLeft(text, " \t\r\n")) }

// escapeWidth is the length of the escape that a double-quoted text begins with.
func escapeWidth(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	width, ok := map[byte]int{'x': 4, 'u': 6, 'U': 10}[text[1]]
	if !ok {
		width = 2
	}
	return min(width, len(text))
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
