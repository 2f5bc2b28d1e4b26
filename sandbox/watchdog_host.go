//go:build linux

package sandbox

import "time"

const (
	// hostLook is the pause between two looks at what the host has left.
	hostLook = 2 * time.Second
	// greedyMemory is what a sandbox must take to be ended for the host's sake:
	// the want of memory may be of other programs' making.
	greedyMemory = 32 << 20
	// ptysReserved are kept by the kernel for the host (pty_reserve in
	// fs/devpts/inode.c); ptysLeft is how many of the others should be left.
	ptysReserved = 1024
	ptysLeft     = 256
	// greedyPTYs is what a sandbox must hold of them to be ended.
	greedyPTYs = 64
)

// guard watches what all sandboxes share, until the host closes.
func (h *Host) guard() {
	tick := time.NewTicker(hostLook)
	defer tick.Stop()
	for {
		select {
		case <-h.stopped.Done():
			return
		case <-tick.C:
		}
		for _, s := range h.sandboxes() {
			if s.hung() {
				s.End(Reason{Code: "killed", Detail: endedHung})
			}
		}
		if available := readMeminfo("MemAvailable"); available > 0 && available < hostReserve/2 {
			h.endGreediest(greedyMemory, endedHost, (*Sandbox).used)
		}
		if most := readNumber("/proc/sys/kernel/pty/max"); most > 0 && readNumber("/proc/sys/kernel/pty/nr") > most-ptysReserved-ptysLeft {
			h.endGreediest(greedyPTYs, endedPTYs, (*Sandbox).terminals)
		}
	}
}

func (h *Host) sandboxes() []*Sandbox {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*Sandbox, 0, len(h.all))
	for _, s := range h.all {
		all = append(all, s)
	}
	return all
}

// endGreediest ends the sandbox that has most, if that is least or more.
func (h *Host) endGreediest(least uint64, why string, has func(*Sandbox) uint64) {
	var greediest *Sandbox
	most := least
	for _, s := range h.sandboxes() {
		if _, ended := s.Ended(); ended {
			continue
		}
		if n := has(s); n >= most {
			greediest, most = s, n
		}
	}
	if greediest == nil {
		return
	}
	h.log.Warn("ended a sandbox for the host's sake", "sandbox", greediest.id, "why", why)
	greediest.End(Reason{Code: "killed", Detail: why})
}
