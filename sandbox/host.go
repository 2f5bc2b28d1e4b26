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
	// politeness is how long filling the pool waits, at most, for shells that
	// are being started: they are what somebody is waiting for.
	politeness = 250 * time.Millisecond
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

// Take returns a booted sandbox that nobody has used: from the pool if it has
// one, else by booting it now. The caller ends it with End. The error is
// ErrNoCapacity, ErrEnded, or why the boot failed.
func (h *Host) Take(ctx context.Context) (*Sandbox, error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, ErrEnded
	}
	if h.taken >= h.max {
		h.mu.Unlock()
		return nil, ErrFull
	}
	h.taken++
	h.wait.Add(1) // Close waits for the boot that may follow
	defer h.wait.Done()
	var s *Sandbox
	for s == nil && len(h.ready) > 0 {
		s, h.ready = h.ready[0], h.ready[1:]
		if _, ended := s.Ended(); ended {
			s = nil
		}
	}
	h.mu.Unlock()
	h.wake()

	if s == nil {
		var err error
		if s, err = h.boot(); err != nil {
			h.mu.Lock()
			h.taken--
			h.mu.Unlock()
			return nil, err
		}
	}
	s.taken.Store(true)
	select {
	case <-s.Done(): // it died between the pool and here; forget has not seen taken
		h.release(s)
		return nil, fmt.Errorf("sandbox: it ended while it was being taken: %w", ErrEnded)
	default:
	}
	if err := ctx.Err(); err != nil { // whoever asked has gone
		s.End(Reason{Code: "deleted", Detail: "Nobody was waiting for the sandbox any more."})
		return nil, err
	}
	return s, nil
}

// fill keeps the pool full until the host closes.
func (h *Host) fill() {
	for {
		select {
		case <-h.refill:
		case <-h.stopped.Done():
			return
		}
		for h.wants() {
			if !h.pause() {
				return
			}
			s, err := h.boot()
			if h.stopped.Err() != nil {
				return
			}
			if err != nil {
				if !errors.Is(err, ErrNoMemory) {
					h.log.Error("cannot boot a sandbox for the pool", "err", err)
				}
				select {
				case <-time.After(bootRetry):
					continue
				case <-h.stopped.Done():
					return
				}
			}
			h.mu.Lock()
			h.ready = append(h.ready, s)
			h.mu.Unlock()
		}
	}
}

// wants reports whether the pool should have one more.
func (h *Host) wants() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed && len(h.ready) < h.pool && h.taken+len(h.ready) < h.max
}

// pause lets shells that are being started go first. It returns false when the
// host closes.
func (h *Host) pause() bool {
	deadline := time.NewTimer(politeness)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for h.starting.Load() > 0 {
		select {
		case <-tick.C:
		case <-deadline.C:
			return true
		case <-h.stopped.Done():
			return false
		}
	}
	return h.stopped.Err() == nil
}

func (h *Host) wake() {
	select {
	case h.refill <- struct{}{}:
	default:
	}
}

// Ready returns nil when a sandbox can be started, else why not.
func (h *Host) Ready() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return ErrEnded
	case h.taken >= h.max:
		return ErrFull
	case len(h.ready) > 0:
		return nil
	case h.boots != nil:
		return h.boots
	}
	return h.memory.now().room()
}

// Stats counts the host's sandboxes.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Taken: h.taken, Pooled: len(h.ready), Booted: h.booted}
}

// release gives back what a sandbox occupied.
func (h *Host) release(s *Sandbox) {
	if s.taken.CompareAndSwap(true, false) {
		h.mu.Lock()
		h.taken--
		h.mu.Unlock()
		h.wake()
	}
}

// forget removes an ended sandbox from the host's books.
func (h *Host) forget(s *Sandbox) {
	h.mu.Lock()
	delete(h.all, s.id)
	for i, r := range h.ready {
		if r == s {
			h.ready = append(h.ready[:i:i], h.ready[i+1:]...)
			break
		}
	}
	h.slots.give(s.slot)
	h.mu.Unlock()
	h.release(s)
	h.wake()
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

// slots hands out small numbers, the smallest free one first.
type slots struct{ used []bool }

func (s *slots) take() int {
	for i, used := range s.used {
		if !used {
			s.used[i] = true
			return i
		}
	}
	s.used = append(s.used, true)
	return len(s.used) - 1
}

func (s *slots) give(i int) { s.used[i] = false }
