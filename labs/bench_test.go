package labs

import (
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

// busy is the fixture with 50 processes, each in a uts namespace of its own.
func busy() *snapshot.Snapshot {
	s := fixture()
	for pid := 100; len(s.Processes) < 50; pid++ {
		p := s.Processes[7]
		p.PID, p.Start = pid, uint64(pid)
		p.NS = but(map[snapshot.Type]uint64{snapshot.UTS: uint64(1000 + pid)})
		s.Processes = append(s.Processes, p)
		s.Namespaces = append(s.Namespaces, snapshot.Namespace{Type: snapshot.UTS, Inode: uint64(1000 + pid), Hostname: "lab"})
	}
	return s
}

// BenchmarkNewState is once for each round of checks.
func BenchmarkNewState(b *testing.B) {
	snap := busy()
	b.ReportAllocs()
	for b.Loop() {
		NewState(snap)
	}
}

// BenchmarkCheck is a check as labs have them, with 50 processes in the
// sandbox: it should take less than 100 µs.
func BenchmarkCheck(b *testing.B) {
	for name, expr := range map[string]string{
		"own":    `shell("one").now.ns("uts").made && shell("one").now.ns("uts").hostname == "container-test"`,
		"differ": `differ(shell("one").now, sandbox) == ["mnt", "uts", "pid"]`,
		"held":   `made("net").exists(n, n.heldBy("mount", "/run/netns/demo") && n.members.size() == 0)`,
		"veth":   `made("net").exists(n, n.interfaces.exists(i, i.kind == "veth" && i.peerNs == sandbox.ns("net")))`,
		"walk":   `processes.filter(p, p.ns("uts").made).size() > 30`,
		"pairs":  `processes.exists(p, processes.exists(q, p.pid > 1000000 && same(p, q, "uts")))`,
	} {
		b.Run(name, func(b *testing.B) {
			e, problems := compileFor(b, expr)
			if e == nil {
				b.Fatal(Format(problems))
			}
			state := NewState(busy())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.eval(state); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, problems := Parse(Builtin(), "uts"); len(problems) > 0 {
			b.Fatal(Format(problems))
		}
	}
}
