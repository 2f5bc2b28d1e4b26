package lesson

import (
	"context"
	"slices"

	"example.org/nslab/labs"
	"example.org/nslab/server/store"
)

// Judgement is what a learner is told about an answer.
type Judgement struct {
	Answer
	// Explain is HTML: why it is so, or what a wrong answer is told.
	Explain string
}

// Answer judges an answer by the state of the sandbox at this moment, remembers
// and records it. The errors are ErrNoLab, ErrNoQuestion, ErrEnded, those of
// [labs.Question.Judge] (the answer cannot be judged now; it does not count as a
// try). Where the store cannot take it the session remembers it all the same.
func (s *Session) Answer(ctx context.Context, question, answer string) (Judgement, error) {
	s.judging.Lock()
	defer s.judging.Unlock()
	lab := s.State().Lab
	if lab == nil {
		return Judgement{}, ErrNoLab
	}
	q := lab.Question(question)
	if q == nil {
		return Judgement{}, ErrNoQuestion
	}
	state, err := s.now(ctx)
	if err != nil {
		return Judgement{}, err
	}
	verdict, err := q.Judge(state, answer)
	if err != nil {
		return Judgement{}, err
	}
	j := Judgement{Answer: Answer{Question: question, Answer: answer, Correct: verdict.Correct}, Explain: string(verdict.Explain)}
	s.update(func(st *State) { st.Answers, j.Tries = answered(st.Answers, j.Answer) })
	if s.cfg.Store != nil {
		s.recordAnswer(ctx, store.Item{Learner: s.cfg.Learner, Lab: lab.ID, ID: question}, answer, j.Correct)
	}
	return j, nil
}

// answered returns answers with a in its place, and how many tries that makes.
func answered(answers []Answer, a Answer) ([]Answer, int) {
	answers = slices.Clone(answers)
	i := slices.IndexFunc(answers, func(b Answer) bool { return b.Question == a.Question })
	if i < 0 {
		i = len(answers)
		answers = append(answers, Answer{})
	}
	a.Tries = answers[i].Tries + 1
	answers[i] = a
	return answers, a.Tries
}

// Line is what is typed into one shell.
type Line struct {
	// Shell is the title of one of the lab's shells; "" for any.
	Shell string
	// Text is for people; Keys is what reaches the pty, with each Enter.
	Text, Keys string
}

// Lines returns what a click on a command, or on "type it for me" of a check, types
// now. The errors are ErrNoLab, ErrNoBlock, ErrEnded, and those of
// [labs.Template.Fill].
func (s *Session) Lines(ctx context.Context, block string) ([]Line, error) {
	lab := s.State().Lab
	if lab == nil {
		return nil, ErrNoLab
	}
	var open []labs.Line
	if c := lab.Command(block); c != nil {
		open = []labs.Line{c.Line}
	} else if c := lab.Check(block); c != nil {
		open = c.Solution
	} else {
		return nil, ErrNoBlock
	}
	state, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, 0, len(open))
	for _, l := range open {
		text, err := l.Text.Fill(state)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{Shell: l.Shell, Text: text, Keys: labs.Keys(text)})
	}
	return lines, nil
}

// now looks at the sandbox for one purpose.
func (s *Session) now(ctx context.Context) (*labs.State, error) {
	if _, ended := s.cfg.Sandbox.Ended(); ended {
		return nil, ErrEnded
	}
	snap, err := s.snapshot(ctx)
	if err != nil {
		if _, ended := s.cfg.Sandbox.Ended(); ended {
			err = ErrEnded
		}
		return nil, err
	}
	return labs.NewState(snap), nil
}
