package labs

import (
	"testing"
	"testing/fstest"

	"example.org/nslab/sandbox/snapshot"
)

// The inodes of the fixture's namespaces: 1xx are the lab's own, 2xx those of
// shell "born", 3xx made by the learner.
const (
	labUTS, labNET, labPID, labMNT, labUSER, labIPC = 101, 102, 103, 104, 105, 106
	bornUTS                                         = 201
	madeUTS, madeNET, madePID, madeMNT, madeUSER    = 301, 302, 303, 304, 305
)

func labNS() map[snapshot.Type]uint64 {
	return map[snapshot.Type]uint64{
		snapshot.UTS: labUTS, snapshot.NET: labNET, snapshot.PID: labPID,
		snapshot.MNT: labMNT, snapshot.USER: labUSER, snapshot.IPC: labIPC,
	}
}

// but returns the lab's namespaces with others in place of some.
func but(with map[snapshot.Type]uint64) map[snapshot.Type]uint64 {
	out := labNS()
	for t, inode := range with {
		out[t] = inode
	}
	return out
}

// fixture is a sandbox in which a learner has done a good deal:
//
//	1 init
//	├─ 2 bash        shell "one"
//	│  ├─ 10 sudo ─ 11 unshare --uts --pid --mount … ─ 12 bash (in new uts, pid, mnt; is its pid 1)
//	│  └─ 20 sleep 1000
//	├─ 3 bash        shell "two", in the lab's own namespaces
//	├─ 4 bash        shell "born", cloned with uts; its next child is born in a new pid namespace
//	└─ 30 sleep      a zombie
//
// The made net namespace has no process; /run/netns/demo holds it, and a veth
// pair leads there from the lab. The shell "gone" has ended.
func fixture() *snapshot.Snapshot {
	own := map[snapshot.Type]uint64{snapshot.UTS: madeUTS, snapshot.PID: madePID, snapshot.MNT: madeMNT}
	born := map[snapshot.Type]uint64{snapshot.UTS: bornUTS}
	proc := func(pid, parent int, shell string, ns map[snapshot.Type]uint64, args ...string) snapshot.Process {
		return snapshot.Process{
			PID: pid, PPID: parent, NSPIDs: []int{pid}, Start: uint64(100 + pid), Comm: args[0], Args: args,
			State: "S", Threads: 1, Shell: shell, NS: ns,
		}
	}
	s := &snapshot.Snapshot{
		Sandbox: labNS(),
		Processes: []snapshot.Process{
			proc(1, 0, "", labNS(), "init"),
			proc(2, 1, "s1", labNS(), "bash"),
			proc(3, 1, "s2", labNS(), "bash"),
			proc(4, 1, "s3", but(born), "bash"),
			proc(10, 2, "s1", labNS(), "sudo", "unshare", "--uts", "bash"),
			proc(11, 10, "s1", but(own), "unshare", "--uts", "bash"),
			proc(12, 11, "s1", but(own), "bash"),
			proc(20, 2, "s1", labNS(), "sleep", "1000"),
			proc(30, 1, "", labNS(), "sleep", "5"),
		},
		Shells: []snapshot.Shell{
			{ID: "s1", Title: "one", PID: 2, Alive: true, Born: labNS()},
			{ID: "s2", Title: "two", PID: 3, Alive: true, Born: labNS()},
			{ID: "s3", Title: "born", PID: 4, Alive: true, Flags: []snapshot.Type{snapshot.UTS}, Born: but(born)},
			// Its number was given to a namespace that the learner made since.
			{ID: "s4", Title: "gone", PID: 5, Born: but(map[snapshot.Type]uint64{snapshot.UTS: madeUTS})},
		},
		Namespaces: []snapshot.Namespace{
			{Type: snapshot.MNT, Inode: labMNT, Mounts: []snapshot.Mount{{ID: 1, Path: "/", FSType: "tmpfs"}}},
			{Type: snapshot.MNT, Inode: madeMNT, Owner: labUSER, Mounts: []snapshot.Mount{
				{ID: 1, Path: "/", FSType: "tmpfs", Propagation: "shared:1"},
				{ID: 7, Parent: 1, Path: "/mnt", FSType: "ext4", Source: "old"},
				{ID: 8, Parent: 7, Dev: "0:57", Path: "/mnt", FSType: "tmpfs", Source: "new", Root: "/", Options: "rw,nosuid", Propagation: "shared:3 master:2"},
			}},
			{Type: snapshot.UTS, Inode: labUTS, Hostname: "lab"},
			{Type: snapshot.UTS, Inode: bornUTS, Hostname: "lab"},
			{Type: snapshot.UTS, Inode: madeUTS, Hostname: "container-test", Owner: labUSER, Holders: []snapshot.Holder{
				{Kind: snapshot.ByProcess, PID: 11}, {Kind: snapshot.ByProcess, PID: 12}, {Kind: snapshot.ByFD, PID: 2, FD: 3},
			}},
			{Type: snapshot.IPC, Inode: labIPC},
			{Type: snapshot.PID, Inode: labPID},
			{Type: snapshot.PID, Inode: madePID, Parent: labPID},
			{Type: snapshot.NET, Inode: labNET, Interfaces: []snapshot.Interface{
				{Index: 1, Name: "lo", Up: true},
				{Index: 2, Name: "br0", Kind: "bridge", Up: true},
				{Index: 3, Name: "veth0", Kind: "veth", Up: true, Carrier: true, Master: 2, Addrs: []string{"10.0.0.1/24"}, Peer: 2, PeerNS: madeNET},
			}},
			{
				Type: snapshot.NET, Inode: madeNET,
				Holders: []snapshot.Holder{{Kind: snapshot.ByMount, Path: "/run/netns/demo", Inode: labMNT}},
				Interfaces: []snapshot.Interface{
					{Index: 2, Name: "eth0", Kind: "veth", MAC: "02:00:00:00:00:01", Up: true, Addrs: []string{"10.0.0.2/24"}, Peer: 3, PeerNS: labNET},
				},
				Routes: []snapshot.Route{{Dst: "default", Via: "10.0.0.1", Dev: "eth0"}, {Dst: "10.0.0.0/24", Dev: "eth0"}},
			},
			{Type: snapshot.USER, Inode: labUSER},
			{
				Type: snapshot.USER, Inode: madeUSER, Parent: labUSER,
				UIDMap: []snapshot.IDMap{{Inside: 0, Outside: 1000, Length: 1}},
			},
			{Type: snapshot.TIME, Inode: 401, Offsets: map[string]float64{"monotonic": 86400}},
		},
	}
	for i := range s.Processes {
		switch p := &s.Processes[i]; p.PID {
		case 4:
			p.Children = map[snapshot.Type]uint64{snapshot.PID: madePID}
		case 11, 12:
			p.NSPIDs = []int{p.PID, p.PID - 11}
		case 30:
			p.State, p.Args = "Z", nil
		}
	}
	return s
}

// compileFor compiles an expression as the lab with the fixture's shells would.
func compileFor(t testing.TB, text string) (*expression, []Problem) {
	t.Helper()
	r := &report{src: newSource("x/lab.md", text)}
	c := &compiler{report: r, shells: []string{"one", "two", "born", "gone"}}
	e := c.compile(celEnvironments().check, span{value: text})
	return e, r.sorted()
}

// front is front matter that has nothing wrong in it.
const front = `---
title: T
summary: S
minutes: 10
track: first-steps
order: 1
about: [uts]
shells:
  - title: one
    namespaces: []
  - title: two
    namespaces: [uts]
---
`

// mustParse parses a lab with good front matter and this body.
func mustParse(t testing.TB, body string) *Lab {
	t.Helper()
	fsys := fstest.MapFS{"x/lab.md": {Data: []byte(front + body)}}
	lab, problems := Parse(fsys, "x")
	if len(problems) > 0 {
		t.Fatalf("Parse(%s):\n%s", body, Format(problems))
	}
	return lab
}
