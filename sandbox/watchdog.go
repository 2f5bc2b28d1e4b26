//go:build linux

package sandbox

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"example.org/nslab/sandbox/pid1"
	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Where there are no cgroups, a watchdog in the server measures each sandbox
// and ends what has taken too much. It sees less than the kernel would: not
// what the kernel keeps for the sandbox, nor memory that belongs to no process
// and no file system; and it comes late, by a second. Until then one process
// is bounded by its rlimits.
const (
	// watchSoon is the pause between two looks at a sandbox where something
	// happens, watchLate where nothing does, and watchAgain after one in which
	// something had to be ended.
	watchSoon  = time.Second
	watchLate  = 10 * time.Second
	watchAgain = 200 * time.Millisecond
	// watchShare is how much of a processor's time the looks at one sandbox may
	// take, as 1/watchShare.
	watchShare = 20
	// strikes is how many looks in a row may find too much before the sandbox is
	// ended, and not just its largest process.
	strikes = 5
	// watchedNamespaces is in how many mnt namespaces file systems are looked for.
	watchedNamespaces = 32
	// mountsLimit is how many mounts those may have together: each costs the kernel
	// a KiB or more, which no process is charged for.
	mountsLimit = 8192
	// watchHung is when a look that has not come back is put down to the
	// learner: it takes milliseconds.
	watchHung = 20 * time.Second
)

// watch is how the watchdog stands with one sandbox.
type watch struct {
	began  atomic.Int64  // when the look began that is under way, Unix nanoseconds; 0 for none
	used   atomic.Uint64 // what the last look found, in bytes
	stirs  atomic.Bool   // something has happened since
	struck int           // looks in a row that found too much
}

// guard watches a sandbox that has no cgroup until it ends.
func (s *Sandbox) guard() {
	timer := time.NewTimer(watchSoon)
	defer timer.Stop()
	for {
		select {
		case <-s.ending:
			return
		case <-timer.C:
		}
		began := time.Now()
		s.watch.began.Store(began.UnixNano())
		m := s.measure()
		s.watch.began.Store(0)
		pause := watchLate
		switch ended := s.restrain(m); {
		case ended:
			pause = watchAgain
		case s.watch.stirs.Swap(false) || m.total() > memoryLimit/8:
			pause = watchSoon
		}
		timer.Reset(max(pause, watchShare*time.Since(began)))
	}
}

// restrain ends what must be ended, and reports whether anything was.
func (s *Sandbox) restrain(m measured) bool {
	total := m.total()
	s.watch.used.Store(total)
	if m.processes > pidsLimit {
		s.End(Reason{Code: "killed", Detail: fmt.Sprintf(endedProcesses, pidsLimit)})
		return true
	}
	if m.mounts > mountsLimit {
		s.End(Reason{Code: "killed", Detail: fmt.Sprintf(endedMounts, mountsLimit)})
		return true
	}
	if total <= memoryLimit {
		s.watch.struck = 0
		return false
	}
	s.watch.struck++
	// Ending a process does not give back files, nor stop many that come again.
	if total > 2*memoryLimit || m.files > memoryLimit || s.watch.struck > strikes || len(m.largest) == 0 {
		s.End(Reason{Code: "killed", Detail: fmt.Sprintf(endedGreedy, memoryText)})
		return true
	}
	if p := m.largest[0]; s.kill(p.pid) == nil {
		s.notify(fmt.Sprintf(noticeWatchdog, memoryText, quoted(p.comm)))
	}
	return true
}

