//go:build linux

package sandbox

import (
	"fmt"
	"time"
)

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

// hostState is what all sandboxes share; a zero is not known.
type hostState struct {
	available      uint64 // memory, in bytes
	ptys, mostPTYs int
}

func readHostState() hostState {
	return hostState{
		available: readMeminfo("MemAvailable"),
		ptys:      readNumber("/proc/sys/kernel/pty/nr"),
		mostPTYs:  readNumber("/proc/sys/kernel/pty/max"),
	}
}

// room refuses a boot while the host is short of memory.
func (st hostState) room() error {
	if st.available > 0 && st.available < hostReserve {
		return ErrNoMemory
	}
	return nil
}

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
			if s.group != nil && s.group.wasRefused() {
				s.notify(fmt.Sprintf(noticeProcesses, pidsLimit))
			}
		}
		h.relieve(readHostState())
	}
}

// relieve ends a sandbox if the host is short of something.
func (h *Host) relieve(st hostState) {
	if st.available > 0 && st.available < hostReserve/2 {
		h.endGreediest(greedyMemory, endedHost, (*Sandbox).used)
	}
	if st.mostPTYs > 0 && st.ptys > st.mostPTYs-ptysReserved-ptysLeft {
		h.endGreediest(greedyPTYs, endedPTYs, (*Sandbox).terminals)
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
	h.log.Warn("ended a sandbox for the host's sake", "sandbox", greediest.id, "why", why, "has", most)
	greediest.End(Reason{Code: "killed", Detail: why})
}
