//go:build linux

package sandbox

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

const (
	// oomWait bounds the wait for the kernel to choose whom to end: it tells
	// first that memory is out.
	oomWait = 2 * time.Second
	// oomSuspects is how many of the largest processes are watched. The kernel
	// ends the largest, of those with the same oom_score_adj.
	oomSuspects = 24
	// oomRecent is how long after running out of memory the end of init is put
	// down to that.
	oomRecent = 3 * time.Second
)

// oom is what a sandbox knows of its want of memory.
type oom struct {
	at         atomic.Int64 // when the kernel last told of it, Unix nanoseconds
	explaining atomic.Bool
	// Only the explaining goroutine uses what follows.
	kills uint64
}

// watchGroup turns the kernel's events into notices.
func (s *Sandbox) watchGroup() error {
	return s.group.watch(func() {
		s.oom.at.Store(time.Now().UnixNano())
		if s.oom.explaining.CompareAndSwap(false, true) {
			s.watchers.Go(func() {
				defer s.oom.explaining.Store(false)
				s.explainOOM()
			})
		}
	})
}

// ranOutOfMemory reports whether init has probably ended for want of memory.
func (s *Sandbox) ranOutOfMemory() bool {
	if s.group == nil || time.Since(time.Unix(0, s.oom.at.Load())) > oomRecent {
		return false
	}
	return s.group.kills() > 0
}

// explainOOM finds which process the kernel has ended. The cgroup counts kills,
// but names nobody, and the kernel's log is root's: so the largest are watched
// from the moment when memory was out.
func (s *Sandbox) explainOOM() {
	suspects := s.largest(oomSuspects)
	deadline := time.Now().Add(oomWait)
	for {
		kills := s.group.kills()
		if kills > s.oom.kills {
			name, found := s.victim(suspects)
			if found || time.Now().After(deadline) {
				text := fmt.Sprintf(noticeMemory, memoryText, name)
				if !s.group.wasFull() {
					text = fmt.Sprintf(noticeHostMemory, name)
				}
				s.oom.kills = kills
				s.notify(text)
				return
			}
		} else if time.Now().After(deadline) {
			return // there was memory after all
		}
		select {
		case <-s.ending:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// victim is the largest of the suspects that is ending or has ended.
func (s *Sandbox) victim(suspects []usedMemory) (name string, found bool) {
	for _, p := range suspects {
		now, err := s.memoryOf(p.pid)
		if err != nil || now.dying || now.comm != p.comm {
			return quoted(p.comm), true
		}
	}
	return "a program", false
}

// quoted is a command's name in a sentence. A process can call itself anything.
func quoted(comm string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '`' || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(comm, "?"))
	if clean == "" {
		return "a program"
	}
	return "`" + clean + "`"
}

// usedMemory is what one process has of its own, in bytes.
type usedMemory struct {
	pid   int
	comm  string
	anon  uint64
	shmem uint64
	dying bool
}

// memoryOf reads the counters of a process, which takes no lock that the
// process could hold. See proc_pid_status(5).
func (s *Sandbox) memoryOf(pid int) (usedMemory, error) {
	b, err := s.proc.read(strconv.Itoa(pid)+"/status", nil)
	if err != nil {
		return usedMemory{}, err
	}
	u := parseMemory(b)
	u.pid = pid
	return u, nil
}

func parseMemory(b []byte) (u usedMemory) {
	const sigkill = 1 << (uint(unix.SIGKILL) - 1)
	for line := range bytes.Lines(b) {
		key, rest, _ := bytes.Cut(line, []byte(":"))
		f := bytes.Fields(rest)
		if len(f) == 0 {
			continue
		}
		switch string(key) {
		case "Name":
			u.comm = string(bytes.TrimSpace(rest))
		case "State":
			u.dying = u.dying || f[0][0] == 'Z' || f[0][0] == 'X'
		case "SigPnd", "ShdPnd":
			pending, _ := strconv.ParseUint(string(f[0]), 16, 64) // the kernel writes numbers
			u.dying = u.dying || pending&sigkill != 0
		case "RssAnon":
			u.anon = kilobytes(f[0])
		case "RssShmem":
			u.shmem = kilobytes(f[0])
		}
	}
	return u
}

func kilobytes(b []byte) uint64 {
	n, _ := strconv.ParseUint(string(b), 10, 54) // the kernel writes numbers
	return n << 10
}

// largest returns the n largest processes but init, largest first.
func (s *Sandbox) largest(n int) []usedMemory {
	all, _ := s.memories()
	return all[:min(n, len(all))]
}

// memories reads the counters of all processes but init, largest first; and how
// many processes there are, if it is not more than one over the limit.
func (s *Sandbox) memories() (all []usedMemory, count int) {
	pids, err := s.proc.list(".", pidsLimit+1)
	if err != nil {
		return nil, 0
	}
	for _, pid := range pids {
		if pid == 1 {
			continue
		}
		if u, err := s.memoryOf(pid); err == nil {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b usedMemory) int {
		return int(int64(b.anon+b.shmem)>>10 - int64(a.anon+a.shmem)>>10)
	})
	return all, len(pids)
}
