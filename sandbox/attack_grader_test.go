//go:build linux

package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"example.org/nslab/sandbox/snapshot"
)

// attacksOnGrader are cheats: a learner wants an exercise to look solved. What
// checks read is a Snapshot; what a simpler grader would read is beside it.
var attacksOnGrader = []attack{
	{name: "mounts a /proc of its own making, with namespaces as wanted", defence: pinned, without: throughProc, try: fakeLink},
	{name: "makes up processes in a /proc of its own", defence: pinned, without: throughProc, try: fakeProcess},
	{name: "has the server wait on a FIFO in place of a file of /proc", defence: pinned, without: throughProc, try: fakeFIFO},
	{name: "has the server read its own files through a link in /proc", defence: pinned, without: throughProc, try: fakeFile},
	{name: "binds another process's namespace over its own in /proc", defence: pinned, without: throughProc, try: boundLink},
	{name: "covers its traces in /proc with an empty directory", defence: pinned, without: throughProc, try: coveredProc},
	{name: "takes a name that looks like the rest of its stat", defence: "stat is read from its last parenthesis", without: naively("splitting at spaces"), try: fakeStat},
	{name: "prints what a solved exercise prints", defence: "checks read the kernel, not the screen", without: naively("reading the screen"), try: fakeOutput},
	{name: "opens a file that is called like a namespace", defence: "only nsfs counts", without: naively("reading names"), try: fakeDescriptor},
	{name: "mounts a file that is called like a namespace", defence: "only nsfs counts", without: naively("reading names"), try: fakeMount},
	{name: "leaves a file where ip(8) keeps net namespaces", defence: "only nsfs counts", without: naively("listing files, as ip netns does"), try: fakePin},
	{name: "passes a new namespace off as a dead one whose number it got", defence: "a namespace is more than its number", without: naively("comparing numbers"), where: withIDs, nowhereElse: true, try: reuseNumber},
}

const pinned = "a procfs that is mounted nowhere"

// throughProc is how a simpler server would read.
var throughProc = naively("through the sandbox's own /proc")

// wanted is the number that every cheat wants to be seen as its uts namespace.
const wanted = 4026599999

// proc is the sandbox's /proc as a learner has made it.
func (sc *scene) proc() string { return fmt.Sprintf("/proc/%d/root/proc", sc.s.pid) }

// fake starts a process, puts something beneath a directory that is then
// mounted over /proc, and returns the pid. In the commands $p stands for it.
func (sc *scene) fake(commands string) int {
	sc.t.Helper()
	out := sc.type_("sleep 20 & p=$!; mkdir -p /tmp/p/$p/ns; " + commands + "; mount --bind /tmp/p /proc; echo pid $p")
	_, number, _ := strings.Cut(out, "pid ")
	pid, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		sc.t.Fatalf("it says %q", out)
	}
	return pid
}

func (sc *scene) snapshot() *snapshot.Snapshot {
	sc.t.Helper()
	return snapshotFor(sc.t, sc.s)
}

func fakeLink(sc *scene) bool {
	pid := sc.fake(fmt.Sprintf("ln -s 'uts:[%d]' /tmp/p/$p/ns/uts", wanted))
	if sc.weak {
		link, err := os.Readlink(fmt.Sprintf("%s/%d/ns/uts", sc.proc(), pid))
		return err == nil && link == fmt.Sprintf("uts:[%d]", wanted)
	}
	p, ok := sc.snapshot().Process(pid)
	if !ok {
		sc.t.Errorf("the process %d is not seen", pid)
	}
	return p.NS[snapshot.UTS] == wanted
}

func fakeProcess(sc *scene) bool {
	sc.fake("mkdir /tmp/p/3999; cp /proc/$p/stat /proc/$p/status /tmp/p/3999")
	if sc.weak {
		_, err := os.Stat(sc.proc() + "/3999/status")
		return err == nil
	}
	_, ok := sc.snapshot().Process(3999)
	return ok
}

func fakeFIFO(sc *scene) bool {
	pid := sc.fake("mkfifo /tmp/p/$p/stat /tmp/p/$p/status /tmp/p/$p/mountinfo")
	if sc.weak {
		err := exec.Command("timeout", "1", "cat", fmt.Sprintf("%s/%d/stat", sc.proc(), pid)).Run()
		exit, ok := err.(*exec.ExitError)
		return ok && exit.ExitCode() == 124
	}
	done := make(chan struct{})
	go func() { defer close(done); _, _ = sc.s.Snapshot(bounded(sc.t)) }()
	select {
	case <-done:
		return false
	case <-time.After(5 * time.Second):
		return true
	}
}

func fakeFile(sc *scene) bool {
	pid := sc.fake("ln -s {file} /tmp/p/$p/cmdline; ln -s {file} /tmp/p/$p/status")
	if sc.weak {
		data, err := os.ReadFile(fmt.Sprintf("%s/%d/cmdline", sc.proc(), pid))
		return err == nil && strings.Contains(string(data), secret)
	}
	data, err := json.Marshal(sc.snapshot())
	sc.must(err)
	return strings.Contains(string(data), secret)
}

