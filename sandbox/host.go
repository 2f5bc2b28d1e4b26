//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Errors that a caller decides by.
var (
	// ErrNoCapacity means that there is no room for another sandbox now.
	ErrNoCapacity = errors.New("sandbox: no capacity")
	// ErrFull is an ErrNoCapacity: MaxSandboxes are taken.
	ErrFull = fmt.Errorf("%w: as many sandboxes run as this server allows", ErrNoCapacity)
	// ErrNoMemory is an ErrNoCapacity: the host has too little memory left to
	// boot another.
	ErrNoMemory = fmt.Errorf("%w: the host has less than %d MiB of memory left", ErrNoCapacity, hostReserve>>20)
	// ErrEnded means that the sandbox, or the host, has ended.
	ErrEnded = errors.New("sandbox: it has ended")
	// ErrRefused means that the sandbox's init could not start a shell, because
	// of a limit or of what the learner has made of the sandbox.
	ErrRefused = errors.New("sandbox: its init cannot start a shell")
	// ErrTooManyShells means that the sandbox has MaxShells shells.
	ErrTooManyShells = fmt.Errorf("sandbox: it has %d shells, as many as one may have", MaxShells)
)

const (
	// hostname is that of every sandbox.
	hostname = "lab"
	// bootTimeout bounds a boot; one takes 10 ms, on a machine in trouble 1 s.
	bootTimeout = 20 * time.Second
	// politeness is how long filling the pool waits, at most, for people who wait
	// for a sandbox or a shell, and quietTime how long none must have waited: a
	// sandbox is taken some milliseconds before its shell is asked for.
	politeness = 500 * time.Millisecond
	quietTime  = 60 * time.Millisecond
	// bootRetry is the pause after a failed boot of the pool's.
	bootRetry = 2 * time.Second
)

// Options say what a Host boots.
type Options struct {
	// Rootfs is a prepared tree to use instead of the host's own /usr; "" for
	// the host's.
	Rootfs string
	// MaxSandboxes is how many may be taken at once; at least 1.
	MaxSandboxes int
	// Pool is how many more are kept booted and waiting, as far as
	// MaxSandboxes allows. 0 for none.
	Pool int
	// Log gets what nobody else is told; nil for none.
	Log *slog.Logger

	without defences // for the tests of what each is good for
}

// Host boots sandboxes and owns them all. It is safe for concurrent use.
type Host struct {
	max, pool int
	log       *slog.Logger
	memfd     *os.File
	null      *os.File
	ids       idPlan
	setgroups bool
	nursery   *nursery
	cgroups   *cgroups // nil where there are none
	noCgroups string   // why not
	memory    memoryLeft
	without   defences
	visitor   *visitor

	starting atomic.Int32  // shells being started
	busy     atomic.Int64  // when somebody last took a sandbox, in Unix nanoseconds
	refill   chan struct{} // capacity 1: wakes fill
	stop     context.CancelFunc
	stopped  context.Context
	wait     sync.WaitGroup // fill, and every sandbox's keeper

	usersMu sync.Mutex  // guards users; held while one is made, as mu never is
	users   map[int]int // slot to descriptor of a user namespace with its ids

	mu     sync.Mutex // guards what follows
	slots  slots
	all    map[string]*Sandbox
	ready  []*Sandbox
	taken  int
	booted uint64
	boots  error // why the last boot failed
	closed bool
}

// Stats counts sandboxes.
type Stats struct {
	Taken, Pooled int    // now
	Booted        uint64 // ever
}

