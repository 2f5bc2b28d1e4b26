//go:build linux

package pid1

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// shellPath is the shell that every sandbox has: it is what the lessons type.
const shellPath = "/bin/bash"

// nursery starts shells and reaps.
type nursery struct {
	config Config
	// born wakes the reaper: there is a child again.
	born chan struct{}

	mu     sync.Mutex // guards shells, and holds the reaper back while one is being entered
	shells map[int]string
}

func newNursery(c Config) *nursery {
	return &nursery{config: c, born: make(chan struct{}, 1), shells: make(map[int]string)}
}

// answer starts the shell that was asked for and says so.
func (n *nursery) answer(r Request) {
	// Until Started is sent: the reaper's Exited must not overtake it.
	n.mu.Lock()
	defer n.mu.Unlock()
	master, pid, err := n.start(*r.Shell)
	if err != nil {
		_ = Send(ControlFD, Event{Seq: r.Seq, Failed: err.Error()}, -1) // the server is gone: the main loop sees it
		return
	}
	_ = Send(ControlFD, Event{Seq: r.Seq, Started: &Started{PID: pid}}, master)
	unix.Close(master)
}

// start opens a pty and clones a shell on it. The caller holds n.mu and closes
// the master.
func (n *nursery) start(r ShellRequest) (master, pid int, err error) {
	master, tty, err := openPTY(r.Cols, r.Rows)
	if err != nil {
		return -1, 0, fmt.Errorf("open a pty: %w", err)
	}
	defer unix.Close(tty)
	defer func() {
		if err != nil {
			unix.Close(master)
		}
	}()

	attr := &syscall.ProcAttr{
		Dir:   "/root",
		Env:   environment(r),
		Files: []uintptr{uintptr(tty), uintptr(tty), uintptr(tty)},
		Sys:   n.cloneAttr(r.Flags),
	}
	pid, err = syscall.ForkExec(shellPath, []string{"bash"}, attr)
	if err != nil {
		return -1, 0, fmt.Errorf("clone %s with %s: %w", shellPath, flagNames(r), explain(err))
	}
	n.limit(pid)
	n.shells[pid] = r.ID
	select {
	case n.born <- struct{}{}:
	default:
	}
	return master, pid, nil
}

// limit bounds what a shell and all that it starts may take. It happens right
// after exec, since init itself must not be bound by it: what a shell could do
// before, it can do in a sandbox anyway, within the sandbox's own limits.
func (n *nursery) limit(pid int) {
	limits := map[int]unix.Rlimit{
		unix.RLIMIT_NPROC:      {Cur: MaxProcesses, Max: MaxProcesses},
		unix.RLIMIT_NOFILE:     {Cur: softFiles, Max: MaxFiles},
		unix.RLIMIT_MEMLOCK:    {Cur: maxLocked, Max: maxLocked},
		unix.RLIMIT_SIGPENDING: {Cur: maxSignals, Max: maxSignals},
	}
	if !n.config.Cgroup {
		limits[unix.RLIMIT_DATA] = unix.Rlimit{Cur: maxData, Max: maxData}
	}
	for resource, l := range limits {
		_ = unix.Prlimit(pid, resource, &l, nil) // fails if the shell has ended, or where the server itself has less
	}
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte(strconv.Itoa(shellOOMScore)), 0)
}

// cloneAttr has exactly the namespace flags asked for.
func (n *nursery) cloneAttr(flags uint64) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	// CLONE_NEWTIME lies in clone(2)'s exit signal, and clone3(2) takes it
	// only since Linux 6.4. It is unshared in the child before exec, which enters
	// it where the kernel does that; Debian 12's 6.1 does not, and there the
	// shell's children are the first to be in it.
	a.Unshareflags = uintptr(flags & unix.CLONE_NEWTIME)
	a.Cloneflags = uintptr(flags &^ unix.CLONE_NEWTIME)
	if flags&unix.CLONE_NEWUSER != 0 {
		// The new user namespace maps what this one has, one to one, so that
		// its root is still root and learner still learner.
		identity := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: n.config.IDs}}
		a.UidMappings, a.GidMappings = identity, identity
		a.GidMappingsEnableSetgroups = n.config.Setgroups
	}
	return a
}

// environment is all that a shell inherits: nothing of the server's.
func environment(r ShellRequest) []string {
	return []string{
		"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=" + shellPath,
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8",
		// For the prompt; see the .bashrc in the sandbox package.
		"NSLAB_SHELL=" + r.Title, "NSLAB_NS=" + strings.Join(r.Types, " "),
	}
}

// reap waits for every child, those that were handed to PID 1 included. With
// no child left it sleeps until a shell is started: whatever lives in the
// sandbox descends from a child of init.
func (n *nursery) reap() {
	for range n.born {
		for {
			var status unix.WaitStatus
			pid, err := unix.Wait4(-1, &status, 0, nil)
			if err == unix.EINTR {
				continue
			}
			if err != nil {
				break
			}
			n.mu.Lock()
			id, ok := n.shells[pid]
			delete(n.shells, pid)
			n.mu.Unlock()
			if ok {
				_ = Send(ControlFD, Event{Exited: exited(id, status)}, -1)
			}
		}
	}
}

// exited translates a wait status as a shell's $? does.
func exited(id string, s unix.WaitStatus) *Exited {
	if s.Signaled() {
		return &Exited{ID: id, Code: 128 + int(s.Signal()), Signal: int(s.Signal())}
	}
	return &Exited{ID: id, Code: s.ExitStatus()}
}

func flagNames(r ShellRequest) string {
	if len(r.Types) == 0 {
		return "no namespace flags"
	}
	return "new namespaces " + strings.Join(r.Types, ", ")
}

// explain adds what Linux means by an error of clone(2).
func explain(err error) error {
	switch err {
	case unix.ENOSPC:
		return fmt.Errorf("%w (a limit on namespaces: /proc/sys/user/max_*_namespaces, or 32 levels of nesting)", err)
	case unix.EAGAIN:
		return fmt.Errorf("%w (a limit on processes has been reached)", err)
	case unix.EUSERS:
		return fmt.Errorf("%w (the limit on nested namespaces has been reached)", err)
	}
	return err
}
