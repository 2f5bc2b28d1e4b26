//go:build linux

package sandbox

import "example.org/nslab/sandbox/snapshot"

// sight is what was read of a process that holds nothing but its own namespaces,
// and how often it had been switched to before that.
type sight struct {
	start, switches uint64
	ns              map[snapshot.Type]uint64
	args            []string // nil until they have been read
}

// remember keeps what was read of p for the next snapshot. Processes with several
// threads are read anew each time, and so is one that is running: it can change
// without being switched to. Switches were counted before the rest was read, so
// that what happened meanwhile counts as new.
func (r *reader) remember(p snapshot.Process, switches uint64, holds bool) {
	if !holds && p.State != "R" && p.Threads == 1 && len(p.Children) == 0 && len(p.NS) > 0 {
		r.seen[p.PID] = sight{start: p.Start, switches: switches, ns: p.NS}
	}
}

// same fills in what the last snapshot has read of a process that has slept ever
// since: only it could have changed its namespaces, arguments or descriptors.
// Nearly all processes of a lesson sleep, and reading them is most of the work.
func (r *reader) same(p *snapshot.Process, switches uint64) bool {
	old, ok := r.before[p.PID]
	if !ok || old.args == nil || old.start != p.Start || old.switches != switches || p.State == "R" || p.Threads != 1 {
		return false
	}
	r.seen[p.PID] = old
	p.NS, p.Args = old.ns, old.args
	for _, t := range snapshot.Types() {
		inode, ok := p.NS[t]
		if !ok {
			continue
		}
		if sp := r.space(t, inode); sp != nil {
			sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByProcess, PID: p.PID})
			sp.member = p.PID
		}
	}
	return true
}

// withoutArgs returns the processes whose arguments are still to be read.
func (r *reader) withoutArgs() []*snapshot.Process {
	var all []*snapshot.Process
	for i := range r.out.Processes {
		if p := &r.out.Processes[i]; r.seen[p.PID].args == nil {
			all = append(all, p)
		}
	}
	return all
}

// rememberArgs adds the arguments of a process that is remembered.
func (r *reader) rememberArgs(p snapshot.Process) {
	if s, ok := r.seen[p.PID]; ok {
		s.args = p.Args
		r.seen[p.PID] = s
	}
}
