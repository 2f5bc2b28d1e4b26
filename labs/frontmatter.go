package labs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"example.org/nslab/sandbox/snapshot"
)

// idForm is how ids of labs, questions and checks, and titles of shells, are
// written: they stand in addresses, in file names and in attributes.
var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// ValidID says whether id can be the id of a lab, a question or a check.
func ValidID(id string) bool { return idForm.MatchString(id) }

// toolForm is how programs are named, without a path.
var toolForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,39}$`)

const idFix = "Use lower-case letters, digits and hyphens, beginning with a letter, at most 40."

// Limits of the front matter: what the catalogue's cards have room for, and
// what a sandbox opens at once.
const (
	maxTitle   = 80
	maxSummary = 240
	maxMinutes = 240
	maxOrder   = 999
	maxShells  = 8
)

// splitFrontMatter divides a file into its YAML and its Markdown. It returns
// false, with an offset, when there is no front matter or it has no end.
func splitFrontMatter(text string) (front, body span, at int, ok bool) {
	first := true
	for offset, line := range lines(text) {
		switch {
		case first && line != "---":
			return span{}, span{}, 0, false
		case !first && line == "---":
			start := strings.IndexByte(text, '\n') + 1
			rest := min(offset+len("---\n"), len(text))
			if strings.HasPrefix(text[offset:], "---\r\n") {
				rest++
			}
			return span{value: text[start:offset], base: start}, span{value: text[rest:], base: rest}, 0, true
		}
		first = false
	}
	return span{}, span{}, len(text), false
}

// meta reads the front matter.
func (r *report) meta(front span, site site) Meta {
	m, ok := r.parseYAML(front, "the front matter",
		"title", "summary", "minutes", "track", "order", "prerequisites", "about", "shells", "needs")
	if !ok {
		return Meta{}
	}
	m.require("title", "summary", "minutes", "track", "order", "about", "shells")
	out := Meta{
		Title:   m.plainText("title", maxTitle),
		Summary: m.plainText("summary", maxSummary),
		Minutes: m.number("minutes", 1, maxMinutes),
		Order:   m.number("order", 1, maxOrder),
	}
	if track, ok := m.text("track"); ok {
		out.Track = track.value
		if !slices.Contains(site.tracks, track.value) {
			m.add(track.at(0), fmt.Sprintf("There is no track %q.", clip(track.value)), didYouMean(track.value, site.tracks))
		}
	}
	for _, id := range m.words("prerequisites") {
		if !slices.Contains(site.labs, id.value) {
			m.add(id.at(0), fmt.Sprintf("There is no lab %q.", clip(id.value)), didYouMean(id.value, site.labs))
			continue
		}
		out.Prerequisites = append(out.Prerequisites, id.value)
	}
	if out.About = m.types("about"); m.has("about") && len(m.list("about")) == 0 {
		m.add(m.place("about"), "The lab is about no type of namespace.", "Known: "+strings.Join(typeNames(), ", ")+".")
	}
	for _, tool := range m.words("needs") {
		if !toolForm.MatchString(tool.value) {
			m.add(tool.at(0), fmt.Sprintf("%q is not the name of a program.", clip(tool.value)), "Write the command's name alone: ip.")
		}
		out.Needs = append(out.Needs, tool.value)
	}
	out.Shells = m.shells()
	return out
}

// plainText returns a key's text, which must fit on one line of a card.
func (m mapping) plainText(key string, most int) string {
	text, ok := m.text(key)
	if !ok {
		return ""
	}
	value := strings.TrimSpace(text.value)
	if n := utf8.RuneCountInString(value); n > most {
		m.add(text.at(0), fmt.Sprintf("%q has %d characters; %d fit.", key, n, most), "")
	}
	if strings.ContainsAny(value, "\n\r\t\x1b") {
		m.add(text.at(0), fmt.Sprintf("%q must be one line.", key), "")
	}
	return value
}

// types returns a list of types of namespace, each once.
func (m mapping) types(key string) []snapshot.Type {
	out := []snapshot.Type{}
	for _, word := range m.words(key) {
		t, ok := snapshot.ParseType(word.value)
		switch {
		case !ok:
			m.add(word.at(0), fmt.Sprintf("There is no type of namespace %q.", clip(word.value)), didYouMean(word.value, typeNames()))
		case slices.Contains(out, t):
			m.add(word.at(0), fmt.Sprintf("%q is there twice.", word.value), "")
		default:
			out = append(out, t)
		}
	}
	return out
}

func (m mapping) shells() []Shell {
	items := m.list("shells")
	if n := m.values["shells"]; n != nil && n.Kind == yaml.SequenceNode && (len(items) == 0 || len(items) > maxShells) {
		m.add(m.at(n), fmt.Sprintf("A lab has 1 to %d shells, not %d.", maxShells, len(items)), "")
	}
	var out []Shell
	for _, item := range items[:min(len(items), maxShells)] {
		s, ok := m.mapping(item, "a shell", "title", "namespaces")
		if !ok {
			continue
		}
		s.require("title", "namespaces")
		title, ok := s.text("title")
		switch {
		case !ok:
			continue
		case !ValidID(title.value):
			s.add(title.at(0), fmt.Sprintf("%q cannot be the title of a shell.", clip(title.value)), idFix)
		case slices.ContainsFunc(out, func(o Shell) bool { return o.Title == title.value }):
			s.add(title.at(0), fmt.Sprintf("There are two shells %q.", title.value), "Give each its own title.")
			continue
		}
		out = append(out, Shell{Title: title.value, Namespaces: s.types("namespaces")})
	}
	return out
}