// Open prepares the host for sandboxes and begins to fill the pool. It needs
// CAP_SYS_ADMIN in its user namespace: see InUserNamespace. On a host that
// cannot, the error says what is missing.
func Open(ctx context.Context, o Options) (*Host, error) {
	if o.MaxSandboxes < 1 {
		return nil, errors.New("sandbox: at least one sandbox must be allowed")
	}
	if o.Pool < 0 {
		return nil, errors.New("sandbox: a pool cannot have fewer than no sandboxes")
	}
	root := o.Rootfs
	if root == "" {
		root = "/"
	} else if err := checkRootfs(root); err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &Host{
		max: o.MaxSandboxes, pool: o.Pool, log: log, without: o.without, refill: make(chan struct{}, 1),
		users: map[int]int{}, all: map[string]*Sandbox{},
	}
	h.stopped, h.stop = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if h.ids, err = planIDs(); err != nil {
		return nil, err
	}
	if h.setgroups, err = setgroupsAllowed(); err != nil {
		return nil, err
	}
	if h.memfd, err = sealedSelf(h.without); err != nil {
		return nil, err
	}
	if h.null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	h.useCgroups()
	if err := h.prepare(root); err != nil {
		h.leaveCgroups()
		h.memfd.Close()
		h.null.Close()
		return nil, err
	}
	h.wait.Go(h.fill)
	h.wait.Go(h.guard)
	h.wake()
	return h, nil
}

// prepare starts the boot thread, with id-mapped mounts if a first sandbox
// boots with them, and proves that sandboxes can be booted at all.
func (h *Host) prepare(root string) error {
	var err error
	if h.visitor, err = newVisitor(); err != nil {
		return err
	}
	for _, idmapped := range []bool{h.ids.first == firstID, false} {
		if h.nursery, err = newNursery(root, hostname, h.ids, idmapped, h.without); err != nil {
			break
		}
		var s *Sandbox
		if s, err = h.boot(); errors.Is(err, errNoAnswer) {
			// Some kernels, Debian 12's among them, do not let a program start
			// threads after unshare(CLONE_NEWTIME) and exec: init dies at once.
			h.nursery.timens = false
			if s, err = h.boot(); err == nil {
				h.log.Warn("sandboxes have the host's time namespace: on this kernel exec does not enter a new one")
			}
		}
		if err == nil {
			h.ready = append(h.ready, s)
			return nil
		}
		h.nursery.close()
		if !idmapped {
			break
		}
		h.log.Debug("no id-mapped mounts: /usr will look owned by nobody", "err", err)
	}
	h.visitor.close()
	return err
}

// checkRootfs says early what a prepared tree lacks.
func checkRootfs(root string) error {
	for _, need := range []string{"usr", "bin/bash"} {
		if _, err := os.Stat(root + "/" + need); err != nil {
			return fmt.Errorf("sandbox: %s is no root file system: it has no /%s", root, need)
		}
	}
	return nil
}

// setgroupsAllowed reads whether this user namespace may call setgroups(2).
func setgroupsAllowed() (bool, error) {
	b, err := os.ReadFile("/proc/self/setgroups")
	if err != nil {
		return false, fmt.Errorf("sandbox: %w", err)
	}
	return strings.TrimSpace(string(b)) == "allow", nil
}

// closeTimeout bounds Close; ending hundreds of sandboxes takes seconds.
const closeTimeout = 20 * time.Second

// Close ends every sandbox and waits until nothing of them is left. The error
// says if that takes too long.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	all := make([]*Sandbox, 0, len(h.all))
	for _, s := range h.all {
		all = append(all, s)
	}
	h.mu.Unlock()
	h.stop()
	for _, s := range all {
		s.End(Reason{Code: "server", Detail: "The server has stopped."})
	}
	waited := make(chan struct{})
	go func() { h.wait.Wait(); close(waited) }()
	select {
	case <-waited:
	case <-time.After(closeTimeout):
		// The end of the process takes what is left with it.
		return fmt.Errorf("sandbox: %d sandboxes have not ended within %s", len(all), closeTimeout)
	}
	h.nursery.close()
	h.leaveCgroups()
	h.visitor.close()
	for _, fd := range h.users {
		unix.Close(fd)
	}
	h.null.Close()
	return h.memfd.Close()
}
