//go:build linux

package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"example.org/nslab/sandbox/snapshot"
	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// mounts reads the mount table of each mnt namespace that a process is in, and
// finds the namespaces that are mounted there.
func (r *reader) mounts() {
	for key, sp := range r.spaces {
		if key.t != snapshot.MNT || sp.member == 0 {
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
			if len(sp.Mounts) == maxMounts {
				r.out.Truncated = true
				continue // namespaces among the rest still count
			}
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
	opened := make(chan []int, 1)
	err = r.s.visit(func() {
		fds := make([]int, len(places))
		for i, p := range places {
			var err error
			if fds[i], err = (procfs{root}).openMounted(p.pid, p.path, p.inode); err != nil {
				fds[i] = -1
			}
		}
		opened <- fds
	}, func() { unix.Close(root) })
	if err != nil {
		return
	}
	for i, fd := range <-opened {
		wanted[i].fd = fd
	}
}

// relate opens every namespace and asks the kernel for its identifier, owner
// and parent, which may bring further namespaces to light.
func (r *reader) relate() {
	queue := make([]*space, 0, len(r.spaces))
	for _, sp := range r.spaces {
		queue = append(queue, sp)
	}
	for len(queue) > 0 {
		sp := queue[0]
		queue = queue[1:]
		if sp.fd < 0 && sp.member != 0 {
			fd, err := r.s.proc.openNS(sp.member, string(sp.Type))
			if err != nil {
				continue
			}
			// The process may have moved since its link was read.
			if inode, err := nsInode(fd); err != nil || inode != sp.Inode {
				unix.Close(fd)
				continue
			}
			sp.fd = fd
		}
		if sp.fd < 0 {
			continue
		}
		sp.ID = nsID(sp.fd)
		if r.s.own[sp.Type] == sp.Inode && sp.Type == snapshot.USER {
			continue // its owner and parent are the server's own
		}
		sp.Owner = r.related(sp, snapshot.USER, nsGetUserns, &queue)
		if (sp.Type == snapshot.PID || sp.Type == snapshot.USER) && r.s.own[sp.Type] != sp.Inode {
			sp.Parent = r.related(sp, sp.Type, nsGetParent, &queue)
		}
	}
}

// related returns the inode of a namespace's owner or parent, which sp then
// counts for as a holder.
func (r *reader) related(sp *space, t snapshot.Type, request uint, queue *[]*space) uint64 {
	fd, err := nsRelated(sp.fd, request)
	if err != nil || fd < 0 {
		return 0
	}
	inode, err := nsInode(fd)
	if err != nil {
		unix.Close(fd)
		return 0
	}
	_, known := r.spaces[nsKey{t, inode}]
	other := r.space(t, inode)
	if other == nil {
		unix.Close(fd)
		return 0
	}
	if other.fd < 0 {
		other.fd = fd
	} else {
		unix.Close(fd)
	}
	if !known {
		*queue = append(*queue, other)
	}
	holder := snapshot.Holder{Kind: snapshot.ByNamespace, Inode: sp.Inode}
	for _, h := range other.Holders { // a user namespace is both owner and parent
		if h == holder {
			return inode
		}
	}
	other.Holders = append(other.Holders, holder)
	return inode
}

// facts reads what each namespace isolates.
func (r *reader) facts() {
	ids := r.s.host.ids
	for key, sp := range r.spaces {
		if sp.member == 0 {
			continue
		}
		dir := strconv.Itoa(sp.member)
		var err error
		switch key.t {
		case snapshot.USER:
			for name, to := range map[string]*[]snapshot.IDMap{"uid_map": &sp.UIDMap, "gid_map": &sp.GIDMap} {
				if r.buf, err = r.s.proc.read(dir+"/"+name, r.buf[:0]); err == nil {
					*to, _ = parseIDMap(r.buf, ids.first, ids.each) // the kernel's own format
				}
			}
		case snapshot.TIME:
			if r.buf, err = r.s.proc.read(dir+"/timens_offsets", r.buf[:0]); err == nil {
				sp.Offsets, _ = parseOffsets(r.buf) // the kernel's own format
			}
		}
	}
	r.visit()
}

// visited is what a visit found out about one namespace.
type visited struct {
	hostname   string
	interfaces []snapshot.Interface
	routes     []snapshot.Route
}

// visit enters the uts and net namespaces in turn. The job works on copies: if
// it hangs, it is left behind with them.
func (r *reader) visit() {
	fds := map[nsKey]int{}
	for key, sp := range r.spaces {
		if (key.t != snapshot.UTS && key.t != snapshot.NET) || sp.fd < 0 {
			continue
		}
		if fd, err := unix.FcntlInt(uintptr(sp.fd), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			fds[key] = fd
		}
	}
	found := make(chan map[nsKey]visited, 1)
	err := r.s.visit(func() {
		all := map[nsKey]visited{}
		deadline := visitDeadline()
		nets := map[uint64]int{}
		for key, fd := range fds {
			if key.t == snapshot.NET {
				nets[key.inode] = fd
			}
		}
		for key, fd := range fds {
			if pastDeadline(deadline) {
				break
			}
			var v visited
			var err error
			if key.t == snapshot.UTS {
				v.hostname, err = utsName(fd)
			} else {
				nets[key.inode] = -1 // "here" for peerNamespace
				v.interfaces, v.routes, err = netFacts(fd, nets)
				nets[key.inode] = fd
			}
			if err == nil { // else it is ending
				all[key] = v
			}
		}
		found <- all
	}, func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	})
	if err != nil {
		return
	}
	for key, v := range <-found {
		sp := r.spaces[key]
		sp.Hostname, sp.Interfaces, sp.Routes = v.hostname, v.interfaces, v.routes
	}
}

// processID names a process for as long as the machine runs.
type processID struct {
	pid   int
	start uint64
}

// outsidePIDs remembers the pids, in the server's pid namespace, of the
// processes of a sandbox.
type outsidePIDs map[processID]int

// outsidePIDs adds each process's pid as the server sees it. It is found by
// walking init's descendants in the server's own /proc, once for each new
// process. See proc_tid_children(5).
func (r *reader) outsidePIDs() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	old, now := r.s.outside, outsidePIDs{}
	missing := 0
	for i := range r.out.Processes {
		p := &r.out.Processes[i]
		id := processID{p.PID, p.Start}
		if pid, ok := old[id]; ok {
			now[id], p.HostPID = pid, pid
		} else {
			missing++
		}
	}
	if missing > 0 {
		level := len(strings.Fields(nsPIDs(r.s.pid))) - 1
		byPID := map[int]int{}
		walkChildren(r.s.pid, level, byPID)
		for i := range r.out.Processes {
			p := &r.out.Processes[i]
			if host, ok := byPID[p.PID]; ok && p.HostPID == 0 {
				p.HostPID, now[processID{p.PID, p.Start}] = host, host
			}
		}
	}
	r.s.outside = now
}

// walkChildren records, for a process of the server's pid namespace and all
// its descendants, the pid at that level of nesting.
func walkChildren(pid, level int, into map[int]int) {
	if len(into) > maxProcesses {
		return
	}
	f := strings.Fields(nsPIDs(pid))
	if len(f) <= level {
		return
	}
	inside, err := strconv.Atoi(f[level])
	if err != nil {
		return
	}
	into[inside] = pid
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return
	}
	for _, task := range tasks {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			continue
		}
		for child := range strings.FieldsSeq(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				walkChildren(n, level, into)
			}
		}
	}
}

// nsPIDs returns the NSpid line of a process of the server's pid namespace.
func nsPIDs(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(b), "\nNSpid:")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
