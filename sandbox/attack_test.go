//go:build linux

package sandbox

import (
	"context"
	"os"
	"strings"
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

// attack is one thing that a learner may try. Each is tried twice: in a sandbox
// as it is, where it must fail, and without the one defence that it is about,
// where it must succeed. A defence whose attack fails anyway proves nothing.
type attack struct {
	// name completes "A learner …".
	name string
	// defence is what stops it.
	defence string
	// command is typed into a shell of the sandbox; it ends with 0 when the
	// attack has succeeded. In it {words} stand for what the host has: see
	// grounds.words.
	command string
	// try is used instead of a command, where what counts is seen outside. It
	// reports whether the attack succeeded.
	try func(*scene) bool
	// without is how the defence is left out.
	without without
	// besides are defences that would stop it as well; they are left out both
	// times, so that each is proven alone.
	besides defences
	// alone: no other sandbox of the same host may be alive.
	alone bool
	// system: the sandbox's /usr is that of a copy that may be broken.
	system bool
	// where it can succeed without the defence; everywhere if there is none.
	// Elsewhere something of that machine stops it too, so that only half of
	// it is tried.
	where condition
	// nowhere else: elsewhere there is no such defence.
	nowhereElse bool
}

// without says how a defence is left out of a sandbox.
type without struct {
	// words name it in the table of SECURITY.md.
	words string
	// defences are left out of the Host.
	defences defences
	// outside are namespaces of the sandbox that the attacker is not in: the
	// command runs in all the others, on the same root file system, as the
	// same user, but in these of the host.
	outside []snapshot.Type
	// among: the namespaces outside are not the host's but those of another
	// learner's sandbox.
	among bool
}

// outOf leaves namespaces out, one in most cases.
func outOf(types ...snapshot.Type) without {
	return without{words: "outside the " + join(types) + " namespace", outside: types}
}

// among puts the attacker into namespaces of another learner's sandbox.
func among(types ...snapshot.Type) without {
	return without{words: "in the other's " + join(types) + " namespace", outside: types, among: true}
}

// leaving leaves defences out of the Host.
func leaving(words string, d defences) without { return without{words: words, defences: d} }

// naively is the way of a try that does what the server might do instead.
func naively(words string) without { return without{words: words} }

func join(types []snapshot.Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = string(t)
	}
	return strings.Join(words, " and ")
}

// attacks is the suite, by what is attacked.
var attacks = []struct {
	on  string
	all []attack
}{
	{"The kernel", attacksOnKernel},
	{"The host's settings and devices", attacksOnMachine},
	{"The host's files", attacksOnFiles},
	{"The host's processes, network and memory", attacksOnHost},
	{"Other learners", attacksOnLearners},
	{"Init and the server", attacksOnInit},
	{"The grader", attacksOnGrader},
}

// TestAttacks tries every attack, with the defence and without.
func TestAttacks(t *testing.T) {
	t.Setenv("NSLAB_TOKEN", secret)
	g := prepareGrounds(t)
	tried, proven := 0, 0
	for _, area := range attacks {
		t.Run(area.on, func(t *testing.T) {
			for _, a := range area.all {
				t.Run(a.name, func(t *testing.T) {
					why := ""
					if a.where.missing != nil {
						why = a.where.missing(g)
					}
					if why != "" && a.nowhereElse {
						t.Log("not tried here: ", why)
						return
					}
					tried++
					if g.succeeds(t, a, false) {
						t.Errorf("a learner %s, in spite of %s", a.name, a.defence)
					}
					if why != "" {
						t.Log("not proven here: ", why)
						return
					}
					proven++
					if !g.succeeds(t, a, true) {
						t.Errorf("it fails without %s too, and so proves nothing", a.defence)
					}
				})
			}
		})
	}
	t.Logf("%d attacks were tried, %d also without the defence", tried, proven)
}

// succeeds tries an attack once and reports whether it got through.
func (g *grounds) succeeds(t *testing.T, a attack, weak bool) bool {
	t.Helper()
	left := a.besides
	sc := &scene{t: t, grounds: g, weak: weak}
	if weak {
		left = left.and(a.without.defences)
		sc.outside, sc.among = a.without.outside, a.without.among
	}
	sc.h = g.host(t, a, left)
	if a.try != nil {
		sc.s = takeFor(t, sc.h)
		return a.try(sc)
	}
	// Commands do little to a sandbox: they share one.
	if g.rooms[sc.h] == nil {
		s := takeFor(g.t, sc.h)
		_, ty := startFor(g.t, s)
		g.rooms[sc.h] = &room{s, ty}
	}
	sc.s, sc.typist = g.rooms[sc.h].s, g.rooms[sc.h].typist
	sc.typist.t = t
	out := sc.run("if out=$( { " + a.command + "; } 2>&1 ); then echo got in; else echo kept out: $out; fi")
	in := strings.Contains(out, "got in")
	if !in && !strings.Contains(out, "kept out") {
		t.Fatalf("%s: it says %q", a.command, out)
	}
	if in != weak {
		t.Logf("it says %q", out)
	}
	return in
}

// and leaves out what either does.
func (d defences) and(e defences) defences {
	return defences{
		filter: d.filter || e.filter, keyring: d.keyring || e.keyring, seals: d.seals || e.seals,
		environment: d.environment || e.environment, messages: d.messages || e.messages, readOnly: d.readOnly || e.readOnly,
	}
}

// hostKey tells hosts apart.
type hostKey struct {
	left   defences
	rootfs string
}

// host is one that lacks those defences.
func (g *grounds) host(t *testing.T, a attack, d defences) *Host {
	t.Helper()
	o := Options{without: d}
	if a.system {
		o.Rootfs = g.systemCopy()
	}
	if a.alone {
		return openHostFor(t, o)
	}
	key := hostKey{d, o.Rootfs}
	if g.hosts[key] == nil {
		o.MaxSandboxes = 8
		h, err := Open(context.Background(), o)
		if err != nil {
			t.Fatalf("Open without %+v: %v", d, err)
		}
		g.t.Cleanup(func() { h.Close() })
		g.hosts[key] = h
	}
	return g.hosts[key]
}

// executable is the test's own program, which is also the attackers' tool.
func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
