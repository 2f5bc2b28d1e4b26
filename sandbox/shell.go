//go:build linux

package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"example.org/nslab/sandbox/pid1"
	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// MaxShells is how many shells of one sandbox may be alive at once.
const MaxShells = 16

// maxEndedShells is how many more are remembered, with their output, after
// their end; then the oldest is forgotten.
const maxEndedShells = 16

// cloneFlags are the flags of clone(2) by type of namespace.
var cloneFlags = map[snapshot.Type]uint64{
	snapshot.MNT: unix.CLONE_NEWNS, snapshot.UTS: unix.CLONE_NEWUTS, snapshot.IPC: unix.CLONE_NEWIPC,
	snapshot.PID: unix.CLONE_NEWPID, snapshot.NET: unix.CLONE_NEWNET, snapshot.USER: unix.CLONE_NEWUSER,
	snapshot.CGROUP: unix.CLONE_NEWCGROUP, snapshot.TIME: unix.CLONE_NEWTIME,
}

// ShellSpec says what shell to start.
type ShellSpec struct {
	// Title names the shell in its prompt; "" for its id.
	Title string
	// Namespaces are the types to clone it into; none for a plain process of
	// the sandbox.
	Namespaces []snapshot.Type
	// Cols and Rows are the size of its terminal; 0 for 80 and 24.
	Cols, Rows uint16
}

// Shell is one bash on one pty. It is safe for concurrent use.
type Shell struct {
	id, title string
	types     []snapshot.Type
	pid       int
	born      map[snapshot.Type]uint64
	terminal  *Terminal
	done      chan struct{}

	held []int // descriptors of the namespaces that it was born in

	finishing sync.Once
	exit      Exit // set before done is closed
}

// Exit is how a shell ended.
type Exit struct {
	// Code is as in $?: 128 and the signal's number if a signal ended it.
	Code int
	// Signal is its name, such as SIGKILL, or "".
	Signal string
}

// ID is the shell's name in its sandbox: s1, s2, ….
func (sh *Shell) ID() string { return sh.id }

// Title is what the prompt calls it.
func (sh *Shell) Title() string { return sh.title }

// Namespaces are the types that it was cloned into.
func (sh *Shell) Namespaces() []snapshot.Type { return slices.Clone(sh.types) }

// PID is its pid in the sandbox's pid namespace.
func (sh *Shell) PID() int { return sh.pid }

// Terminal is its terminal, which outlives it until the sandbox ends.
func (sh *Shell) Terminal() *Terminal { return sh.terminal }

// Done is closed when the shell has ended.
func (sh *Shell) Done() <-chan struct{} { return sh.done }

// Exit returns how the shell ended, or false while it runs.
func (sh *Shell) Exit() (Exit, bool) {
	select {
	case <-sh.done:
		return sh.exit, true
	default:
		return Exit{}, false
	}
}

func (sh *Shell) finish(e Exit) {
	sh.finishing.Do(func() {
		for _, fd := range sh.held {
			unix.Close(fd)
		}
		sh.exit = e
		close(sh.done)
	})
}

// hold keeps the namespaces that the shell was born in until it ends, even if
// it leaves them before: the kernel gives a dead one's number to the next, and
// a lesson that remembers the number would take that for the first. The
// sandbox's own live as long as its init.
func (sh *Shell) hold(s *Sandbox) {
	for t, inode := range sh.born {
		if inode == s.own[t] {
			continue
		}
		fd, err := s.proc.openNS(sh.pid, string(t))
		if err != nil {
			continue // the shell has just ended
		}
		if got, err := nsInode(fd); err != nil || got != inode {
			unix.Close(fd)
			continue
		}
		sh.held = append(sh.held, fd)
	}
}

// order is a shell that init was asked for.
type order struct {
	request pid1.ShellRequest
	spec    ShellSpec
	result  chan<- started // capacity 1
}

type started struct {
	shell *Shell
	err   error
}

// StartShell clones a shell with exactly the namespaces of the spec. The error
// is ErrEnded, ErrTooManyShells, ErrRefused with init's reason, or ctx's.
func (s *Sandbox) StartShell(ctx context.Context, spec ShellSpec) (*Shell, error) {
	s.host.starting.Add(1)
	defer s.host.starting.Add(-1)
	result := make(chan started, 1)
	request, err := s.order(spec, result)
	if err != nil {
		return nil, err
	}
	if err := s.send(request); err != nil {
		return nil, fmt.Errorf("sandbox: ask init for a shell: %w", err)
	}
	select {
	case r := <-result:
		return r.shell, r.err
	case <-s.ending:
		return nil, ErrEnded
	case <-ctx.Done():
		return nil, ctx.Err() // the shell may yet appear among Shells
	}
}

