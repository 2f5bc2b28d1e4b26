package labs

import "example.org/nslab/sandbox/snapshot"

// View is a lab as GET /api/labs/{lab} gives it; see docs/api.md. Error, Passed
// and Next depend on more than the lab: whoever serves the View fills them in.
type View struct {
	Card
	Shells  []ShellView `json:"shells"`
	Version string      `json:"version"`
	Error   *Problem    `json:"error"`
	Passed  []string    `json:"passed"`
	Next    string      `json:"next"`
	Steps   []StepView  `json:"steps"`
}

// Card is what the catalogue shows of a lab.
type Card struct {
	ID            string          `json:"id"`
	Title         string          `json:"title"`
	Summary       string          `json:"summary"`
	Minutes       int             `json:"minutes"`
	Track         string          `json:"track"`
	Prerequisites []string        `json:"prerequisites"`
	Namespaces    []snapshot.Type `json:"namespaces"`
}

// ShellView is a shell to be opened.
type ShellView struct {
	Title      string          `json:"title"`
	Namespaces []snapshot.Type `json:"namespaces"`
}

// StepView is a step with its blocks, each a ProseView, CommandView,
// QuestionView or CheckView.
type StepView struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Blocks []any  `json:"blocks"`
}

// ProseView has the kind "prose".
type ProseView struct {
	Kind string `json:"kind"`
	HTML HTML   `json:"html"`
}

// CommandView has the kind "command". Its text has labels where expressions
// will be filled in.
type CommandView struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Shell string `json:"shell"`
	Text  string `json:"text"`
	HTML  HTML   `json:"html"`
}

// QuestionView has the kind "question".
type QuestionView struct {
	Kind    string       `json:"kind"`
	ID      string       `json:"id"`
	Answer  AnswerKind   `json:"answer"`
	HTML    HTML         `json:"html"`
	Choices []ChoiceView `json:"choices"`
}

// ChoiceView is one choice; which are right stays here.
type ChoiceView struct {
	ID   string `json:"id"`
	HTML HTML   `json:"html"`
}

// CheckView has the kind "check". Hints are those without a condition.
type CheckView struct {
	Kind     string     `json:"kind"`
	ID       string     `json:"id"`
	HTML     HTML       `json:"html"`
	Holds    bool       `json:"holds"`
	Hints    []HTML     `json:"hints"`
	Solution []LineView `json:"solution"`
}

// LineView is a line to type.
type LineView struct {
	Shell string `json:"shell"`
	Text  string `json:"text"`
}

// Card returns the lab's entry in the catalogue.
func (l *Lab) Card() Card {
	return Card{
		ID: l.ID, Title: l.Title, Summary: l.Summary, Minutes: l.Minutes, Track: l.Track,
		Prerequisites: filled(l.Prerequisites), Namespaces: filled(l.About),
	}
}

// View returns the lab in its JSON form.
func (l *Lab) View() View {
	v := View{Card: l.Card(), Version: l.Version, Shells: []ShellView{}, Passed: []string{}, Steps: []StepView{}}
	for _, s := range l.Shells {
		v.Shells = append(v.Shells, ShellView{s.Title, filled(s.Namespaces)})
	}
	for _, s := range l.Steps {
		step := StepView{ID: s.ID, Title: s.Title, Blocks: []any{}}
		for _, b := range s.Blocks {
			step.Blocks = append(step.Blocks, viewBlock(b))
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

func viewBlock(b Block) any {
	switch b := b.(type) {
	case *Command:
		return CommandView{"command", b.ID, b.Shell, b.Text.String(), b.HTML}
	case *Question:
		v := QuestionView{"question", b.ID, b.Answer, b.Ask, []ChoiceView{}}
		for _, c := range b.Choices {
			v.Choices = append(v.Choices, ChoiceView{c.ID, c.HTML})
		}
		return v
	case *Check:
		v := CheckView{"check", b.ID, b.Goal, b.Holds, []HTML{}, []LineView{}}
		for _, h := range b.Hints {
			if !h.Conditional() {
				v.Hints = append(v.Hints, h.HTML)
			}
		}
		for _, l := range b.Solution {
			v.Solution = append(v.Solution, LineView{l.Shell, l.Text.String()})
		}
		return v
	case *Prose:
		return ProseView{"prose", b.HTML}
	}
	return nil
}

// filled returns a list that JSON writes as [] when it is empty.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
