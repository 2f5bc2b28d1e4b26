//go:build linux

package sandbox

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/nslab/sandbox/snapshot"
)

// Limits of one snapshot. A lesson has 5 to 60 processes; beyond these the
// snapshot is marked as truncated.
const (
	maxProcesses  = 2048
	maxNamespaces = 1024
	maxThreads    = 64 // looked at of one process
	maxFDs        = 256
	maxMounts     = 512 // kept of one mount namespace
	maxAllMounts  = 4096
)

// Snapshot reads the state of the sandbox from outside: nothing in it is asked
// and nothing it does can block the reading. It takes about a millisecond.
// The parts are read one after another, so that a process that comes or goes
// meanwhile may be half seen. One is taken at a time. The error is ErrEnded
// once the sandbox has ended.
func (s *Sandbox) Snapshot(ctx context.Context) (*snapshot.Snapshot, error) {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if _, ended := s.Ended(); ended {
		return nil, ErrEnded
	}
	r := &reader{ctx: ctx, s: s, out: &snapshot.Snapshot{Taken: time.Now().UTC(), Sandbox: s.own}, spaces: map[nsKey]*space{}}
	defer r.close()
	s.mu.Lock()
	r.before = s.seen
	s.mu.Unlock()
	r.seen = make(map[int]sight, len(r.before))
	pids, err := s.proc.list(".", maxProcesses)
	if err == nil {
		r.out.Truncated = len(pids) == maxProcesses
		for _, pid := range pids {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			r.process(pid)
		}
	}
	if len(r.out.Processes) == 0 { // init and all others have gone
		return nil, ErrEnded
	}
	r.assignShells()
	r.mounts()
	r.mountedSpaces()
	r.procMounts()
	r.relate()
	r.facts()
	r.outsidePIDs()
	r.usage()
	r.finish()
	if err := ctx.Err(); err != nil { // some of it may be missing
		return nil, err
	}
	s.mu.Lock()
	s.seen = r.seen
	s.mu.Unlock()
	return r.out, nil
}

// reader collects one snapshot.
type reader struct {
	ctx    context.Context // of the one call that it serves
	s      *Sandbox
	out    *snapshot.Snapshot
	spaces map[nsKey]*space
	// sessions is the session of each process, for those whose parents are gone.
	sessions map[int]int
	// What the last snapshot has read, and what the next one need not.
	before, seen map[int]sight
	procs        []procMount
	// mountsKept counts those of all mnt namespaces.
	mountsKept int
	buf        []byte
}

// space is a namespace on its way into the snapshot.
type space struct {
	snapshot.Namespace
	fd     int    // open while the snapshot is being taken; -1 where it could not be opened
	member int    // a process in it; 0 for none
	mount  string // where it is mounted, seen by the process mounter
	at     int
}

// space returns the entry for a namespace, which is made at first sight; nil
// when there are too many.
func (r *reader) space(t snapshot.Type, inode uint64) *space {
	key := nsKey{t, inode}
	if sp, ok := r.spaces[key]; ok {
		return sp
	}
	if len(r.spaces) == maxNamespaces {
		r.out.Truncated = true
		return nil
	}
	sp := &space{Namespace: snapshot.Namespace{Type: t, Inode: inode}, fd: -1}
	r.spaces[key] = sp
	return sp
}

// process reads one process; one that ends meanwhile is left out.
func (r *reader) process(pid int) {
	dir := strconv.Itoa(pid)
	var err error
	if r.buf, err = r.s.proc.readOne(dir+"/stat", r.buf[:0]); err != nil {
		return
	}
	st, err := parseStat(r.buf)
	if err != nil {
		return
	}
	if r.buf, err = r.s.proc.readOne(dir+"/status", r.buf[:0]); err != nil {
		return
	}
	uid, nsPIDs, switches, err := parseStatus(r.buf)
	if err != nil {
		return
	}
	ids := r.s.host.ids
	p := snapshot.Process{
		PID: pid, NSPIDs: nsPIDs, PPID: st.ppid, Start: st.start, Comm: strings.ToValidUTF8(st.comm, "�"), State: st.state,
		UID: insideID(uid, ids.first, ids.each), Threads: st.threads, Foreground: st.foreground, Args: []string{},
	}
	if !r.same(&p, switches) {
		r.membership(&p)
		if pid != 1 && st.threads > 1 {
			r.threads(p)
		}
		holds := r.descriptors(p)
		r.remember(p, switches, holds)
	}
	if r.sessions == nil {
		r.sessions = map[int]int{}
	}
	r.sessions[pid] = st.session
	r.out.Processes = append(r.out.Processes, p)
}

// assignShells finds for each process the shell that it descends from: by its
// ancestors, or by its session where they have ended.
func (r *reader) assignShells() {
	byPID := map[int]string{}
	for _, sh := range r.s.Shells() {
		_, exited := sh.Exit()
		if !exited {
			byPID[sh.pid] = sh.id
		}
		r.out.Shells = append(r.out.Shells, snapshot.Shell{
			ID: sh.id, Title: sh.title, Flags: append([]snapshot.Type{}, sh.types...), PID: sh.pid, Alive: !exited, Born: sh.born,
		})
	}
	parents := make(map[int]int, len(r.out.Processes))
	for _, p := range r.out.Processes {
		parents[p.PID] = p.PPID
	}
	for i := range r.out.Processes {
		p := &r.out.Processes[i]
		for pid, steps := p.PID, 0; pid > 1 && steps < maxProcesses; pid, steps = parents[pid], steps+1 {
			if id, ok := byPID[pid]; ok {
				p.Shell = id
				break
			}
		}
		if p.Shell == "" {
			p.Shell = byPID[r.sessions[p.PID]]
		}
	}
}

// finish orders what was collected.
func (r *reader) finish() {
	rank := map[snapshot.Type]int{}
	for i, t := range snapshot.Types() {
		rank[t] = i
	}
	kinds := []snapshot.HolderKind{snapshot.ByProcess, snapshot.ByThread, snapshot.ByChildren, snapshot.ByMount, snapshot.ByFD, snapshot.ByNamespace, snapshot.ByFilesystem}
	for _, sp := range r.spaces {
		slices.SortStableFunc(sp.Holders, func(a, b snapshot.Holder) int {
			return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
				cmp.Compare(a.PID, b.PID), cmp.Compare(a.TID, b.TID), cmp.Compare(a.FD, b.FD), cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.Path, b.Path))
		})
		r.out.Namespaces = append(r.out.Namespaces, sp.Namespace)
	}
	slices.SortFunc(r.out.Namespaces, func(a, b snapshot.Namespace) int {
		return cmp.Or(cmp.Compare(rank[a.Type], rank[b.Type]), cmp.Compare(a.Inode, b.Inode))
	})
	if r.out.Shells == nil {
		r.out.Shells = []snapshot.Shell{}
	}
}

func (r *reader) close() {
	for _, sp := range r.spaces {
		closeFD(sp.fd)
	}
}
