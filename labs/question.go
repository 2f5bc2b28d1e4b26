package labs

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// AnswerKind is how a question is answered.
type AnswerKind string

// The kinds of answer.
const (
	Single  AnswerKind = "single"
	Several AnswerKind = "several"
	Text    AnswerKind = "text"
	Number  AnswerKind = "number"
)

// Question is a question with what makes an answer right. What a learner
// answered is kept elsewhere.
type Question struct {
	ID      string
	Answer  AnswerKind
	Ask     HTML
	Choices []Choice // of Single and Several

	hints   []Hint
	explain HTML

	// One of these decides about Text and Number.
	accept  []string
	value   *expression
	correct *expression

	foldCase     bool
	right, wrong []*Template
}

// Choice is one of the answers to choose from.
type Choice struct {
	ID    string
	HTML  HTML
	right bool
}

// Verdict is what became of an answer.
type Verdict struct {
	Correct bool
	// Explain is what the learner is told; "" for nothing.
	Explain HTML
}

// maxAnswer is the most bytes of an answer: some lines of text.
const maxAnswer = 1000

// ErrAnswer is wrapped by errors which say that an answer has not the form
// that the question asks for. It does not count as a try.
var ErrAnswer = errors.New("not an answer to this question")

// Judge decides about an answer. For single and several the answer is the ids
// of the choices, separated by commas. The error wraps ErrAnswer, or ErrNotNow
// when the right answer cannot be read off the machine now; neither counts as
// a try.
func (q *Question) Judge(s *State, answer string) (Verdict, error) {
	if len(answer) > maxAnswer || !utf8.ValidString(answer) {
		return Verdict{}, fmt.Errorf("labs: the answer is longer than %d bytes or not UTF-8: %w", maxAnswer, ErrAnswer)
	}
	var correct bool
	var val ref.Val
	var err error
	switch q.Answer {
	case Single, Several:
		var chosen []string
		chosen, correct, err = q.judgeChoices(answer)
		val = types.String(strings.Join(chosen, ","))
	case Number:
		n, numErr := parseNumber(answer)
		if numErr != nil {
			return Verdict{}, numErr
		}
		val = types.Int(n)
		correct, err = q.judgeTyped(s, val, strconv.FormatInt(n, 10))
	default:
		answer = strings.TrimSpace(answer)
		if answer == "" {
			return Verdict{}, fmt.Errorf("labs: the answer is empty: %w", ErrAnswer)
		}
		val = types.String(answer)
		correct, err = q.judgeTyped(s, val, answer)
	}
	if err != nil {
		return Verdict{}, err
	}
	if correct {
		return Verdict{true, q.explain}, nil
	}
	return Verdict{false, q.hint(answered{s, val})}, nil
}

// numberForm is a number, alone or as the kernel prints a namespace:
// uts:[4026532201].
var numberForm = regexp.MustCompile(`^(?:[a-z_]*:?\[)?(-?[0-9]{1,18})\]?$`)

func parseNumber(answer string) (int64, error) {
	m := numberForm.FindStringSubmatch(strings.TrimSpace(answer))
	if m == nil {
		return 0, fmt.Errorf("labs: the answer is not a whole number: %w", ErrAnswer)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("labs: the answer is not a whole number: %w", ErrAnswer)
	}
	return n, nil
}

// judgeChoices is right for exactly the right choices, in any order. It returns
// the ids that were chosen, sorted.
func (q *Question) judgeChoices(answer string) (chosen []string, right bool, err error) {
	for _, id := range strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.ContainsFunc(q.Choices, func(c Choice) bool { return c.ID == id }) {
			return nil, false, fmt.Errorf("labs: there is no choice %q: %w", clip(id), ErrAnswer)
		}
		chosen = append(chosen, id)
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	switch {
	case len(chosen) == 0:
		return nil, false, fmt.Errorf("labs: nothing was chosen: %w", ErrAnswer)
	case q.Answer == Single && len(chosen) > 1:
		return nil, false, fmt.Errorf("labs: more than one was chosen: %w", ErrAnswer)
	}
	for _, c := range q.Choices {
		if c.right != slices.Contains(chosen, c.ID) {
			return chosen, false, nil
		}
	}
	return chosen, true, nil
}

func (q *Question) judgeTyped(s *State, val ref.Val, answer string) (bool, error) {
	if q.correct != nil {
		return q.correct.holds(answered{s, val})
	}
	accepted := q.accept
	if q.value != nil {
		var err error
		if accepted, err = q.values(s); err != nil {
			return false, err
		}
	}
	return slices.ContainsFunc(accepted, func(a string) bool { return q.fold(a) == q.fold(answer) }), nil
}

// values computes the right answers.
func (q *Question) values(s *State) ([]string, error) {
	val, err := q.value.eval(s)
	if err != nil {
		return nil, fmt.Errorf("labs: the right answer cannot be read off the machine: %w (%w)", err, ErrNotNow)
	}
	list, ok := val.(traits.Lister)
	if !ok {
		return []string{printVal(val)}, nil
	}
	var out []string
	for it := list.Iterator(); it.HasNext() == types.True; {
		out = append(out, printVal(it.Next()))
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("labs: there is no right answer on the machine: %w", ErrNotNow)
	}
	return out, nil
}

// fold removes what does not count: white space around and between words, and
// case.
func (q *Question) fold(answer string) string {
	answer = strings.Join(strings.Fields(answer), " ")
	if q.foldCase {
		return strings.ToLower(answer)
	}
	return answer
}

// hint returns the first hint that fits a wrong answer.
func (q *Question) hint(scope answered) HTML {
	for _, h := range q.hints {
		if h.when == nil {
			return h.HTML
		}
		// A hint whose condition costs too much is one that does not fit.
		if holds, err := h.when.holds(scope); err == nil && holds {
			return h.HTML
		}
	}
	return ""
}

// Right returns answers that must be accepted in this state, for the lab's
// test; there is at least one. The error wraps ErrNotNow.
func (q *Question) Right(s *State) ([]string, error) {
	switch {
	case len(q.Choices) > 0:
		var ids []string
		for _, c := range q.Choices {
			if c.right {
				ids = append(ids, c.ID)
			}
		}
		return []string{strings.Join(ids, ",")}, nil
	case q.value != nil:
		return q.values(s)
	case q.correct != nil:
		return fillAll(q.right, s)
	}
	return slices.Clone(q.accept), nil
}

// Wrong returns answers that must be refused in this state, for the lab's
// test; there is at least one. The error wraps ErrNotNow.
func (q *Question) Wrong(s *State) ([]string, error) {
	if len(q.Choices) == 0 {
		return fillAll(q.wrong, s)
	}
	var out []string
	for _, c := range q.Choices {
		if !c.right {
			out = append(out, c.ID)
		}
	}
	if q.Answer == Several {
		var all []string
		for _, c := range q.Choices {
			all = append(all, c.ID)
		}
		out = append(out, strings.Join(all, ","))
	}
	return out, nil
}

func fillAll(templates []*Template, s *State) ([]string, error) {
	var out []string
	for _, t := range templates {
		text, err := t.Fill(s)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}
