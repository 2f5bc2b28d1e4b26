//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"example.org/nslab/sandbox/pid1"
)

// What one sandbox may take. Its file systems and rlimits are bounded by init,
// in package pid1.
const (
	// memoryLimit is for everything: programs, files (at most 292 MiB, if all
	// file systems that init mounts are full), and what the kernel keeps for
	// the sandbox. A lesson takes 20 MiB, a compiler 200.
	memoryLimit = 512 << 20
	// pidsLimit lets root and learner be at their rlimit both, and init still
	// start a shell.
	pidsLimit = 2*pid1.MaxProcesses + 256
	// cpuLimit is one processor's time, in microseconds of each cpuPeriod, the
	// kernel's default. One that spins leaves the others of the machine; those
	// that spin together share what there is equally, since all weigh the same.
	cpuPeriod = 100_000
	cpuLimit  = cpuPeriod
)

// What must be left for the host, which includes the server.
const (
	// hostReserve is the memory below which no sandbox is booted, and below half
	// of which the greediest is ended. Less, and the kernel would begin to choose
	// for itself.
	hostReserve = 192 << 20
	// hostPIDs is how many of each eight pids are kept.
	hostPIDs = 1
)

// setting is one line written into a file of a group.
type setting struct {
	controller, file, value string
	// optional: without swap, or in a kernel built without it, there is none.
	optional bool
}

// sandboxSettings bound one sandbox.
func sandboxSettings(version int) []setting {
	memory := strconv.Itoa(memoryLimit)
	pids := setting{"pids", "pids.max", strconv.Itoa(pidsLimit), false}
	if version == 1 {
		return []setting{
			{"memory", "memory.limit_in_bytes", memory, false},
			{"memory", "memory.memsw.limit_in_bytes", memory, true}, // memory and swap: after the other, never below it
			pids,
			{"cpu", "cpu.cfs_period_us", strconv.Itoa(cpuPeriod), true},
			{"cpu", "cpu.cfs_quota_us", strconv.Itoa(cpuLimit), true},
		}
	}
	return []setting{
		{"memory", "memory.max", memory, false},
		{"memory", "memory.swap.max", "0", true},
		pids,
		{"cpu", "cpu.max", fmt.Sprintf("%d %d", cpuLimit, cpuPeriod), true},
		{"", "cgroup.max.descendants", strconv.Itoa(boxDescendants), true},
	}
}

// totalSettings bound all sandboxes together, so that the host's own programs
// have what they need.
func totalSettings(version int) []setting {
	all := []setting{}
	if total := readMeminfo("MemTotal"); total > 2*hostReserve {
		file := "memory.max"
		if version == 1 {
			file = "memory.limit_in_bytes"
		}
		all = append(all, setting{"memory", file, strconv.FormatUint(total-hostReserve, 10), false})
	}
	b, err := os.ReadFile("/proc/sys/kernel/pid_max")
	var most int
	if _, serr := fmt.Sscan(string(b), &most); err == nil && serr == nil {
		all = append(all, setting{"pids", "pids.max", strconv.Itoa(most / 8 * (8 - hostPIDs)), false})
	}
	return all
}

// Limits says how a host bounds its sandboxes.
type Limits struct {
	// Cgroups is the version of cgroups in force; 0 where there are none, and
	// Why says in one sentence why not.
	Cgroups int
	Why     string
}

// Limits says how sandboxes are bounded here.
func (h *Host) Limits() Limits {
	if h.cgroups == nil {
		return Limits{Why: h.noCgroups}
	}
	return Limits{Cgroups: h.cgroups.version}
}

// The notices of limits that strike, in a teacher's words.
const (
	noticeMemory     = "Your sandbox ran out of memory (%s): the kernel ended %s."
	noticeHostMemory = "This server ran out of memory: the kernel ended %s in your sandbox."
	noticeWatchdog   = "Your sandbox used more memory than it may (%s): the server ended %s."
	noticeProcesses  = "Your sandbox has as many processes as it may have (%d): the kernel refuses new ones until some end."
	endedMemory      = "It ran out of memory (%s), and with that its init was ended."
	endedGreedy      = "It went on taking more memory than it may (%s)."
	endedProcesses   = "It had more processes than it may (%d)."
	endedMounts      = "It had more mounts than the server can watch over (%d)."
	endedPTYs        = "It had taken so many terminals that none were left for others."
	endedHung        = "It held up whoever looks at it, so that its limits could not be kept."
	endedHost        = "This server ran out of memory, and it had taken most."
)