// order checks a spec and books it.
func (s *Sandbox) order(spec ShellSpec, result chan<- started) (pid1.Request, error) {
	for _, c := range spec.Title { // it will be part of a prompt
		if len(spec.Title) > 64 || !(unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune(" -_.", c)) {
			return pid1.Request{}, fmt.Errorf("sandbox: the title %q is not made of up to 64 letters, digits, spaces, '-', '_' and '.'", spec.Title)
		}
	}
	var flags uint64
	types := []string{}
	for _, t := range spec.Namespaces {
		flag, ok := cloneFlags[t]
		if !ok {
			return pid1.Request{}, fmt.Errorf("sandbox: there is no namespace type %q", t)
		}
		flags |= flag
		types = append(types, string(t))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return pid1.Request{}, ErrEnded
	}
	alive := len(s.pending)
	for _, sh := range s.shells {
		if _, exited := sh.Exit(); !exited {
			alive++
		}
	}
	if alive >= MaxShells {
		return pid1.Request{}, ErrTooManyShells
	}
	s.seq++
	id := "s" + strconv.Itoa(s.seq)
	r := pid1.ShellRequest{
		ID: id, Title: cmp.Or(spec.Title, id), Types: types, Flags: flags,
		Cols: cmp.Or(spec.Cols, 80), Rows: cmp.Or(spec.Rows, 24),
	}
	if s.pending == nil {
		s.pending = map[int]*order{}
	}
	s.pending[s.seq] = &order{request: r, spec: spec, result: result}
	return pid1.Request{Seq: s.seq, Shell: &r}, nil
}

// answered takes init's answer to an order. An error means that it was not
// init's.
func (s *Sandbox) answered(e pid1.Event, fd int) error {
	s.mu.Lock()
	o, ok := s.pending[e.Seq]
	delete(s.pending, e.Seq)
	s.mu.Unlock()
	if !ok {
		closeFD(fd)
		return fmt.Errorf("it answered request %d, which nobody made", e.Seq)
	}
	if e.Started == nil {
		closeFD(fd)
		o.result <- started{err: fmt.Errorf("%w: %s", ErrRefused, cmp.Or(e.Failed, "it gave no reason"))}
		return nil
	}
	if err := checkMaster(fd); err != nil && !s.host.without.messages {
		closeFD(fd)
		return fmt.Errorf("it sent something that is not a pty: %w", err)
	}
	sh := &Shell{
		id: o.request.ID, title: o.request.Title, types: slices.Clone(o.spec.Namespaces),
		pid: e.Started.PID, done: make(chan struct{}),
	}
	// One that has ended already was born all the same; its namespaces are
	// then unknown.
	sh.born, _ = s.proc.namespaces(sh.pid, snapshot.Types())
	sh.hold(s)
	sh.terminal = newTerminal(os.NewFile(uintptr(fd), "ptmx"), s.active)
	s.mu.Lock()
	forgotten := s.forgetShells()
	s.shells = append(s.shells, sh)
	s.mu.Unlock()
	for _, old := range forgotten {
		old.terminal.close()
	}
	o.result <- started{shell: sh}
	s.active()
	return nil
}

// forgetShells removes the oldest of too many ended shells and returns them.
// Callers hold s.mu.
func (s *Sandbox) forgetShells() []*Shell {
	ended := 0
	for _, sh := range s.shells {
		if _, exited := sh.Exit(); exited {
			ended++
		}
	}
	var forgotten []*Shell
	s.shells = slices.DeleteFunc(s.shells, func(sh *Shell) bool {
		if _, exited := sh.Exit(); !exited || ended <= maxEndedShells {
			return false
		}
		ended--
		forgotten = append(forgotten, sh)
		return true
	})
	return forgotten
}

// checkMaster proves that fd is the master of a pty, and makes it fit for the
// runtime's poller. See ptmx(4).
func checkMaster(fd int) error {
	if fd < 0 {
		return fmt.Errorf("there is no descriptor")
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(5, 2) {
		return fmt.Errorf("it is no character device 5:2")
	}
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGPTN); err != nil {
		return fmt.Errorf("TIOCGPTN: %w", err)
	}
	return unix.SetNonblock(fd, true)
}

// exited records the end of a shell.
func (s *Sandbox) exited(e pid1.Exited) error {
	sh, ok := s.Shell(e.ID)
	if !ok {
		return fmt.Errorf("it reported the end of %q, which does not exist", e.ID)
	}
	exit := Exit{Code: e.Code & 0xff}
	if e.Signal > 0 {
		exit.Signal = unix.SignalName(unix.Signal(e.Signal))
	}
	sh.finish(exit)
	sh.terminal.leave()
	s.active()
	return nil
}

// Shells returns the sandbox's shells in the order in which they started,
// the newest of those that have ended included.
func (s *Sandbox) Shells() []*Shell {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shells)
}

// Shell returns the shell with that id.
func (s *Sandbox) Shell(id string) (*Shell, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.shells {
		if sh.id == id {
			return sh, true
		}
	}
	return nil, false
}