// boundLink binds the files of namespaces over others: links of /proc itself
// cannot be mounted on, so it is the directory.
func boundLink(sc *scene) bool {
	out := sc.type_("unshare --uts sleep 20 & o=$!; sleep 20 & p=$!; until [ $(readlink /proc/$o/ns/uts) != $(readlink /proc/$$/ns/uts) ]; do :; done; mount --bind /proc/$o/ns /proc/$p/ns; echo pid $p")
	_, number, _ := strings.Cut(out, "pid ")
	pid, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		sc.t.Fatalf("it says %q", out)
	}
	snap := sc.snapshot()
	if sc.weak {
		link, err := os.Readlink(fmt.Sprintf("%s/%d/ns/uts", sc.proc(), pid))
		return err == nil && link != fmt.Sprintf("uts:[%d]", snap.Sandbox[snapshot.UTS])
	}
	p, _ := snap.Process(pid)
	return p.NS[snapshot.UTS] != snap.Sandbox[snapshot.UTS]
}

func coveredProc(sc *scene) bool {
	out := sc.type_("sleep 20 & p=$!; mount -t tmpfs none /proc; echo pid $p")
	_, number, _ := strings.Cut(out, "pid ")
	pid, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		sc.t.Fatalf("it says %q", out)
	}
	if sc.weak {
		_, err := os.Stat(fmt.Sprintf("%s/%d", sc.proc(), pid))
		return os.IsNotExist(err)
	}
	_, ok := sc.snapshot().Process(pid)
	return !ok
}

func fakeStat(sc *scene) bool {
	_, ty := startFor(sc.t, sc.s)
	ty.keys(sc.fill("{tool} comm 'x) R 1 1'\r"))
	ty.until("\rready")
	for _, p := range sc.snapshot().Processes {
		if p.Comm != "x) R 1 1" {
			continue
		}
		if sc.weak {
			stat, err := sc.s.proc.read(fmt.Sprintf("%d/stat", p.PID), nil)
			sc.must(err)
			return strings.Fields(string(stat))[3] == "1" // the parent's pid, it seems
		}
		return p.PPID == 1
	}
	sc.t.Error("the process with the name is not seen")
	return false
}

func fakeOutput(sc *scene) bool {
	line := fmt.Sprintf("uts:[%d]", wanted)
	if out := sc.type_("echo '" + line + "'"); sc.weak {
		return strings.Contains(out, line)
	}
	_, ok := sc.snapshot().Namespace(snapshot.UTS, wanted)
	return ok
}

// fakeDescriptor opens a file whose link in /proc/<pid>/fd ends like one of a
// namespace.
func fakeDescriptor(sc *scene) bool {
	name := fmt.Sprintf("uts:[%d]", wanted)
	out := sc.type_("cd /; exec 9>'" + name + "'; readlink /proc/$$/fd/9")
	if sc.weak {
		return strings.HasSuffix(strings.TrimSpace(out), name)
	}
	_, ok := sc.snapshot().Namespace(snapshot.UTS, wanted)
	return ok
}

// fakeMount binds a file whose root in mountinfo reads like a namespace.
func fakeMount(sc *scene) bool {
	name := fmt.Sprintf("uts:[%d]", wanted)
	out := sc.type_("mkdir -p /tmp/m; mount -t tmpfs none /tmp/m; touch '/tmp/m/" + name + "' /tmp/pin; mount --bind '/tmp/m/" + name + "' /tmp/pin; grep /tmp/pin /proc/self/mountinfo")
	if sc.weak {
		return strings.Contains(out, name)
	}
	_, ok := sc.snapshot().Namespace(snapshot.UTS, wanted)
	return ok
}

// fakePin leaves a file in /run/netns that no namespace is mounted on.
func fakePin(sc *scene) bool {
	sc.type_("touch /run/netns/blue")
	if sc.weak {
		_, err := os.Stat(fmt.Sprintf("/proc/%d/root/run/netns/blue", sc.s.pid))
		return err == nil
	}
	for _, n := range sc.snapshot().Namespaces {
		for _, h := range n.Holders {
			if h.Path == "/run/netns/blue" {
				return true
			}
		}
	}
	return false
}

// withIDs: since Linux 6.18 namespaces have identifiers that are never used
// again. Before, what compares a namespace over time must hold it open.
var withIDs = since(6, 18)

// reuseNumber makes a uts namespace, ends it, and makes others until one gets
// its number.
func reuseNumber(sc *scene) bool {
	const begin = "unshare --uts sleep 20 & p=$!; until [ $(readlink /proc/$p/ns/uts) != $(readlink /proc/$$/ns/uts) ]; do :; done"
	sc.type_(begin)
	first := sc.ownUTS()
	sc.type_(fmt.Sprintf("n='uts:[%d]'; for i in {1..100}; do kill $p; wait $p; %s; [ $(readlink /proc/$p/ns/uts) = $n ] && break; done 2>/dev/null", first.Inode, begin))
	second := sc.ownUTS()
	if first.Inode != second.Inode {
		sc.t.Skip("the kernel has not given the number again")
	}
	if sc.weak {
		return first.Inode == second.Inode
	}
	return first.ID == second.ID
}

// ownUTS is the one uts namespace that a learner has made.
func (sc *scene) ownUTS() snapshot.Namespace {
	sc.t.Helper()
	snap := sc.snapshot()
	for _, n := range snap.Namespaces {
		if n.Type == snapshot.UTS && n.Inode != snap.Sandbox[snapshot.UTS] {
			return n
		}
	}
	sc.t.Fatal("there is no uts namespace beside the sandbox's")
	return snapshot.Namespace{}
}
