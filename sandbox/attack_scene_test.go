//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/nslab/sandbox/snapshot"
)

// scene is one try.
type scene struct {
	*grounds
	t       *testing.T
	h       *Host
	s       *Sandbox
	weak    bool // without the defence
	outside []snapshot.Type
	among   bool

	other  *Sandbox
	typist *typist
}

// must fails the test: something of the test itself went wrong.
func (sc *scene) must(err error) {
	sc.t.Helper()
	if err != nil {
		sc.t.Fatal(err)
	}
}

// room is a sandbox with a shell for commands.
type room struct {
	s      *Sandbox
	typist *typist
}

// run runs a command line and returns what it prints: typed into a shell of
// the sandbox, or in all of its namespaces but some.
func (sc *scene) run(command string) string {
	sc.t.Helper()
	if len(sc.outside) > 0 {
		return sc.runOutside(sc.outside, sc.fill(command))
	}
	return sc.type_(command)
}

// type_ types a command line into the learner's shell.
func (sc *scene) type_(command string) string {
	sc.t.Helper()
	if sc.typist == nil {
		_, sc.typist = startFor(sc.t, sc.s)
	}
	return sc.typist.run(sc.fill(command))
}

// runOutside runs a command in the sandbox's namespaces but those of the types
// given: there it is in the test's own, or in those of another learner.
func (sc *scene) runOutside(types []snapshot.Type, command string) string {
	sc.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	args := []string{"-t", fmt.Sprint(sc.s.pid)}
	for t, flag := range map[snapshot.Type]string{
		snapshot.MNT: "-m", snapshot.UTS: "-u", snapshot.IPC: "-i", snapshot.NET: "-n",
		snapshot.PID: "-p", snapshot.USER: "-U", snapshot.CGROUP: "-C", snapshot.TIME: "-T",
	} {
		switch {
		case !slices.Contains(types, t):
			args = append(args, flag)
		case sc.among:
			args = append(args, fmt.Sprintf("%s/proc/%d/ns/%s", flag, sc.neighbour().pid, t))
		}
	}
	if sc.h.ids.each == 1 {
		args = append(args, "--preserve-credentials") // setgroups(2) is denied
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(args, "--", "/bin/bash", "-c", command)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		sc.t.Fatalf("nsenter %v -- %s: %v\n%s", args, command, err, out)
	}
	return string(out)
}

// neighbour is another learner's sandbox.
func (sc *scene) neighbour() *Sandbox {
	if sc.other == nil {
		sc.other = takeFor(sc.t, sc.h)
	}
	return sc.other
}

// fill puts what the host has into a command.
func (sc *scene) fill(command string) string {
	words := sc.words
	if sc.other != nil {
		words = append(slices.Clone(words), "{other}", fmt.Sprint(sc.other.pid))
	}
	return strings.NewReplacer(words...).Replace(command)
}
