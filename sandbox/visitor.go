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

// errVisitStuck means that a visit did not end in time.
var errVisitStuck = errors.New("sandbox: a visit to a learner's namespaces did not end in time")

// visitor does what can only be done from inside a uts or net namespace, on a
// thread of its own. Such a thread may join both whatever the rest of the
// program does; user and mount namespaces it may not (setns(2)).
//
// A thread that hangs, because a learner made it, is left behind and another
// takes its place.
type visitor struct {
	mu     sync.Mutex
	thread *visitorThread // nil until the next visit starts one
	closed bool
}

type visitorThread struct {
	jobs chan func() // capacity 0
	done chan struct{}
}

// newVisitor starts the first thread.
func newVisitor() (*visitor, error) {
	t, err := startVisitorThread()
	if err != nil {
		return nil, err
	}
	return &visitor{thread: t}, nil
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

// visit runs f on the visitor's thread, where it may call setns(2) with
// CLONE_NEWUTS and CLONE_NEWNET, and then cleanup, in any case: at once if f
// cannot be run. One visit runs at a time. After errVisitStuck f is still
// running: what it shares with the caller must not be touched any more.
func (v *visitor) visit(f, cleanup func()) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	done := make(chan struct{})
	job := func() { defer close(done); defer cleanup(); f() }
	if err := v.send(job); err != nil {
		cleanup()
		return err
	}
	timeout := time.NewTimer(visitTimeout)
	defer timeout.Stop()
	select {
	case <-done:
		return nil
	case <-timeout.C:
		close(v.thread.jobs) // it ends when it comes back
		v.thread = nil
		return errVisitStuck
	}
}

// send hands a job to a thread that is at home, which is started if need be.
func (v *visitor) send(job func()) error {
	if v.closed {
		return ErrEnded
	}
	for range 2 {
		if v.thread == nil {
			t, err := startVisitorThread()
			if err != nil {
				return err
			}
			v.thread = t
		}
		select {
		case v.thread.jobs <- job:
			return nil
		case <-v.thread.done: // it could not come home
			v.thread = nil
		}
	}
	return errors.New("sandbox: the visitor's thread could not come home")
}

// close ends the thread.
func (v *visitor) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed && v.thread != nil {
		close(v.thread.jobs)
		<-v.thread.done
	}
	v.closed = true
}
