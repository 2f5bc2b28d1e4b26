package labs

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/cel-go/common/types"

	"example.org/nslab/sandbox/snapshot"
)

// Every name of README.md, over the fixture. What is not there is an error,
// written "absent".
func TestConditionsSee(t *testing.T) {
	state := NewState(fixture())
	for expr, want := range map[string]string{
		// What can be named.
		`sandbox.pid`:             "1",
		`shell.title`:             "one",
		`shell("two").id`:         "s2",
		`shells.size()`:           "4",
		`processes.size()`:        "9",
		`process(12).name`:        "bash",
		`process(99).name`:        "absent",
		`named("sleep")`:          "20",
		`running("sleep 1000")`:   "20",
		`running("sleep 10")`:     "none",
		`running("")`:             "none",
		`namespaces.size()`:       "13",
		`namespaces("net")`:       "102, 302",
		`made("net")`:             "302",
		`made("uts")`:             "301",
		`string(sandbox)`:         "1",
		`string(made("uts")[0])`:  "301",
		`sandbox.ns("uts").inode`: "101",

		// Same and different.
		`same(shell("one"), shell("two"), "uts")`:         "true",
		`same(shell("one").now, shell("two"), "uts")`:     "false",
		`same(shell("one"), sandbox)`:                     "true",
		`same(shell("one").now, sandbox)`:                 "false",
		`differ(shell("one").now, sandbox)`:               "mnt, uts, pid",
		`differ(shell.now, sandbox) == ["mnt"]`:           "false",
		`same(shell("gone"), sandbox, "uts")`:             "absent",
		`!same(shell("gone"), sandbox, "uts")`:            "absent",
		`shell("one").now.ns("uts") == made("uts")[0]`:    "true",
		`shell("one").now.ns("uts") != sandbox.ns("uts")`: "true",
		`shell("one").process == process(2)`:              "true",
		`shell("one") == shell`:                           "true",
		`sandbox == process(1)`:                           "true",
		`made("uts")[0] in [shell.now.ns("uts")]`:         "true",

		// Shells.
		`shell("one").pid`:             "2",
		`shell("gone").alive`:          "false",
		`shell("gone").process`:        "absent",
		`shell("gone").now`:            "absent",
		`shell("born").flags`:          "uts",
		`shell("born").born("uts")`:    "201",
		`shell("born").ns("uts").made`: "false",
		`shell("gone").born("uts")`:    "absent",
		`shell("one").process.pid`:     "2",
		`shell("one").now`:             "12",
		`shell("two").now`:             "3",
		`shell("one").tree`:            "2, 10, 11, 12, 20",

		// Processes.
		`process(12).self`:                "1",
		`process(12).pids`:                "12, 1",
		`process(11).args`:                "unshare, --uts, bash",
		`process(11).command`:             "unshare --uts bash",
		`process(30).state`:               "Z",
		`process(30).alive`:               "false",
		`process(12).uid`:                 "0",
		`process(12).threads`:             "1",
		`process(12).shell`:               "one",
		`process(1).shell == ""`:          "true",
		`process(12).parent.name`:         "unshare",
		`process(1).parent`:               "absent",
		`process(2).children`:             "10, 20",
		`process(2).descendants`:          "10, 20, 11, 12",
		`process(4).nsForChildren("pid")`: "303",
		`process(4).nsForChildren("uts")`: "201",
		`process(4).ns("time")`:           "absent",

		// Namespaces.
		`made("uts")[0].type`:                                "uts",
		`made("uts")[0].hostname`:                            "container-test",
		`made("net")[0].hostname`:                            "absent",
		`made("uts")[0].members`:                             "11, 12",
		`made("uts")[0].holders.map(h, h.kind)`:              "process, process, fd",
		`made("uts")[0].holders[2].fd`:                       "3",
		`made("uts")[0].holders[2].tid`:                      "0",
		`made("uts")[0].holders[0].pid`:                      "11",
		`made("uts")[0].holders[0].process.name`:             "unshare",
		`made("net")[0].holders[0].process`:                  "absent",
		`made("net")[0].holders[0].ns == sandbox.ns("mnt")`:  "true",
		`made("net")[0].holders[0].path`:                     "/run/netns/demo",
		`made("net")[0].heldBy("mount")`:                     "true",
		`made("net")[0].heldBy("process")`:                   "false",
		`made("net")[0].heldBy("mount", "/run/netns/demo")`:  "true",
		`made("net")[0].heldBy("mount", "/run/netns/other")`: "false",
		`made("uts")[0].owner`:                               "105",
		`made("net")[0].owner`:                               "absent",
		`made("pid")[0].parent`:                              "103",
		`sandbox.ns("pid").parent`:                           "absent",
		`made("user")[0].uidMap[0].outside`:                  "1000",
		`made("user")[0].uidMap[0].inside`:                   "0",
		`made("user")[0].uidMap[0].length`:                   "1",
		`made("user")[0].gidMap.size()`:                      "0",
		`namespaces("time")[0].offsets["monotonic"]`:         "86400",
		`sandbox.ns("uts").offsets.size()`:                   "0",

		// Interfaces, routes, mounts.
		`sandbox.ns("net").interfaces.map(i, i.name)`:      "lo, br0, veth0",
		`sandbox.ns("net").interface("veth0").addrs`:       "10.0.0.1/24",
		`sandbox.ns("net").interface("eth9").up`:           "absent",
		`sandbox.ns("net").has("veth0")`:                   "true",
		`sandbox.ns("net").has("eth9")`:                    "false",
		`sandbox.ns("net").interface("veth0").peer.name`:   "eth0",
		`sandbox.ns("net").interface("veth0").peerNs`:      "302",
		`sandbox.ns("net").interface("lo").peer`:           "absent",
		`sandbox.ns("net").interface("veth0").master.name`: "br0",
		`sandbox.ns("net").interface("lo").master`:         "absent",
		`sandbox.ns("net").interface("veth0").carrier`:     "true",
		`sandbox.ns("net").interface("veth0").index`:       "3",
		`sandbox.ns("net").interface("veth0").kind`:        "veth",
		`made("net")[0].interface("eth0").mac`:             "02:00:00:00:00:01",
		`made("net")[0].routes.map(r, r.dst)`:              "default, 10.0.0.0/24",
		`made("net")[0].route("default").via`:              "10.0.0.1",
		`made("net")[0].route("default").dev`:              "eth0",
		`made("net")[0].route("192.0.2.0/24").via`:         "absent",
		`shell.now.ns("mnt").mounts.size()`:                "3",
		`shell.now.ns("mnt").mount("/mnt").source`:         "new",
		`shell.now.ns("mnt").mount("/mnt").fsType`:         "tmpfs",
		`shell.now.ns("mnt").mount("/mnt").dev`:            "0:57",
		`shell.now.ns("mnt").mount("/mnt").root`:           "/",
		`shell.now.ns("mnt").mount("/mnt").options`:        "rw,nosuid",
		`shell.now.ns("mnt").mount("/mnt").propagation`:    "shared:3 master:2",
		`shell.now.ns("mnt").mount("/mnt").id`:             "8",
		`shell.now.ns("mnt").mount("/mnt").parent`:         "7",
		`shell.now.ns("mnt").mount("/mnt").shared`:         "true",
		`shell.now.ns("mnt").mount("/mnt").slave`:          "true",
		`sandbox.ns("mnt").mount("/").shared`:              "false",
		`sandbox.ns("mnt").mounted("/mnt")`:                "false",
		`sandbox.ns("mnt").mount("/mnt").path`:             "absent",

		// An error on one side does not hide what the other side decides.
		`process(99).alive || true`:                            "true",
		`processes.exists(p, p.ns("time").made || p.pid == 2)`: "true",
		`made("net").exists(n, n.interface("eth0").up)`:        "true",
	} {
		t.Run(expr, func(t *testing.T) {
			e, problems := compileFor(t, expr)
			if e == nil {
				t.Fatalf("compile:\n%s", Format(problems))
			}
			got := "absent"
			if val, err := e.eval(state); err == nil {
				got = printVal(val)
			} else if isCostly(err) {
				t.Fatalf("it costs too much: %v", err)
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// Recipes and conditions that README.md shows must compile and, where the
// fixture has what they look for, hold.
func TestConditionsOfREADME(t *testing.T) {
	state := NewState(fixture())
	readme := readREADME(t)
	_, recipes, _ := strings.Cut(readme, "## Recipes")
	recipes, _, _ = strings.Cut(recipes, "\n## ")
	met := 0
	for _, row := range strings.Split(recipes, "\n") {
		cells := strings.Split(row, " | ")
		if len(cells) != 2 || !strings.Contains(row, "`") || !strings.HasPrefix(row, "| ") {
			continue
		}
		from, to := strings.Index(cells[1], "`"), strings.LastIndex(cells[1], "`")
		text, _, _ := strings.Cut(cells[1][from+1:to], "` ")
		e, problems := compileFor(t, text)
		if e == nil {
			t.Errorf("%s\n%s", text, Format(problems))
			continue
		}
		if holds, _ := e.holds(state); holds {
			met++
		}
	}
	if met < 5 {
		t.Errorf("only %d recipes hold over the fixture", met)
	}
}

// A number that the kernel hands out again must not make an old namespace of a
// new one: the shell "gone" was born in a uts namespace of that number.
func TestReusedNumberIsStillMade(t *testing.T) {
	e, _ := compileFor(t, `made("uts").size() == 1`)
	if holds, err := e.holds(NewState(fixture())); !holds || err != nil {
		t.Errorf("holds = %v, %v; want true", holds, err)
	}
}

func TestExpensiveConditionIsGivenUp(t *testing.T) {
	e, problems := compileFor(t, `processes.all(p, processes.all(q, p.ns("uts") == q.ns("uts")))`)
	if e == nil {
		t.Fatal(Format(problems))
	}
	snap := fixture()
	for pid := 1000; pid < 4000; pid++ {
		p := snap.Processes[1]
		p.PID, p.Start = pid, uint64(pid)
		snap.Processes = append(snap.Processes, p)
	}
	// Without those that are elsewhere, so that no difference ends it early.
	snap.Processes = slices.DeleteFunc(snap.Processes, func(p snapshot.Process) bool { return p.NS[snapshot.UTS] != labUTS })
	if holds, err := e.holds(NewState(snap)); holds || err == nil {
		t.Errorf("holds = %v, %v; want an error about its cost", holds, err)
	}
}

func TestConditionsAreSafeForConcurrentUse(t *testing.T) {
	state := NewState(fixture())
	e, _ := compileFor(t, `made("net").exists(n, n.interfaces.exists(i, i.peerNs == sandbox.ns("net")))`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if val, err := e.eval(state); val != types.True {
					t.Errorf("eval = %v, %v", val, err)
				}
			}
		})
	}
	wg.Wait()
}
