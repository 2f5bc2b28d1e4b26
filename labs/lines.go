package labs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v3"
)

// hints reads a list of hints.
func (a *author) hints(m mapping, env *cel.Env) []Hint {
	var out []Hint
	for _, n := range m.list("hints") {
		h, ok := m.mapping(n, "a hint", "text", "when")
		if !ok || !h.require("text") {
			continue
		}
		text, ok := h.text("text")
		if !ok {
			continue
		}
		hint := Hint{HTML: a.fragment(text, a.site)}
		if when, ok := h.text("when"); ok {
			hint.when = a.compile(env, when, cel.BoolType)
		}
		out = append(out, hint)
	}
	return out
}

// typed reads a list of lines to type: "shell: text", or text alone.
func (a *author) typed(m mapping, key string) []Line {
	var out []Line
	items := m.list(key)
	if m.has(key) && len(items) == 0 {
		a.add(m.place(key), fmt.Sprintf("%q has no lines.", key), "Write \"- one: the command\".")
	}
	for _, n := range items {
		line := Line{}
		text := n
		if n.Kind == yaml.MappingNode {
			if len(n.Content) != 2 {
				a.add(m.at(n), "A line is one shell and one text.", "Begin each line with \"- \".")
				continue
			}
			if !slices.Contains(a.shells, n.Content[0].Value) {
				a.add(m.at(n), fmt.Sprintf("There is no shell %q.", clip(n.Content[0].Value)),
					strings.TrimSpace(didYouMean(n.Content[0].Value, a.shells)+" If this is all text, put it into quotes."))
				continue
			}
			line.Shell, text = n.Content[0].Value, n.Content[1]
		}
		if s, ok := m.scalar(text, "a line to type"); ok {
			if line.Text = a.template(a.envs.check, s); line.Text != nil {
				out = append(out, line)
			}
		}
	}
	return out
}
