package labtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
)

// desk is a sandbox with two shells, one and two, for tests of what one can do in
// them.
type desk struct {
	t        *testing.T
	box      *sandbox.Sandbox
	one, two *screen
}

// sitAt takes a sandbox for a test.
func sitAt(t *testing.T, host *sandbox.Host) *desk {
	t.Helper()
	box, err := host.Take(t.Context())
	if err != nil {
		t.Fatalf("Take: %v", err)
	}
	t.Cleanup(func() {
		box.End(sandbox.Reason{Code: "deleted"})
		<-box.Done()
	})
	d := &desk{t: t, box: box}
	for title, to := range map[string]**screen{"one": &d.one, "two": &d.two} {
		// Wide, so that no command is wrapped where its echo is read.
		sh, err := box.StartShell(t.Context(), sandbox.ShellSpec{Title: title, Cols: 1000})
		if err != nil {
			t.Fatalf("StartShell(%s): %v", title, err)
		}
		*to = look(sh)
		t.Cleanup((*to).close)
	}
	return d
}

// longest is what the slowest command of the tests may take, on a machine that is
// busy with the others.
const longest = 60 * time.Second

// run types a command and returns what it prints, without its echo and the prompt
// after it.
func (d *desk) run(s *screen, command string) string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), longest)
	defer cancel()
	if _, err := s.rest(ctx); err != nil {
		d.t.Fatalf("wait for a prompt: %v; the terminal shows:\n%s", err, s.text())
	}
	if err := s.typeText(ctx, command); err != nil {
		d.t.Fatalf("type %q: %v", command, err)
	}
	for {
		mood, err := s.rest(ctx)
		if err != nil || mood == ended || mood == incomplete {
			d.t.Fatalf("%q gives no prompt back (%v); the terminal shows:\n%s", command, err, s.text())
		}
		if mood == waiting {
			break
		}
	}
	_, out, _ := strings.Cut(s.text(), "\n")           // the echo
	return out[:strings.LastIndexByte("\n"+out, '\n')] // the prompt
}

// snapshot looks at the sandbox.
func (d *desk) snapshot() *snapshot.Snapshot {
	d.t.Helper()
	snap, err := d.box.Snapshot(d.t.Context())
	if err != nil {
		d.t.Fatalf("Snapshot: %v", err)
	}
	return snap
}

// process returns what a snapshot knows of the process with that pid.
func (d *desk) process(pid int) snapshot.Process {
	d.t.Helper()
	p, ok := d.snapshot().Process(pid)
	if !ok {
		d.t.Fatalf("there is no process %d", pid)
	}
	return p
}
