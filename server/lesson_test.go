//go:build linux

package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox/snapshot"
)

func TestACheckTurnsUnderTheLearnersEyes(t *testing.T) {
	h := openHouse(t)
	v := h.take(map[string]any{"lab": "hands"})
	if v.Lab != "hands" || len(v.Shells) != 2 || v.Shells[1].Title != "two" || !cmp.Equal(v.Shells[1].Namespaces, []snapshot.Type{"uts", "ipc"}) {
		t.Errorf("the sandbox is %+v", v)
	}
	f := h.events(v.ID)
	first, err := f.next()
	if err != nil || first.Sandbox == nil || first.Sandbox.ID != v.ID || len(first.Sandbox.Checks) != 2 {
		t.Fatalf("the first event is %+v, %v; want the sandbox", first, err)
	}
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")

	// A well-known mistake is told, and does not pass.
	c.types("unshare --net bash\r")
	got := f.check("uts-new", func(c checkView) bool { return len(c.Hints) > 0 })
	if got.Met || got.Passed || !strings.Contains(got.Hints[0], "That is a network namespace.") {
		t.Errorf("with the wrong flag the check is %+v", got)
	}
	c.types("exit\r")
	f.check("uts-new", func(c checkView) bool { return len(c.Hints) == 0 })

	// The command itself, timed from the keystroke.
	began := time.Now()
	c.types("sudo unshare --uts bash\r")
	got = f.check("uts-new", func(c checkView) bool { return c.Met })
	took := time.Since(began)
	t.Logf("the check turned after %v", took)
	if took > time.Second {
		t.Errorf("the check turned after %v", took)
	}
	if !got.Passed || !strings.HasPrefix(got.Saw, "one: ") {
		t.Errorf("it is %+v", got)
	}

	// Once passed, passed; what must hold turns back and forth.
	c.types("exit\r")
	if got := f.check("uts-new", func(c checkView) bool { return !c.Met }); !got.Passed {
		t.Errorf("after the shell's end it is %+v", got)
	}
	c.types("hostname other\r")
	if got := f.check("name-kept", func(c checkView) bool { return !c.Met }); got.Passed {
		t.Errorf("with another name it is %+v", got)
	}
	c.types("hostname lab\r")
	if got := f.check("name-kept", func(c checkView) bool { return c.Met }); !got.Passed {
		t.Errorf("with the name back it is %+v", got)
	}

	// What was passed is there in the catalogue, and in a fresh sandbox it
	// is to do again.
	var lab struct {
		Passed []string
		Steps  []json.RawMessage
	}
	eventually(t, "progress is recorded", func() bool {
		h.call("GET", "/api/labs/hands", nil, http.StatusOK).into(t, &lab)
		return slices.Contains(lab.Passed, "uts-new") && slices.Contains(lab.Passed, "name-kept")
	})
	var list struct{ Labs []card }
	h.call("GET", "/api/labs", nil, http.StatusOK).into(t, &list)
	i := slices.IndexFunc(list.Labs, func(c card) bool { return c.ID == "hands" })
	if i < 0 || list.Labs[i].Items != 4 || list.Labs[i].Passed != 2 {
		t.Errorf("the catalogue is %+v", list.Labs)
	}
	if i := slices.IndexFunc(list.Labs, func(c card) bool { return c.ID == "broken" }); i < 0 || !list.Labs[i].Broken {
		t.Errorf("the broken lab is not in the catalogue: %+v", list.Labs)
	}
	var fresh sandboxView
	h.call("POST", "/api/sandboxes/"+v.ID+"/reset", nil, http.StatusCreated).into(t, &fresh)
	if fresh.Lab != "hands" || len(fresh.Shells) != 2 || fresh.Checks[0].Passed {
		t.Errorf("the fresh sandbox is %+v", fresh)
	}
	e := f.until("the old one has ended", func(e event) bool { return e.Ended != nil })
	if e.Ended.Reason != "deleted" {
		t.Errorf("the old one ended because of %+v", e.Ended)
	}
	if _, err := f.next(); err == nil || !strings.Contains(err.Error(), "1000") {
		t.Errorf("the events end with %v, want close 1000", err)
	}
}

func TestAnswersAreJudgedByTheMachine(t *testing.T) {
	h := openHouse(t)
	v := h.take(map[string]any{"lab": "hands"})
	f := h.events(v.ID)
	var snap snapshot.Snapshot
	h.call("GET", "/api/sandboxes/"+v.ID+"/snapshot", nil, http.StatusOK).into(t, &snap)
	two, _ := snap.Process(v.Shells[1].PID)
	right := fmt.Sprint(two.NS["uts"])

	type judged struct {
		answerView
		Explain string
	}
	for i, step := range []struct {
		answer  string
		correct bool
		explain string
	}{
		{"1", false, "Not that one."},
		{fmt.Sprint(snap.Sandbox["uts"]), false, "Not that one."},
		{"uts:[" + right + "]", true, "It is its identity."},
	} {
		var got judged
		h.call("POST", "/api/sandboxes/"+v.ID+"/answers", map[string]string{"question": "inode", "answer": step.answer}, http.StatusOK).into(t, &got)
		want := answerView{Question: "inode", Answer: step.answer, Correct: step.correct, Tries: i + 1}
		if got.answerView != want || !strings.Contains(got.Explain, step.explain) {
			t.Errorf("%s is judged %+v, want %+v and %q", step.answer, got, want, step.explain)
		}
	}
	e := f.until("the answer is told", func(e event) bool {
		return e.Sandbox != nil && len(e.Sandbox.Answers) == 1 && e.Sandbox.Answers[0].Tries == 3
	})
	if !e.Sandbox.Answers[0].Correct {
		t.Errorf("the answers are %+v", e.Sandbox.Answers)
	}
	var lab struct{ Passed []string }
	h.call("GET", "/api/labs/hands", nil, http.StatusOK).into(t, &lab)
	if !slices.Contains(lab.Passed, "inode") {
		t.Errorf("passed are %v, want the question among them", lab.Passed)
	}
}

