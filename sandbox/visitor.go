//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// visitTimeout bounds one visit. A healthy one takes well below a millisecond,
// but on a busy machine a thread may have to wait for a processor, and netlink
// for the lock that network namespaces share.
const visitTimeout = 2 * time.Second

const (
	// slowVisit is what a sandbox with everything a lesson wants never needs.
	slowVisit = visitTimeout / 4
	// visitPause is how many times as long as a slow visit the pause after it is.
	visitPause = 4
)

// errVisitStuck means that a visit did not end in time.
var errVisitStuck = errors.New("sandbox: a visit to a learner's namespaces did not end in time")

// visitors is how many visits, each to another sandbox, may be under way.
const visitors = 4

// visitor does what can only be done from inside a uts or net namespace, and
// what may hang, on threads of its own. Such a thread may join both namespaces
// whatever the rest of the program does; user and mount namespaces it may not
// (setns(2)).
//
// A thread that hangs, because a learner made it, is left behind and another
// takes its place.
type visitor struct {
	// idle holds the threads that are at home; nil stands for one that is yet
	// to be started.
	idle chan *visitorThread
}

type visitorThread struct {
	jobs chan func() // capacity 0
	done chan struct{}
}

// newVisitor starts the first thread, to find out whether there can be any.
func newVisitor() (*visitor, error) {
	first, err := startVisitorThread()
	if err != nil {
		return nil, err
	}
	v := &visitor{idle: make(chan *visitorThread, visitors)}
	v.idle <- first
	for range visitors - 1 {
		v.idle <- nil
	}
	return v, nil
}

func startVisitorThread() (*visitorThread, error) {
	t := &visitorThread{jobs: make(chan func()), done: make(chan struct{})}
	ready := make(chan error, 1)
	go t.run(ready)
	return t, <-ready
}

// run serves jobs on a locked thread, which ends with it.
func (t *visitorThread) run(ready chan<- error) {
	runtime.LockOSThread()
	defer close(t.done)
	// A home of its own to come back to: a server in a user namespace may not
	// return to the host's namespaces, which it does not own.
	if err := unix.Unshare(unix.CLONE_NEWUTS | unix.CLONE_NEWNET); err != nil {
		ready <- fmt.Errorf("sandbox: unshare the visitor's namespaces: %w", err)
		return
	}
	home := map[int]int{}
	for flag, name := range map[int]string{unix.CLONE_NEWUTS: "uts", unix.CLONE_NEWNET: "net"} {
		fd, err := unix.Open("/proc/thread-self/ns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			ready <- fmt.Errorf("sandbox: %w", err)
			return
		}
		defer unix.Close(fd)
		home[flag] = fd
	}
	ready <- nil
	for job := range t.jobs {
		job()
		for flag, fd := range home {
			if err := unix.Setns(fd, flag); err != nil {
				return // the next visit starts another thread
			}
		}
	}
}

// visit runs f on a visitor's thread, where it may call setns(2) with
// CLONE_NEWUTS and CLONE_NEWNET, and then cleanup, in any case: at once if f
// cannot be run. After errVisitStuck f is still running: what it shares with
// the caller must not be touched any more.
func (v *visitor) visit(f, cleanup func()) error {
	t := <-v.idle // held up by others for visitTimeout at most
	done := make(chan struct{})
	t, err := t.send(func() { defer close(done); defer cleanup(); f() })
	if err != nil {
		v.idle <- nil
		cleanup()
		return err
	}
	timeout := time.NewTimer(visitTimeout)
	defer timeout.Stop()
	select {
	case <-done:
		v.idle <- t
		return nil
	case <-timeout.C:
		v.idle <- nil
		close(t.jobs) // it ends when it comes back
		return errVisitStuck
	}
}

// send hands a job to a thread that is at home, which is t if that can be, and
// returns it.
func (t *visitorThread) send(job func()) (*visitorThread, error) {
	for range 2 {
		if t == nil {
			var err error
			if t, err = startVisitorThread(); err != nil {
				return nil, err
			}
		}
		select {
		case t.jobs <- job:
			return t, nil
		case <-t.done: // it could not come home
			t = nil
		}
	}
	return nil, errors.New("sandbox: a visitor's thread could not come home")
}

// close ends the threads. No visit may be under way or follow.
func (v *visitor) close() {
	for range visitors {
		if t := <-v.idle; t != nil {
			close(t.jobs)
			<-t.done
		}
	}
}

// handover passes a value from a visit to its caller, who may not wait for it:
// whichever side comes second disposes of it.
type handover[T any] struct {
	mu          sync.Mutex
	value       T
	given, left bool
}

// give leaves the value for the caller, or calls discard if that has gone.
func (h *handover[T]) give(v T, discard func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left {
		discard()
		return
	}
	h.value, h.given = v, true
}

// leave calls use with the value, if it has been given, and takes no other.
func (h *handover[T]) leave(use func(T)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left = true
	if h.given {
		use(h.value)
	}
}
