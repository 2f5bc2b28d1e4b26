package labs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mapping is one YAML mapping whose keys are known ones.
type mapping struct {
	*document
	what   string // "a check", for messages
	node   *yaml.Node
	values map[string]*yaml.Node
	// refused are keys that are there with a value that cannot be used.
	refused map[string]bool
}

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
			m.refused[nearest(key.Value, keys)] = true // so that it is not missed as well
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