// kill ends a process of the sandbox. A directory of procfs is as good as a
// pidfd; see pidfd_send_signal(2).
func (s *Sandbox) kill(pid int) error {
	dir, err := s.proc.open(strconv.Itoa(pid), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return unix.PidfdSendSignal(dir, unix.SIGKILL, nil, 0)
}

// measured is what one look found.
type measured struct {
	processes   int
	largest     []usedMemory
	anon, shmem uint64 // of all processes
	files       uint64 // in file systems of memory
	mounts      int
}

// total is an estimate of the memory that the sandbox takes. What processes
// share of shmem is mostly files that were counted already.
func (m measured) total() uint64 { return m.anon + max(m.shmem, m.files) }

// measure looks at the sandbox.
func (s *Sandbox) measure() (m measured) {
	m.largest, m.processes = s.memories()
	for _, p := range m.largest {
		m.anon += p.anon
		m.shmem = max(m.shmem, p.shmem) // many map the same
	}
	s.files(&m)
	if m.total() > memoryLimit {
		m.anon = s.proportional(m.largest, m.anon)
	}
	return m
}

// proportional corrects the sum of what processes have for what they share
// since fork(2): a thousand copies of one shell are no thousand shells. The
// kernel counts that only by going through all pages, so some are asked, the
// largest and a few of the others.
func (s *Sandbox) proportional(all []usedMemory, sum uint64) uint64 {
	const some = 24
	step := max(1, (len(all)-some)/some)
	var asked, share uint64
	for i := 0; i < len(all); i++ {
		if i >= some && (i-some)%step != 0 {
			continue
		}
		b, err := s.proc.read(strconv.Itoa(all[i].pid)+"/smaps_rollup", nil)
		if err != nil {
			continue // it has ended, or another user's
		}
		for line := range bytes.Lines(b) {
			if key, rest, ok := bytes.Cut(line, []byte(":")); ok && string(key) == "Pss_Anon" {
				share += kilobytes(bytes.Fields(rest)[0])
				asked += all[i].anon
			}
		}
	}
	if asked == 0 || share > asked {
		return sum
	}
	return uint64(float64(sum) * float64(share) / float64(asked))
}

// files adds what is mounted in the mnt namespaces of init and of the processes,
// and what is in those file systems that are in memory.
func (s *Sandbox) files(m *measured) {
	namespaces, devices := map[string]bool{}, map[[2]int]bool{}
	for i := -1; i < len(m.largest) && len(namespaces) < watchedNamespaces; i++ {
		pid := "1"
		if i >= 0 {
			pid = strconv.Itoa(m.largest[i].pid)
		}
		dir, err := s.proc.open(pid, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			continue
		}
		var link [64]byte
		if n, err := unix.Readlinkat(dir, "ns/mnt", link[:]); err == nil && !namespaces[string(link[:n])] {
			namespaces[string(link[:n])] = true
			s.filesOf(m, dir, pid, devices)
		}
		unix.Close(dir)
	}
}

// filesOf adds what one process sees of it, beyond what is among devices already.
func (s *Sandbox) filesOf(m *measured, dir int, pid string, devices map[[2]int]bool) {
	b, err := s.proc.read(pid+"/mountinfo", nil)
	if err != nil {
		return
	}
	m.mounts += bytes.Count(b, []byte("\n"))
	if len(b) >= maxProcFile {
		m.mounts = max(m.mounts, mountsLimit+1) // there is more than was read
	}
	if m.mounts > mountsLimit {
		return // enough is known
	}
	infos, err := mountinfo.GetMountsFromReader(bytes.NewReader(b), mountinfo.FSTypeFilter("tmpfs"))
	if err != nil {
		return
	}
	root, err := unix.Openat(dir, "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(root)
	for _, info := range infos {
		device := [2]int{info.Major, info.Minor}
		if devices[device] {
			continue
		}
		// A mount that is covered by another is reached by nobody else either.
		fd, err := unix.Openat2(root, info.Mountpoint, &unix.OpenHow{
			Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
		})
		if err != nil {
			continue
		}
		var st unix.Stat_t
		var fs unix.Statfs_t
		if unix.Fstat(fd, &st) == nil && unix.Major(st.Dev) == uint32(info.Major) && unix.Minor(st.Dev) == uint32(info.Minor) &&
			unix.Fstatfs(fd, &fs) == nil && fs.Type == unix.TMPFS_MAGIC && fs.Flags&unix.ST_RDONLY == 0 {
			devices[device] = true
			m.files += (fs.Blocks - fs.Bfree) * uint64(fs.Bsize)
		}
		unix.Close(fd)
	}
}

// hung reports whether a look has not come back for long.
func (s *Sandbox) hung() bool {
	began := s.watch.began.Load()
	return began != 0 && time.Since(time.Unix(0, began)) > watchHung
}

// used is how much memory the sandbox takes, as far as is known.
func (s *Sandbox) used() uint64 {
	if s.group != nil {
		return s.group.used()
	}
	return s.watch.used.Load()
}

// terminals counts the ptys that processes of the sandbox hold.
func (s *Sandbox) terminals() (n uint64) {
	s.reading <- struct{}{} // s.proc is not closed meanwhile
	defer func() { <-s.reading }()
	if _, ended := s.Ended(); ended {
		return 0
	}
	pids, err := s.proc.list(".", pidsLimit)
	if err != nil {
		return 0
	}
	for _, pid := range pids {
		name := strconv.Itoa(pid) + "/fd"
		fds, err := s.proc.list(name, pid1.MaxFiles)
		if err != nil || len(fds) == 0 {
			continue
		}
		dir, err := s.proc.open(name, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			continue
		}
		var link [128]byte
		for _, fd := range fds {
			if l, err := unix.Readlinkat(dir, strconv.Itoa(fd), link[:]); err == nil && bytes.HasSuffix(link[:l], []byte("/ptmx")) {
				n++
			}
		}
		unix.Close(dir)
	}
	return n
}

// readNumber reads a file that holds one number; 0 where it cannot be read.
func readNumber(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(string(bytes.TrimSpace(b))) // the kernel writes numbers
	return n
}
