package labtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

// TestArticle runs every command of the article that the lessons grew from, as it
// is printed there, and looks at the kernel after each.
func TestArticle(t *testing.T) {
	host := openHost(t)
	for _, tt := range []struct {
		name string
		play func(d *desk)
	}{
		{"ls -la /proc/$$/ns/ shows the inodes that the snapshot has", (*desk).playList},
		{"unshare --uts gives a shell a host name of its own", (*desk).playUnshare},
		{"nsenter joins three namespaces of process 1234 and no others", (*desk).playEnter},
		{"a bind mount keeps a network namespace without a process", (*desk).playKeep},
		{"ip netns add does the same", (*desk).playNetns},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.play(sitAt(t, host))
		})
	}
}

// nsLink is a line of the list, such as "net -> 'net:[4026531992]'".
var nsLink = regexp.MustCompile(`([a-z_]+) -> '?[a-z]+:\[([0-9]+)\]`)

func (d *desk) playList() {
	got := map[string]string{}
	for _, m := range nsLink.FindAllStringSubmatch(d.run(d.one, "ls -la /proc/$$/ns/"), -1) {
		got[m[1]] = m[2]
	}
	shell := d.process(d.one.shell.PID())
	for _, typ := range snapshot.Types() {
		if want := strconv.FormatUint(shell.NS[typ], 10); got[string(typ)] != want {
			d.t.Errorf("the list says that %s is %q, the snapshot %q", typ, got[string(typ)], want)
		}
	}
	if got["pid_for_children"] != got["pid"] || got["time_for_children"] != got["time"] || len(got) != 10 {
		d.t.Errorf("the list has %v, want eight types and two links for children", got)
	}
}

func (d *desk) playUnshare() {
	d.run(d.one, "sudo unshare --uts bash")
	d.run(d.one, "hostname container-test")
	d.wantNew(d.now(d.one), snapshot.UTS)
	for s, want := range map[*screen]string{d.one: "container-test\n", d.two: "lab\n"} {
		if got := d.run(s, "hostname"); got != want {
			d.t.Errorf("in shell %s hostname prints %q, want %q", s.shell.Title(), got, want)
		}
	}
	snap := d.snapshot()
	for inode, want := range map[uint64]string{d.now(d.one).NS[snapshot.UTS]: "container-test", snap.Sandbox[snapshot.UTS]: "lab"} {
		if n, ok := snap.Namespace(snapshot.UTS, inode); !ok || n.Hostname != want {
			d.t.Errorf("uts namespace %d: %v %q, want %q", inode, ok, n.Hostname, want)
		}
	}
	d.run(d.one, "exit")
	if got := d.run(d.one, "hostname"); got != "lab\n" {
		d.t.Errorf("after exit hostname prints %q", got)
	}
}

func (d *desk) playEnter() {
	d.run(d.two, "echo 1232 > /proc/sys/kernel/ns_last_pid; unshare --mount --uts --ipc --net --pid --fork --mount-proc bash")
	target := d.process(1234)
	d.wantNew(target, snapshot.MNT, snapshot.UTS, snapshot.IPC, snapshot.PID, snapshot.NET)

	d.run(d.one, "sudo nsenter -t 1234 --net --pid --mount -- bash")
	entered := d.now(d.one)
	d.wantNew(entered, snapshot.MNT, snapshot.PID, snapshot.NET)
	for _, typ := range []snapshot.Type{snapshot.MNT, snapshot.PID, snapshot.NET} {
		if entered.NS[typ] != target.NS[typ] {
			d.t.Errorf("the shell is in %s namespace %d, process 1234 in %d", typ, entered.NS[typ], target.NS[typ])
		}
	}
	if got := d.run(d.one, "ps -e -o pid,comm"); !strings.Contains(got, "      1 bash\n") {
		d.t.Errorf("inside, number 1 is not the bash of shell two:\n%s", got)
	}
}

func (d *desk) playKeep() {
	d.run(d.one, "sudo unshare --net bash")
	inode := d.now(d.one).NS[snapshot.NET]
	for _, command := range []string{
		"sudo touch /run/netns/demo",
		"sudo mount --bind /proc/$$/ns/net /run/netns/demo",
	} {
		if got := d.run(d.one, command); got != "" {
			d.t.Errorf("%s prints %q", command, got)
		}
	}
	d.run(d.one, "exit")
	d.wantHeld(inode, "/run/netns/demo")
	d.run(d.two, "sudo nsenter --net=/run/netns/demo -- bash")
	if got := d.now(d.two).NS[snapshot.NET]; got != inode {
		d.t.Errorf("nsenter by the file leads into %d, want %d", got, inode)
	}
	d.run(d.two, "exit")
	d.run(d.two, "sudo umount /run/netns/demo")
	if n, ok := d.snapshot().Namespace(snapshot.NET, inode); ok {
		d.t.Errorf("after umount the namespace is still there: %+v", n.Holders)
	}
}

func (d *desk) playNetns() {
	if got := d.run(d.one, "ip netns add demo"); got != "" {
		d.t.Errorf("ip netns add prints %q", got)
	}
	if got := d.run(d.one, "ls /run/netns/"); got != "demo\n" {
		d.t.Errorf("ls /run/netns/ prints %q", got)
	}
	inode, err := strconv.ParseUint(strings.TrimSpace(d.run(d.one, "stat -c %i /run/netns/demo")), 10, 64)
	if err != nil {
		d.t.Fatal(err)
	}
	d.wantHeld(inode, "/run/netns/demo")
}

// now returns the process that has the terminal of a shell, by its own word.
func (d *desk) now(s *screen) snapshot.Process {
	d.t.Helper()
	snap := d.snapshot()
	found, _ := snap.Process(s.shell.PID())
	for again := true; again; {
		again = false
		for _, p := range snap.Processes {
			if p.PPID == found.PID {
				found, again = p, true
			}
		}
	}
	if found.Comm != "bash" {
		d.t.Fatalf("shell %s shows %s, not bash", s.shell.Title(), found.Comm)
	}
	return found
}

// wantNew demands that a process has namespaces of its own of exactly these types.
func (d *desk) wantNew(p snapshot.Process, types ...snapshot.Type) {
	d.t.Helper()
	snap := d.snapshot()
	for _, typ := range snapshot.Types() {
		if own := p.NS[typ] != snap.Sandbox[typ]; own != slices.Contains(types, typ) {
			d.t.Errorf("process %d (%s) has a %s namespace of its own: %t", p.PID, p.Comm, typ, own)
		}
	}
}

// wantHeld demands that nothing but a mount keeps a network namespace.
func (d *desk) wantHeld(inode uint64, path string) {
	d.t.Helper()
	snap := d.snapshot()
	n, ok := snap.Namespace(snapshot.NET, inode)
	if !ok || inode == snap.Sandbox[snapshot.NET] {
		d.t.Fatalf("%d is no network namespace that was made", inode)
	}
	var got []string
	for _, h := range n.Holders {
		got = append(got, fmt.Sprintf("%s %s", h.Kind, h.Path))
	}
	if want := []string{"mount " + path}; !slices.Equal(got, want) {
		d.t.Errorf("net namespace %d is held by %q, want %q", inode, got, want)
	}
}
