//go:build linux

package sandbox

import (
	"bytes"
	"fmt"

	"example.org/nslab/sandbox/snapshot"
	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// mounts reads the mount table of each mnt namespace that a process is in, and
// finds the namespaces that are mounted there.
func (r *reader) mounts() {
	for key, sp := range r.spaces {
		if key.t != snapshot.MNT || sp.member == 0 || r.ctx.Err() != nil {
			continue
		}
		var err error
		if r.buf, err = r.s.proc.read(fmt.Sprintf("%d/mountinfo", sp.member), r.buf[:0]); err != nil {
			continue // it has just ended
		}
		table, err := mountinfo.GetMountsFromReader(bytes.NewReader(r.buf), nil)
		if err != nil {
			r.out.Truncated = true // cut at maxProcFile, in the middle of a line
		}
		seen := map[string]bool{}
		for _, m := range table {
			if m.FSType == "nsfs" && !seen[m.Mountpoint] {
				seen[m.Mountpoint] = true
				r.mounted(m, sp)
			}
			if m.FSType == "proc" && m.Root == "/" {
				r.procs = append(r.procs, procMount{dev: dev(m), path: m.Mountpoint, in: sp.Inode, member: sp.member})
			}
			if len(sp.Mounts) == maxMounts || r.mountsKept == maxAllMounts {
				r.out.Truncated = true
				continue // namespaces among the rest still count
			}
			r.mountsKept++
			sp.Mounts = append(sp.Mounts, snapshot.Mount{
				ID: m.ID, Parent: m.Parent, Dev: dev(m), Root: m.Root, Path: m.Mountpoint, FSType: m.FSType, Source: m.Source,
				Options: m.Options, Propagation: m.Optional,
			})
		}
	}
}

// mounted counts a mounted namespace file as a holder. The root of such a
// mount reads like the link: "net:[4026532201]".
func (r *reader) mounted(m *mountinfo.Info, in *space) {
	t, inode, ok := parseNSLink([]byte(m.Root))
	if !ok {
		return
	}
	sp := r.space(t, inode)
	if sp == nil {
		return
	}
	sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByMount, Path: m.Mountpoint, Inode: in.Inode})
	if sp.mount == "" {
		sp.mount, sp.at = m.Mountpoint, in.member
	}
}

// dev names the file system that is mounted.
func dev(m *mountinfo.Info) string { return fmt.Sprintf("%d:%d", m.Major, m.Minor) }

// procMount is a proc file system that is mounted somewhere.
type procMount struct {
	dev, path string
	in        uint64 // the mnt namespace
	member    int    // a process in it
}

// maxProcMounts bounds the proc file systems that are looked into.
const maxProcMounts = 32

// procMounts finds the pid namespace that each mounted proc shows and keeps
// alive. It looks into the learner's own mounts, on the visitor's thread.
func (r *reader) procMounts() {
	own := map[string]bool{} // of the lab itself: known already
	for _, p := range r.procs {
		if p.in == r.s.own[snapshot.MNT] && (p.path == "/proc" || p.path == "/run/proc") && !own[p.path] {
			own[p.path], own[p.dev] = true, true // the first in the table is the lowest
		}
	}
	var wanted []procMount
	seen := map[string]bool{}
	for _, p := range r.procs {
		if !own[p.dev] && !seen[p.dev] && len(wanted) < maxProcMounts {
			seen[p.dev] = true
			wanted = append(wanted, p)
		}
	}
	if len(wanted) == 0 {
		return
	}
	root, err := unix.FcntlInt(uintptr(r.s.proc.root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return
	}
	found := make(chan map[string]uint64, 1)
	err = r.s.visit(func() {
		all := map[string]uint64{}
		for _, p := range wanted {
			if inode, err := (procfs{root}).pidNamespaceOf(p.member, p.path); err == nil {
				all[p.dev] = inode
			}
		}
		found <- all
	}, func() { unix.Close(root) })
	if err != nil {
		return
	}
	all := <-found
	for _, p := range r.procs {
		inode, ok := all[p.dev]
		if !ok {
			continue
		}
		if sp := r.space(snapshot.PID, inode); sp != nil {
			sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByFilesystem, Path: p.path, Inode: p.in})
		}
	}
}

// mountedSpaces opens the namespaces that only a mount keeps alive. That needs
// the learner's own path, so it happens on the visitor's thread.
func (r *reader) mountedSpaces() {
	var wanted []*space
	for _, sp := range r.spaces {
		if sp.fd < 0 && sp.member == 0 && sp.mount != "" {
			wanted = append(wanted, sp)
		}
	}
	if len(wanted) == 0 {
		return
	}
	type place struct {
		pid   int
		path  string
		inode uint64
	}
	places := make([]place, len(wanted))
	for i, sp := range wanted {
		places[i] = place{sp.at, sp.mount, sp.Inode}
	}
	// A dup, since a visit that hangs may outlast the sandbox.
	root, err := unix.FcntlInt(uintptr(r.s.proc.root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return
	}
	var opened handover[[]int]
	err = r.s.visit(func() {
		fds := make([]int, len(places))
		for i, p := range places {
			var err error
			if fds[i], err = (procfs{root}).openMounted(p.pid, p.path, p.inode); err != nil {
				fds[i] = -1
			}
		}
		opened.give(fds, func() {
			for _, fd := range fds {
				closeFD(fd)
			}
		})
	}, func() { unix.Close(root) })
	if err != nil {
		opened.leave(func(fds []int) {
			for _, fd := range fds {
				closeFD(fd)
			}
		})
		return
	}
	opened.leave(func(fds []int) {
		for i, fd := range fds {
			wanted[i].fd = fd
		}
	})
}