// memoryText is memoryLimit for people.
var memoryText = fmt.Sprintf("%d MiB", memoryLimit>>20)

const (
	// maxNotices is how many wait for a receiver; what comes then is lost, for
	// it would be more of the same.
	maxNotices = 8
	// sameNotice is how long the same sentence is not repeated.
	sameNotice = 15 * time.Second
)

// Notices tells what the learner should know: limits that struck, a sentence
// each. The channel is never closed, and is for one receiver.
func (s *Sandbox) Notices() <-chan string { return s.notices.c }

// notices is bounded, and says nothing twice in a row. Not safe for concurrent
// use without the sandbox's lock.
type notices struct {
	c    chan string
	last map[string]time.Time
}

func newNotices() notices {
	return notices{c: make(chan string, maxNotices), last: map[string]time.Time{}}
}

// notify tells the learner a sentence.
func (s *Sandbox) notify(text string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, at := range s.notices.last {
		if now.Sub(at) > sameNotice {
			delete(s.notices.last, old)
		}
	}
	if _, said := s.notices.last[text]; said || len(s.notices.last) >= maxNotices {
		return
	}
	s.notices.last[text] = now
	select {
	case s.notices.c <- text:
	default:
	}
}

// Room is how many more sandboxes may be taken, as far as MaxSandboxes goes.
func (h *Host) Room() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, h.max-h.taken)
}

// useCgroups makes the host's cgroups, or says once why there are none.
func (h *Host) useCgroups() {
	var err error
	if h.cgroups, err = openCgroups(h.log, h.ids.first == 0); err != nil {
		h.cgroups, h.noCgroups = nil, err.Error()
		h.log.Info("no cgroups: sandboxes are bounded by rlimits and by a watchdog of the server's", "why", err)
	}
}

func (h *Host) leaveCgroups() {
	if h.cgroups != nil {
		h.cgroups.close()
	}
}

// makeGroup makes the cgroups of a sandbox whose root is that user of the
// server's namespace; where it cannot, the watchdog takes their place.
func (s *Sandbox) makeGroup(root int) {
	if s.host.cgroups == nil {
		return
	}
	group, err := s.host.cgroups.group(s.id, root)
	if err != nil {
		s.groupFailed(err)
		return
	}
	s.group = group
}

// groupFailed goes on without cgroups if there is an error.
func (s *Sandbox) groupFailed(err error) {
	if err == nil {
		return
	}
	if s.group != nil {
		s.group.remove()
		s.group = nil
	}
	s.host.log.Warn("a sandbox has no cgroup: the watchdog bounds it", "sandbox", s.id, "err", err)
}

// watchLimits begins to tell the learner of limits that strike.
func (s *Sandbox) watchLimits() {
	if s.group == nil {
		s.watchers.Go(s.guard)
		return
	}
	if err := s.watchGroup(); err != nil {
		s.host.log.Warn("a sandbox's learner will not be told of its limits", "sandbox", s.id, "err", err)
	}
}

// leaveGroup removes the sandbox's cgroups once its processes have ended.
func (s *Sandbox) leaveGroup() {
	if s.group != nil {
		s.group.unwatch() // no watcher is started any more
	}
	s.watchers.Wait()
	if s.group != nil {
		s.group.remove()
	}
}

// intoGroup calls clone so that init is born in its cgroups: in version 2 with
// the cgroup to clone it into, in version 1 with the boot thread, whose this is,
// in them. Where the kernel will not have it there it goes on without.
func (s *Sandbox) intoGroup(clone func(box *os.File) error) error {
	if s.group == nil {
		return clone(nil)
	}
	defer func() {
		if s.group != nil {
			s.group.born()
		}
	}()
	err := s.group.join()
	if err == nil {
		err = clone(s.group.box)
	}
	if lerr := s.group.leave(); lerr != nil {
		s.host.log.Warn("the boot thread cannot leave a sandbox's cgroup", "sandbox", s.id, "err", lerr)
	}
	if err == nil || s.pid > 0 {
		return err
	}
	s.groupFailed(err)
	return clone(nil)
}
