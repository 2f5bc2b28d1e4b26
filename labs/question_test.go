package labs

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const questions = "## Step\n" + `
~~~question id=inode
ask: Which inode?
answer: number
value: shell("one").now.ns("uts")
wrong: ["1", '{{sandbox.ns("uts")}}']
hints:
  - when: answer == sandbox.ns("uts").inode
    text: That is the lab's.
  - text: Look again.
explain: It is.
~~~

~~~question id=name
ask: Which call?
answer: text
accept: [setns, "Set  Name Space"]
wrong: [clone]
~~~

~~~question id=exact
ask: Which flag?
answer: text
accept: [-n]
case: true
wrong: [-N]
~~~

~~~question id=pids
ask: The pid of one that runs bash?
answer: number
value: named("bash")
wrong: ["1"]
~~~

~~~question id=nobody
ask: The pid of vim?
answer: number
value: named("vim")
wrong: ["1"]
~~~

~~~question id=rule
ask: A number above ten?
answer: number
correct: answer > 10
right: ["11"]
wrong: ["10"]
~~~

~~~question id=one
ask: Which?
answer: single
choices:
  - wrong: A
  - right: B
hints:
  - when: answer == "a"
    text: Not A.
~~~

~~~question id=both
ask: Which?
answer: several
choices:
  - right: A
  - wrong: B
  - right: C
hints:
  - when: answer == "a,b"
    text: A, but not B.
~~~
`

func TestQuestionJudges(t *testing.T) {
	lab := mustParse(t, questions)
	state := NewState(fixture())
	for _, row := range []struct {
		it, question, answer string
		want                 Verdict
		err                  error
	}{
		{"accepts the number", "inode", "301", Verdict{true, "<p>It is.</p>"}, nil},
		{"accepts it with spaces", "inode", " 301\n", Verdict{true, "<p>It is.</p>"}, nil},
		{"accepts what readlink prints", "inode", "uts:[301]", Verdict{true, "<p>It is.</p>"}, nil},
		{"accepts the brackets alone", "inode", "[301]", Verdict{true, "<p>It is.</p>"}, nil},
		{"knows the mistake", "inode", "101", Verdict{false, "<p>That is the lab's.</p>"}, nil},
		{"has a hint for others", "inode", "7", Verdict{false, "<p>Look again.</p>"}, nil},
		{"does not count a word as a try", "inode", "seven", Verdict{}, ErrAnswer},
		{"does not count a huge number as a try", "inode", strings.Repeat("9", 40), Verdict{}, ErrAnswer},
		{"accepts any case", "name", "SetNS", Verdict{Correct: true}, nil},
		{"accepts any white space", "name", " set name\tspace ", Verdict{Correct: true}, nil},
		{"refuses another word", "name", "setn", Verdict{}, nil},
		{"does not count nothing as a try", "name", "  ", Verdict{}, ErrAnswer},
		{"does not count a novel as a try", "name", strings.Repeat("a", maxAnswer+1), Verdict{}, ErrAnswer},
		{"minds case where it counts", "exact", "-N", Verdict{}, nil},
		{"accepts the case that counts", "exact", "-n", Verdict{Correct: true}, nil},
		{"accepts any of a list", "pids", "3", Verdict{Correct: true}, nil},
		{"refuses what is not in the list", "pids", "20", Verdict{}, nil},
		{"cannot say when nobody is there", "nobody", "3", Verdict{}, ErrNotNow},
		{"follows a rule", "rule", "11", Verdict{Correct: true}, nil},
		{"refuses by a rule", "rule", "10", Verdict{}, nil},
		{"accepts the choice", "one", "b", Verdict{Correct: true}, nil},
		{"refuses the other choice", "one", "a", Verdict{false, "<p>Not A.</p>"}, nil},
		{"refuses two of one", "one", "a,b", Verdict{}, ErrAnswer},
		{"refuses a choice that is not offered", "one", "c", Verdict{}, ErrAnswer},
		{"accepts several in any order", "both", "c,a", Verdict{Correct: true}, nil},
		{"refuses some of several", "both", "a", Verdict{}, nil},
		{"sorts what was chosen for hints", "both", "b,a,a", Verdict{false, "<p>A, but not B.</p>"}, nil},
	} {
		t.Run(row.question+" "+row.it, func(t *testing.T) {
			got, err := lab.Question(row.question).Judge(state, row.answer)
			if !errors.Is(err, row.err) {
				t.Fatalf("error: %v, want %v", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What the lab's test gives must be judged as it says.
func TestQuestionExamples(t *testing.T) {
	lab := mustParse(t, questions)
	state := NewState(fixture())
	for _, q := range lab.Questions() {
		if q.ID == "nobody" {
			continue
		}
		right, err := q.Right(state)
		wrong, err2 := q.Wrong(state)
		if err != nil || err2 != nil || len(right) == 0 || len(wrong) == 0 {
			t.Fatalf("%s: right %v (%v), wrong %v (%v)", q.ID, right, err, wrong, err2)
		}
		for _, answer := range right {
			if v, err := q.Judge(state, answer); !v.Correct {
				t.Errorf("%s refuses %q (%v)", q.ID, answer, err)
			}
		}
		for _, answer := range wrong {
			if v, err := q.Judge(state, answer); v.Correct || err != nil {
				t.Errorf("%s does not refuse %q (%v)", q.ID, answer, err)
			}
		}
	}
}