func TestLinesAreFilledIn(t *testing.T) {
	h := openHouse(t)
	v := h.take(map[string]any{"lab": "hands"})
	var got struct{ Lines []lineView }
	h.call("GET", "/api/sandboxes/"+v.ID+"/lines/c1", nil, http.StatusOK).into(t, &got)
	text := fmt.Sprintf("sudo nsenter -t %d --uts hostname", v.Shells[1].PID)
	if diff := cmp.Diff([]lineView{{"one", text, text + "\r"}}, got.Lines); diff != "" {
		t.Errorf("the command (-want +got):\n%s", diff)
	}
	h.call("GET", "/api/sandboxes/"+v.ID+"/lines/uts-new", nil, http.StatusOK).into(t, &got)
	if diff := cmp.Diff([]lineView{{"one", "sudo unshare --uts bash", "sudo unshare --uts bash\r"}}, got.Lines); diff != "" {
		t.Errorf("the solution (-want +got):\n%s", diff)
	}
	checkProblem(t, h.do(h.request("GET", "/api/sandboxes/"+v.ID+"/lines/c2", nil)), "not-yet", "")
}

func TestEventsTellOfShellsAndTheClock(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	f := h.events(v.ID)
	e := f.until("the snapshot comes", func(e event) bool { return e.Snapshot != nil })
	if _, ok := e.Snapshot.Process(v.Shells[0].PID); !ok {
		t.Errorf("the shell is not in the snapshot %+v", e.Snapshot.Processes)
	}
	h.call("POST", "/api/sandboxes/"+v.ID+"/shells", map[string]any{"namespaces": []string{"pid"}}, http.StatusCreated)
	f.until("there is a second shell", func(e event) bool { return e.Sandbox != nil && len(e.Sandbox.Shells) == 2 })
	h.call("POST", "/api/sandboxes/"+v.ID+"/extend", nil, http.StatusOK)
	f.until("the end has moved", func(e event) bool { return e.Sandbox != nil && e.Sandbox.Expires.Sub(v.Started) == 2*time.Hour })
	h.tty(v.ID, "s2", "").types("exit 3\r")
	f.until("the second shell has ended", func(e event) bool {
		return e.Sandbox != nil && e.Sandbox.Shells[1].Exit != nil && e.Sandbox.Shells[1].Exit.Code == 3
	})
	if err := f.conn.WriteMessage(1, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := f.next(); err != nil {
			if !strings.Contains(err.Error(), "1008") {
				t.Errorf("who speaks is closed with %v, want 1008", err)
			}
			break
		}
	}
}

func TestASavedLabIsInTheOpenPage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "live", "lab.md")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/labs/hands/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := strings.Replace(string(text), "order: 998", "order: 999", 1)
	save(good)
	h := openHouse(t, func(c *Config) { c.Catalog = catalog(t, dir) })
	v := h.take(map[string]any{"lab": "live"})
	f := h.events(v.ID)
	f.until("checks have been evaluated", func(e event) bool { return e.Snapshot != nil })
	var old labs.View
	h.call("GET", "/api/labs/live", nil, http.StatusOK).into(t, &old)

	save(strings.Replace(good, "id=name-kept", "id=renamed", 1))
	e := f.until("the new text is told", func(e event) bool { return e.Lab != nil })
	if e.Lab.ID != "live" || e.Lab.Version == old.Version || e.Lab.Error != nil {
		t.Errorf("the new text is told as %+v", e.Lab)
	}
	eventually(t, "the new check is evaluated", func() bool {
		checks := h.look(v.ID).Checks
		return len(checks) == 2 && checks[1].ID == "renamed" && checks[1].Met
	})

	save(strings.Replace(good, "shells:", "shels:", 1))
	e = f.until("the mistake is told", func(e event) bool { return e.Lab != nil && e.Lab.Error != nil })
	if !strings.Contains(e.Lab.Error.Message, "shels") || e.Lab.Error.Line == 0 {
		t.Errorf("the mistake is told as %+v", e.Lab.Error)
	}
	var view labs.View
	h.call("GET", "/api/labs/live", nil, http.StatusOK).into(t, &view)
	if view.Error == nil || len(view.Steps) == 0 || view.Version == old.Version {
		t.Errorf("the last good version is not served beside the mistake: %+v", view)
	}

	save(good)
	f.until("it is mended", func(e event) bool { return e.Lab != nil && e.Lab.Error == nil && e.Lab.Version == old.Version })

	if err := os.Rename(filepath.Dir(file), filepath.Join(dir, "..", "elsewhere")); err != nil {
		t.Fatal(err)
	}
	e = f.until("that it is gone is told", func(e event) bool { return e.Lab != nil && e.Lab.Error != nil })
	if e.Lab.ID != "live" || !strings.HasPrefix(e.Lab.Error.Message, "This lab is not there any more.") {
		t.Errorf("that it is gone is told as %+v", e.Lab)
	}
	h.call("GET", "/api/sandboxes/"+v.ID+"/lines/c1", nil, http.StatusOK) // the lesson goes on
	if err := os.Rename(filepath.Join(dir, "..", "elsewhere"), filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	f.until("it is back", func(e event) bool { return e.Lab != nil && e.Lab.Error == nil })
}
