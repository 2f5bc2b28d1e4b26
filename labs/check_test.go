package labs

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/nslab/sandbox/snapshot"
)

const checks = "## Step\n" + `
~~~command shell=one
sudo nsenter -t {{PID: shell("one").now.pid}} --net -- bash
~~~

~~~check id=named
goal: Name it.
met: made("uts").exists(n, n.hostname == "container-test")
saw: 'made: {{made("uts").map(n, n.hostname)}}; shell gone: {{shell("one").now.ns("time").inode}}; {{sandbox.alive}}'
hints:
  - when: sandbox.ns("uts").hostname != "lab"
    text: You renamed *the lab*.
  - text: For everybody.
  - when: process(99).alive
    text: Never.
solution:
  - one: hostname container-test
  - one: |
      cat > /tmp/x <<EOF
      {{made("uts")[0]}}
      EOF
  - ^D
near:
  - why: It is the lab.
    type:
      - two: hostname container-test
~~~
`

func TestCheckEval(t *testing.T) {
	check := mustParse(t, checks).Check("named")
	renamed := fixture()
	for i := range renamed.Namespaces {
		n := &renamed.Namespaces[i]
		switch {
		case n.Type == snapshot.UTS && n.Inode == labUTS:
			n.Hostname = "container-test"
		case n.Type == snapshot.UTS:
			n.Hostname = "lab"
		}
	}
	for name, row := range map[string]struct {
		snap *snapshot.Snapshot
		want Result
	}{
		"met": {fixture(), Result{Met: true, Saw: "made: container-test; shell gone: none; true"}},
		"unmet by a well-known mistake": {renamed, Result{
			Saw: "made: lab; shell gone: none; true", Hints: []HTML{"<p>You renamed <em>the lab</em>.</p>"},
		}},
		"unmet in an empty sandbox": {&snapshot.Snapshot{}, Result{Saw: "made: none; shell gone: none; true"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := check.Eval(NewState(row.snap))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinesAreTyped(t *testing.T) {
	lab := mustParse(t, checks)
	state := NewState(fixture())
	command := lab.Command("c1")
	if got, want := command.Text.String(), "sudo nsenter -t PID --net -- bash"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
	lines := append([]Line{command.Line}, lab.Check("named").Solution...)
	var got []string
	for _, l := range lines {
		keys, err := l.Type(state)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l.Shell+": "+keys)
	}
	want := []string{
		"one: sudo nsenter -t 12 --net -- bash\r",
		"one: hostname container-test\r",
		"one: cat > /tmp/x <<EOF\r301\rEOF\r",
		": \x04",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLineThatCannotBeFilled(t *testing.T) {
	_, err := mustParse(t, checks).Command("c1").Type(NewState(&snapshot.Snapshot{}))
	if !errors.Is(err, ErrNotNow) {
		t.Errorf("error %v does not wrap ErrNotNow", err)
	}
}

// A learner names processes and hosts as they like; a name with a newline in it
// must not press Enter.
func TestLineRefusesControlCharacters(t *testing.T) {
	lab := mustParse(t, "## S\n```command\nkill {{process(20).name}}\n```\n")
	snap := fixture()
	for i := range snap.Processes {
		if snap.Processes[i].PID == 20 {
			snap.Processes[i].Comm = "x\nreboot"
		}
	}
	if text, err := lab.Command("c1").Type(NewState(snap)); !errors.Is(err, ErrNotNow) {
		t.Errorf("typed %q, %v", text, err)
	}
}

func TestNowIsWhereTheLearnerTypes(t *testing.T) {
	type proc struct {
		pid, parent int
		state       string
		args        []string
	}
	bash := []string{"bash", "--rcfile", "/etc/nslab.rc"}
	for name, row := range map[string]struct {
		procs []proc
		want  string
	}{
		"the shell itself":            {[]proc{{2, 1, "S", bash}}, "2"},
		"the shell below sudo":        {[]proc{{2, 1, "S", bash}, {3, 2, "S", []string{"sudo", "bash"}}, {4, 3, "S", []string{"bash"}}}, "4"},
		"not a job in the background": {[]proc{{2, 1, "S", bash}, {3, 2, "S", []string{"sleep", "9"}}}, "2"},
		"not a script":                {[]proc{{2, 1, "S", bash}, {3, 2, "S", []string{"bash", "x.sh"}}}, "2"},
		"not a stopped shell":         {[]proc{{2, 1, "S", bash}, {3, 2, "T", []string{"bash"}}}, "2"},
		"not a dead one":              {[]proc{{2, 1, "S", bash}, {3, 2, "Z", []string{"bash"}}}, "2"},
		"the newer of two":            {[]proc{{2, 1, "S", bash}, {3, 2, "S", []string{"bash"}}, {4, 2, "S", []string{"sh", "-i"}}}, "4"},
		"what the shell has become":   {[]proc{{2, 1, "S", []string{"python3"}}}, "2"},
		"in spite of a circle":        {[]proc{{2, 3, "S", bash}, {3, 2, "S", []string{"bash"}}}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			snap := &snapshot.Snapshot{Shells: []snapshot.Shell{{ID: "s1", Title: "one", PID: 2, Alive: true}}}
			for _, p := range row.procs {
				snap.Processes = append(snap.Processes, snapshot.Process{
					PID: p.pid, PPID: p.parent, Start: uint64(p.pid), State: p.state, Comm: p.args[0], Args: p.args,
				})
			}
			e, _ := compileFor(t, `shell("one").now`)
			val, err := e.eval(NewState(snap))
			if err != nil {
				t.Fatal(err)
			}
			if got := printVal(val); got != row.want && row.want != "none" {
				t.Errorf("now is %s, want %s", got, row.want)
			}
		})
	}
}
