// Package labs reads, checks and serves lessons.
//
// # A lab
//
// A lab is a folder with a lab.md: front matter, prose, and fenced blocks that
// are commands, questions and checks. README.md in this folder is the author's
// manual. Parse turns the text into a typed tree once; nothing in a Lab
// changes afterwards. What a learner does with it (answers, what has passed)
// is kept elsewhere.
//
// # Conditions
//
// A check's condition is a CEL expression over a snapshot of the sandbox. It is
// compiled when the lab is loaded, so that a misspelt field is a mistake with
// a line and a column, and its cost is limited when it is loaded and when it
// runs. Adapt a snapshot once with NewState and evaluate any number of checks,
// questions and templates against it, from any number of goroutines.
//
//	state := labs.NewState(snap)
//	for _, check := range lab.Checks() {
//		result, err := check.Eval(state)
//		…
//	}
//
// To teach conditions a new word, add a field to its class (process.go,
// shell.go, namespace.go, facts.go) or a function to functions.go, a row to
// TestConditionsSee, and a line to README.md; a test fails until it is there.
//
// # Whom it trusts
//
// Authors may say what is typed into a learner's shell, and nothing more:
// Markdown cannot carry HTML, conditions cannot have side effects, and a
// mistake in one lab leaves the others as they were. Nothing in a snapshot is
// trusted: it is what learners made of their sandboxes.
package labs
