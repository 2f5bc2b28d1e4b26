//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// cgroupEvents waits for what the kernel tells of all groups, on one thread.
type cgroupEvents struct {
	epoll int
	stop  int // an eventfd
	done  chan struct{}

	mu    sync.Mutex
	calls map[int32]func() // by descriptor
}

func newCgroupEvents() (*cgroupEvents, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	stop, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err == nil {
		err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, stop, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(stop)})
	}
	if err != nil {
		unix.Close(epoll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	e := &cgroupEvents{epoll: epoll, stop: stop, done: make(chan struct{}), calls: map[int32]func(){}}
	go e.run()
	return e, nil
}

// run calls what was asked for until close. The calls must not block.
func (e *cgroupEvents) run() {
	defer close(e.done)
	events := make([]unix.EpollEvent, 32)
	for {
		n, err := unix.EpollWait(e.epoll, events, -1)
		if err != nil && err != unix.EINTR {
			return
		}
		for _, ev := range events[:max(n, 0)] {
			if int(ev.Fd) == e.stop {
				return
			}
			e.mu.Lock()
			if call := e.calls[ev.Fd]; call != nil {
				call()
			}
			e.mu.Unlock()
		}
	}
}

// add calls f whenever fd has one of those events.
func (e *cgroupEvents) add(fd int, events uint32, f func()) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := unix.EpollCtl(e.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return os.NewSyscallError("epoll_ctl", err)
	}
	e.calls[int32(fd)] = f
	return nil
}

// remove stops the calls for fd, which its owner closes next. None is under way
// when it returns.
func (e *cgroupEvents) remove(fd int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = unix.EpollCtl(e.epoll, unix.EPOLL_CTL_DEL, fd, nil) // ENOENT: it was never added
	delete(e.calls, int32(fd))
}

func (e *cgroupEvents) close() {
	_, _ = unix.Write(e.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // an eventfd takes it
	<-e.done
	unix.Close(e.stop)
	unix.Close(e.epoll)
}

// watch calls memory when the group runs out of it.
func (g *group) watch(memory func()) error {
	if g.all.version == 2 {
		readAt(g.memory)
		return g.all.events.add(int(g.memory.Fd()), unix.EPOLLPRI, func() { readAt(g.memory); memory() })
	}
	// Version 1 tells through an eventfd that is registered in a third file. See
	// "Memory thresholds" in Documentation/admin-guide/cgroup-v1/memory.rst.
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	g.eventfd = os.NewFile(uintptr(fd), "eventfd")
	if err := writeFile(g.dir("memory"), "cgroup.event_control", fmt.Sprintf("%d %d", fd, g.memory.Fd())); err != nil {
		return err
	}
	return g.all.events.add(fd, unix.EPOLLIN, func() {
		var count [8]byte
		_, _ = unix.Read(fd, count[:]) // resets it
		memory()
	})
}

// unwatch ends the calls.
func (g *group) unwatch() {
	for _, f := range []*os.File{g.memory, g.eventfd} {
		if f != nil {
			g.all.events.remove(int(f.Fd()))
		}
	}
}
