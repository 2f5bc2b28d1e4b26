//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.org/nslab/sandbox/pid1"
	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// Reason says why a sandbox ended.
type Reason struct {
	// Code is for programs: deleted, idle, lifetime, killed, server, failed.
	Code string
	// Detail is one sentence for people.
	Detail string
}

// Sandbox is one learner's machine. It is safe for concurrent use.
type Sandbox struct {
	host     *Host
	id       string
	slot     int
	pid      int // of init, in the server's pid namespace
	pidfd    int
	control  *net.UnixConn
	proc     procfs
	own      map[snapshot.Type]uint64
	visiting atomic.Int32 // visits to its namespaces that have not come back
	// visitAfter is when the next visit may begin, in Unix nanoseconds.
	visitAfter atomic.Int64
	root       int // of the sandbox's file system when it was booted, for statfs
	taken      atomic.Bool
	group      *group // nil without cgroups
	oom        oom
	watch      watch
	watchers   sync.WaitGroup // those that look after its limits
	activity   chan struct{}
	ending     chan struct{} // closed when End was called or init has died
	done       chan struct{} // closed when nothing is left

	// reading holds a value while a snapshot is taken; s.proc is closed under it.
	reading chan struct{}

	mu      sync.Mutex // guards what follows
	ended   *Reason
	shells  []*Shell
	seq     int
	pending map[int]*order
	outside outsidePIDs
	seen    map[int]sight // by the last snapshot; never changed, only replaced
	notices notices
}

// ID returns the sandbox's name: 26 letters and digits that nobody can guess.
func (s *Sandbox) ID() string { return s.id }

// Activity is signalled, at most once until it is received, whenever something
// happened: output of a shell, or one that started or ended. It is for one
// receiver.
func (s *Sandbox) Activity() <-chan struct{} { return s.activity }

func (s *Sandbox) active() {
	s.watch.stirs.Store(true)
	select {
	case s.activity <- struct{}{}:
	default:
	}
}

// Done is closed when the sandbox has ended and nothing of it is left.
func (s *Sandbox) Done() <-chan struct{} { return s.done }

// Ended returns why the sandbox ended, or false while it runs.
func (s *Sandbox) Ended() (Reason, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		return Reason{}, false
	}
	return *s.ended, true
}

// End ends the sandbox. It returns at once; Done tells when nothing is left.
// Only the first call counts.
func (s *Sandbox) End(r Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return
	}
	s.ended = &r
	close(s.ending)
	// Init takes every process of its pid namespace with it. The descriptor is
	// open until keep has called this too. That init has ended is no error.
	_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0)
}

// keep owns the control socket and the end of the sandbox.
func (s *Sandbox) keep() {
	defer s.host.release(s) // for a Take that met it between the next two
	defer close(s.done)
	defer s.host.forget(s) // before done is closed: its place is free then
	err := s.listen()
	// Before anything waits: descriptors that lie in the socket unread would
	// keep the other side of a pty open.
	s.control.Close()
	detail := "Its init was ended."
	if err != nil {
		detail = fmt.Sprintf("Its init did what init never does: %v.", err)
	} else if s.ranOutOfMemory() {
		detail = fmt.Sprintf(endedMemory, memoryText)
	}
	s.End(Reason{Code: "killed", Detail: detail})
	s.reap()
	s.leaveGroup()
	s.mu.Lock()
	shells := slices.Clone(s.shells)
	clear(s.pending) // whoever waits for one sees the end too
	s.mu.Unlock()
	for _, sh := range shells {
		sh.finish(Exit{Code: 128 + int(unix.SIGKILL), Signal: "SIGKILL"})
		sh.terminal.close()
	}
	s.discardFDs()
	s.active()
}

// listen takes init's events until the socket closes. An event that init would
// never send ends the sandbox: somebody else is speaking.
func (s *Sandbox) listen() error {
	buf := make([]byte, pid1.MaxMessage)
	for {
		e, fd, err := s.receive(buf)
		if err != nil {
			if _, ended := s.Ended(); ended || errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) {
				return nil
			}
			return err
		}
		if e.Exited != nil {
			closeFD(fd)
			if err := s.exited(*e.Exited); err != nil {
				return err
			}
			continue
		}
		if err := s.answered(e, fd); err != nil {
			return err
		}
	}
}

// reap waits for init's end. Its exit includes the end of every process in its
// pid namespace.
func (s *Sandbox) reap() {
	for {
		_, err := unix.Wait4(s.pid, nil, 0, nil)
		if err != unix.EINTR {
			return
		}
	}
}

// discard undoes a boot that failed.
func (s *Sandbox) discard() {
	_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0)
	s.reap()
	s.leaveGroup()
	s.discardFDs()
	s.host.mu.Lock()
	s.host.slots.give(s.slot)
	s.host.mu.Unlock()
}

func (s *Sandbox) discardFDs() {
	s.reading <- struct{}{} // no snapshot is being taken
	defer func() { <-s.reading }()
	s.control.Close()
	unix.Close(s.pidfd)
	s.proc.close()
	closeFD(s.root)
}

// visit is visitor.visit for this sandbox's namespaces. While one visit hangs,
// because the learner or a very busy machine holds it up, there is no other,
// and after a slow one there is a pause: nobody can have more than a small part
// of the visitors' time.
func (s *Sandbox) visit(f, cleanup func()) error {
	began := time.Now()
	if s.visiting.Load() > 0 || began.UnixNano() < s.visitAfter.Load() {
		cleanup()
		return errVisitStuck
	}
	s.visiting.Add(1)
	err := s.host.visitor.visit(f, func() {
		cleanup()
		if took := time.Since(began); took > slowVisit {
			s.visitAfter.Store(time.Now().Add(visitPause * took).UnixNano())
		}
		s.visiting.Add(-1)
	})
	if errors.Is(err, errVisitStuck) {
		s.host.log.Warn("a visit to a sandbox's namespaces hangs", "sandbox", s.id)
	}
	return err
}
