package server

import (
	"time"

	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server/lesson"
)

// sandboxView is SANDBOX of docs/api.md.
type sandboxView struct {
	ID      string       `json:"id"`
	Lab     string       `json:"lab"`
	Shells  []shellView  `json:"shells"`
	Started time.Time    `json:"started"`
	Expires time.Time    `json:"expires"`
	Latest  time.Time    `json:"latest"`
	Checks  []checkView  `json:"checks"`
	Answers []answerView `json:"answers"`
	Ended   *endedView   `json:"ended"`
}

type shellView struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Namespaces []snapshot.Type `json:"namespaces"`
	PID        int             `json:"pid"`
	Exit       *exitView       `json:"exit"`
}

type exitView struct {
	Code   int    `json:"code"`
	Signal string `json:"signal,omitempty"`
}

type checkView struct {
	ID     string   `json:"id"`
	Met    bool     `json:"met"`
	Passed bool     `json:"passed"`
	Saw    string   `json:"saw"`
	Hints  []string `json:"hints"`
}

type answerView struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Correct  bool   `json:"correct"`
	Tries    int    `json:"tries"`
}

type lineView struct {
	Shell string `json:"shell"`
	Text  string `json:"text"`
	Keys  string `json:"keys"`
}

type endedView struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// view shows a seat as it stands in st.
func (t *seat) view(st lesson.State) sandboxView {
	started, expires, latest := t.times()
	v := sandboxView{
		ID: t.id(), Lab: t.order.lab,
		Shells:  []shellView{},
		Started: started.UTC().Truncate(time.Millisecond),
		Expires: expires.UTC().Truncate(time.Millisecond),
		Latest:  latest.UTC().Truncate(time.Millisecond),
		Checks:  []checkView{},
		Answers: []answerView{},
	}
	for _, sh := range t.sandbox.Shells() {
		v.Shells = append(v.Shells, viewShell(sh))
	}
	for _, c := range st.Checks {
		v.Checks = append(v.Checks, viewCheck(c))
	}
	for _, a := range st.Answers {
		v.Answers = append(v.Answers, viewAnswer(a))
	}
	if reason, ended := t.ended(); ended {
		v.Ended = &endedView{reason.Code, reason.Detail}
	}
	return v
}

func viewShell(sh *sandbox.Shell) shellView {
	v := shellView{ID: sh.ID(), Title: sh.Title(), Namespaces: []snapshot.Type{}, PID: sh.PID()}
	v.Namespaces = append(v.Namespaces, sh.Namespaces()...)
	if e, ended := sh.Exit(); ended {
		v.Exit = &exitView{e.Code, e.Signal}
	}
	return v
}

func viewCheck(c lesson.Check) checkView {
	return checkView{ID: c.ID, Met: c.Met, Passed: c.Passed, Saw: c.Saw, Hints: append([]string{}, c.Hints...)}
}

func viewAnswer(a lesson.Answer) answerView {
	return answerView{Question: a.Question, Answer: a.Answer, Correct: a.Correct, Tries: a.Tries}
}
