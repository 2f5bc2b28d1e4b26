//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

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
		byPID := map[int]int{}
		// No line at all: init has just ended.
		if level := len(strings.Fields(nsPIDs(r.s.pid))) - 1; level >= 0 {
			walkChildren(r.s.pid, level, byPID)
		}
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
