package labs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
)

// maxChoices is how many choices there are letters for.
const maxChoices = 26

var answerKinds = []string{string(Single), string(Several), string(Text), string(Number)}

// question reads the body of a question; nil after a mistake.
func (a *author) question(info, body span) *Question {
	out := &Question{ID: a.id(info)}
	m, ok := a.parseYAML(body, "a question", "ask", "answer", "choices", "accept", "value", "correct", "case",
		"right", "wrong", "hints", "explain")
	if !ok {
		return nil
	}
	m.require("ask", "answer")
	if ask, ok := m.text("ask"); ok {
		out.Ask = a.fragment(ask, a.site)
	}
	if explain, ok := m.text("explain"); ok {
		out.explain = a.fragment(explain, a.site)
	}
	kind, ok := m.text("answer")
	if !ok {
		return nil
	}
	out.Answer = AnswerKind(kind.value)
	env := a.envs.text
	switch out.Answer {
	case Single, Several:
		a.forbid(m, "a question to choose from", "accept", "value", "correct", "case", "right", "wrong")
		out.Choices = a.choices(m, out.Answer)
	case Number:
		env = a.envs.number
		a.typedAnswer(m, out, env)
	case Text:
		a.typedAnswer(m, out, env)
	default:
		m.add(kind.at(0), fmt.Sprintf("There is no kind of answer %q.", clip(kind.value)), didYouMean(kind.value, answerKinds))
		return nil
	}
	out.hints = a.hints(m, env)
	return out
}

// forbid reports keys that have no meaning in this kind of question.
func (a *author) forbid(m mapping, what string, keys ...string) {
	for _, key := range keys {
		if m.has(key) {
			m.add(m.place(key), fmt.Sprintf("%q has no meaning in %s.", key, what), "Delete it.")
		}
	}
}

func (a *author) choices(m mapping, kind AnswerKind) []Choice {
	if !m.require("choices") {
		return nil
	}
	items := m.list("choices")
	if len(items) < 2 || len(items) > maxChoices {
		m.add(m.place("choices"), fmt.Sprintf("A question has 2 to %d choices, not %d.", maxChoices, len(items)), "")
	}
	var out []Choice
	right, broken := 0, false
	for i, n := range items[:min(len(items), maxChoices)] {
		c, ok := m.mapping(n, "a choice", "right", "wrong")
		if !ok {
			broken = true
			continue
		}
		if c.has("right") == c.has("wrong") {
			if broken = true; c.has("right") || len(n.Content) == 0 {
				c.add(c.at(n), "A choice is either right or wrong.", "Write \"- right: …\" or \"- wrong: …\".")
			}
			continue
		}
		text, isRight := c.text("right")
		if c.has("wrong") {
			text, _ = c.text("wrong")
		} else {
			right++
		}
		if text.value != "" {
			out = append(out, Choice{ID: string(rune('a' + i)), HTML: a.inline(text, a.site), right: isRight})
		}
	}
	switch {
	case broken:
		// What it was meant to be is not known.
	case right == 0 && len(items) > 0:
		m.add(m.place("choices"), "No choice is right.", "Write \"- right: …\" for the right one.")
	case right > 1 && kind == Single:
		m.add(m.place("choices"), fmt.Sprintf("%d choices are right, but the answer is single.", right), "Write \"answer: several\".")
	case right == len(items) && len(items) > 1 && kind == Single:
		m.add(m.place("choices"), "No choice is wrong.", "")
	}
	return out
}

// typedAnswer reads what decides about an answer that is typed.
func (a *author) typedAnswer(m mapping, q *Question, env *cel.Env) {
	a.forbid(m, "a question to be answered by typing", "choices")
	ways := slices.DeleteFunc([]string{"accept", "value", "correct"}, func(key string) bool { return !m.has(key) })
	switch len(ways) {
	case 0:
		m.add(m.at(m.node), "This question has no right answer.", "Write \"accept\" with a list, or \"value\" with an expression.")
	case 1:
	default:
		m.add(m.place(ways[1]), fmt.Sprintf("%q and %q cannot decide both.", ways[0], ways[1]), "Keep one of them.")
	}
	q.foldCase = !m.flag("case")
	if m.has("accept") && len(m.list("accept")) == 0 {
		m.add(m.place("accept"), "No answer is accepted.", "Write \"accept: [the answer]\".")
	}
	for _, answer := range m.words("accept") {
		if _, err := parseNumber(answer.value); q.Answer == Number && err != nil {
			m.add(answer.at(0), fmt.Sprintf("%q is not a whole number.", clip(answer.value)), "")
		}
		q.accept = append(q.accept, strings.TrimSpace(answer.value))
	}
	if value, ok := m.text("value"); ok {
		q.value = a.compile(a.envs.check, value, valueTypes(q.Answer)...)
	}
	if correct, ok := m.text("correct"); ok {
		q.correct = a.compile(env, correct, cel.BoolType)
	}
	if m.has("correct") {
		q.right = a.examples(m, "right")
	} else {
		a.forbid(m, "a question without \"correct\"", "right")
	}
	q.wrong = a.examples(m, "wrong")
}

// valueTypes are the types of a right answer.
func valueTypes(kind AnswerKind) []*cel.Type {
	out := []*cel.Type{
		cel.IntType, namespaceClass.typ, processClass.typ,
		cel.ListType(cel.IntType), namespaceList, processList,
	}
	if kind == Text {
		out = append(out, cel.StringType, cel.ListType(cel.StringType))
	}
	return out
}

// examples reads answers that the lab's test gives.
func (a *author) examples(m mapping, key string) []*Template {
	if !m.require(key) {
		return nil
	}
	items := m.words(key)
	if len(items) == 0 {
		m.add(m.place(key), fmt.Sprintf("%q has no examples.", key), "The lab's test gives them as answers.")
	}
	var out []*Template
	for _, text := range items {
		if t := a.template(a.envs.check, text); t != nil {
			out = append(out, t)
		}
	}
	return out
}
