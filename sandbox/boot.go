//go:build linux

package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"example.org/nslab/sandbox/pid1"
	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// boot makes one sandbox, from clone to the descriptor of its procfs.
func (h *Host) boot() (*Sandbox, error) {
	if err := h.memory.now().room(); err != nil {
		return nil, err
	}
	s, err := h.cloneInit()
	if err == nil {
		if err = s.handshake(h.setgroups); err == nil {
			h.mu.Lock()
			h.booted++
			h.boots = nil
			closed := h.closed
			h.all[s.id] = s
			h.mu.Unlock()
			s.watchLimits()
			h.wait.Go(s.keep)
			if closed { // Close did not see this one
				s.End(Reason{Code: "server", Detail: "The server has stopped."})
				return nil, ErrEnded
			}
			return s, nil
		}
		s.discard()
	}
	h.mu.Lock()
	h.boots = err
	h.mu.Unlock()
	return nil, err
}

// cloneInit starts a process that will be the sandbox's init.
func (h *Host) cloneInit() (*Sandbox, error) {
	h.mu.Lock()
	slot := h.slots.take()
	h.mu.Unlock()
	fail := func(err error) (*Sandbox, error) {
		h.mu.Lock()
		h.slots.give(slot)
		h.mu.Unlock()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	ids := h.ids.mapping(slot)
	userns, err := h.userNamespace(slot%h.ids.slots, ids)
	if err != nil {
		return fail(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail(fmt.Errorf("socketpair: %w", err))
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "control"), os.NewFile(uintptr(pair[1]), "control")
	defer ours.Close()
	defer theirs.Close()

	s := &Sandbox{host: h, id: rand.Text(), slot: slot, activity: make(chan struct{}, 1), done: make(chan struct{}), ending: make(chan struct{}), notices: newNotices(), proc: procfs{root: -1}, root: -1, reading: make(chan struct{}, 1)}
	s.makeGroup(ids[0].HostID)
	h.nursery.do(func() {
		err = h.nursery.withUsr(userns, func() error {
			return s.intoGroup(func(box *os.File) (err error) {
				s.pid, s.pidfd, err = h.nursery.clone(h.memfd, theirs, h.null, ids, h.setgroups, box)
				return err
			})
		})
	})
	if err != nil {
		if s.pid > 0 { // the clone worked, what came after did not
			_ = unix.Kill(s.pid, unix.SIGKILL) // our own child, not yet reaped
			s.reap()
			unix.Close(s.pidfd)
		}
		s.leaveGroup()
		return fail(cloneError(err))
	}
	conn, err := net.FileConn(ours)
	if err != nil {
		_ = unix.PidfdSendSignal(s.pidfd, unix.SIGKILL, nil, 0)
		s.reap()
		unix.Close(s.pidfd)
		s.leaveGroup()
		return fail(err)
	}
	s.control = conn.(*net.UnixConn) // what a SOCK_SEQPACKET socket of AF_UNIX is
	return s, nil
}

// cloneError says what Linux means by an error of clone(2) with namespaces.
func cloneError(err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("clone a sandbox: %w (may user namespaces be made here? run \"nslab doctor\")", err)
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("clone a sandbox: %w (a limit in /proc/sys/user/max_*_namespaces has been reached)", err)
	case errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("clone a sandbox: %w (a limit on processes has been reached: ulimit -u, pids.max, kernel.pid_max)", err)
	}
	return fmt.Errorf("clone a sandbox: %w", err)
}

// userNamespace returns a descriptor of a user namespace with those ids, for
// mapping mounts; -1 where mounts are not mapped. It lasts as long as the host.
func (h *Host) userNamespace(slot int, ids []syscall.SysProcIDMap) (int, error) {
	if !h.nursery.idmapped {
		return -1, nil
	}
	h.usersMu.Lock()
	defer h.usersMu.Unlock()
	if fd, ok := h.users[slot]; ok {
		return fd, nil
	}
	// A process makes the namespace and is ended before it has begun: traced,
	// it stops at its exec.
	pidfd := -1
	var fd int
	var err error
	h.nursery.do(func() { // ptrace wants one thread for both
		var pid int
		pid, err = syscall.ForkExec(fmt.Sprintf("/proc/self/fd/%d", h.memfd.Fd()), []string{"nslab: ids"}, &syscall.ProcAttr{
			Files: []uintptr{h.null.Fd(), h.null.Fd(), h.null.Fd()},
			Sys: &syscall.SysProcAttr{
				Cloneflags: unix.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids,
				Ptrace: true, Pdeathsig: unix.SIGKILL, PidFD: &pidfd,
			},
		})
		if err != nil {
			return
		}
		fd, err = unix.Open(fmt.Sprintf("/proc/%d/ns/user", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		_ = unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0) // a child not yet reaped
		unix.Close(pidfd)
		for {
			var status unix.WaitStatus
			if _, werr := unix.Wait4(pid, &status, 0, nil); werr == unix.EINTR || (werr == nil && status.Stopped()) {
				continue
			}
			return
		}
	})
	if err != nil {
		return -1, fmt.Errorf("make a user namespace to map ids by: %w", err)
	}
	h.users[slot] = fd
	return fd, nil
}

// errNoAnswer means that init died before it had said anything.
var errNoAnswer = errors.New("init did not boot")

// handshake sends init its configuration, waits until it has built the
// sandbox, and pins the procfs. Until its end, init runs nothing but our code.
func (s *Sandbox) handshake(setgroups bool) error {
	if err := s.control.SetDeadline(time.Now().Add(bootTimeout)); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	if err := s.send(pid1.Config{Hostname: hostname, IDs: s.host.ids.each, Setgroups: setgroups, Cgroup: s.group != nil, Unfiltered: s.host.without.filter}); err != nil {
		return fmt.Errorf("sandbox: configure init: %w", err)
	}
	e, fd, err := s.receive(make([]byte, pid1.MaxMessage))
	switch {
	case err != nil:
		return fmt.Errorf("sandbox: %w: %w", errNoAnswer, err)
	case e.Failed != "":
		closeFD(fd)
		return fmt.Errorf("sandbox: boot: %s", e.Failed)
	case !e.Booted || fd < 0:
		closeFD(fd)
		return errors.New("sandbox: boot: init sent no procfs")
	}
	if s.proc, err = pinProcfs(fd); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	if s.root, err = s.proc.openRoot(1); err != nil {
		return fmt.Errorf("sandbox: pin the root of the sandbox: %w", err)
	}
	if s.own, err = s.proc.namespaces(1, snapshot.Types()); err != nil {
		return fmt.Errorf("sandbox: read the namespaces of init: %w", err)
	}
	return s.control.SetDeadline(time.Time{})
}

// send writes one message to init.
func (s *Sandbox) send(message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = s.control.Write(data)
	return err
}

// receive reads one event and at most one descriptor; -1 for none.
func (s *Sandbox) receive(buf []byte) (e pid1.Event, fd int, err error) {
	oob := make([]byte, unix.CmsgSpace(4*4))
	n, oobn, flags, _, err := s.control.ReadMsgUnix(buf, oob)
	if err != nil {
		return e, -1, err
	}
	fds, err := rights(oob[:oobn])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = errors.New("a message of init's is too large")
	}
	if err == nil && len(fds) > 1 {
		err = errors.New("init sent more than one descriptor")
	}
	if err == nil {
		err = json.Unmarshal(buf[:n], &e)
	}
	if err != nil {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return e, -1, err
	}
	if len(fds) == 1 {
		return e, fds[0], nil
	}
	return e, -1, nil
}

// rights returns the descriptors in a control message.
func rights(oob []byte) ([]int, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue // not descriptors
		}
		all = append(all, fds...)
	}
	return all, nil
}

func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}
