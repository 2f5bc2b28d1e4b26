//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroups bounds sandboxes by the kernel's control groups. In each hierarchy
// the server has one group for itself, beneath the one it was started in, and
// below that each sandbox has one:
//
//	…/nslab-<pid>-<random>      what all sandboxes together may take
//	…/nslab-…/<sandbox>         what one may take
//	…/nslab-…/<sandbox>/box     version 2: where it lives, and may divide
//
// Version 2 is one hierarchy, delegated by systemd (Delegate=yes) or otherwise
// writable. Version 1 is one for each controller and wants root. Where there is
// neither, a Host has no cgroups, and the watchdog does what it can.
//
// The server's group is locked (flock(2)) for as long as the server lives,
// however it ends, so that the next one knows what was left behind.
//
// It is safe for concurrent use.
type cgroups struct {
	version int
	trees   []tree
	events  *cgroupEvents
	log     *slog.Logger
}

// tree is the server's group in one hierarchy.
type tree struct {
	dir         string
	lock        *os.File
	controllers []string
}

const (
	// groupPrefix begins the names of servers' groups.
	groupPrefix = "nslab-"
	// serverGroup is where a server itself goes, in version 2.
	serverGroup = "nslab-server"
	// boxGroup is the group in which a sandbox's processes are, in version 2. It
	// is one below the limits, and the root of the sandbox's cgroup namespace:
	// with one uid for all, the learner owns the files of both.
	boxGroup = "box"
	// boxDescendants bounds the groups that a learner may make: each costs the
	// kernel some 50 KiB.
	boxDescendants = 64
	// removeWait bounds the wait for a group to be empty: a process counts for
	// some milliseconds after it was reaped.
	removeWait = 2 * time.Second
	// sweepWait bounds the same for what dead servers have left: somebody waits
	// for this one to start.
	sweepWait = 300 * time.Millisecond
)

// openCgroups makes the server's groups. The error says in one sentence why
// there can be none. shared: sandboxes have the server's own uid for root.
func openCgroups(log *slog.Logger, shared bool) (*cgroups, error) {
	if err := standAside(); err != nil {
		return nil, err
	}
	places, err := ownPlaces()
	if err != nil {
		return nil, err
	}
	c := &cgroups{version: places[0].version, log: log}
	if c.version == 1 && shared {
		return nil, errors.New("with a single uid, sandboxes could change the limits of version 1 that bind them")
	}
	for _, p := range places {
		if err := c.add(p); err != nil {
			c.remove()
			return nil, err
		}
	}
	for _, need := range controllers[:2] {
		if !slices.ContainsFunc(c.trees, func(t tree) bool { return slices.Contains(t.controllers, need) }) {
			c.remove()
			return nil, fmt.Errorf("the %s controller is missing", need)
		}
	}
	if err := c.write(c.trees, "", totalSettings(c.version)); err != nil {
		c.remove()
		return nil, err
	}
	if c.events, err = newCgroupEvents(); err != nil {
		c.remove()
		return nil, err
	}
	return c, nil
}

// ownPlaces finds where this process is, as this thread sees the mounts: the boot
// thread, which may be the process's first, sees others.
func ownPlaces() ([]place, error) {
	cgroup, err := os.ReadFile("/proc/thread-self/cgroup")
	if err != nil {
		return nil, err
	}
	mounts, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return nil, err
	}
	return findPlaces(cgroup, mounts)
}

// add makes the server's group in one hierarchy, after it has removed what
// servers that are no more have left there.
func (c *cgroups) add(p place) error {
	base := p.dir
	if p.version == 2 {
		if filepath.Base(base) == serverGroup {
			base = filepath.Dir(base)
		}
		var err error
		if p.controllers, err = distribute(base); err != nil {
			return err
		}
	}
	sweep(base)
	const attempts = 3 // another server that sweeps may take a group for dead before it is locked
	for i := 1; ; i++ {
		dir, err := os.MkdirTemp(base, fmt.Sprintf("%s%d-", groupPrefix, os.Getpid()))
		if err != nil {
			return fmt.Errorf("none can be made below %s: %w", base, bareError(err))
		}
		lock, err := lockGroup(dir)
		if err == nil {
			c.trees = append(c.trees, tree{dir: dir, lock: lock, controllers: p.controllers})
			break
		}
		os.Remove(dir)
		if i == attempts {
			return fmt.Errorf("lock %s: %w", dir, err)
		}
	}
	if p.version == 2 {
		_, err := distribute(c.trees[len(c.trees)-1].dir)
		return err
	}
	return nil
}

// distribute makes a group of version 2 divide what it may take among its
// children, and returns the controllers for which it does.
func distribute(dir string) ([]string, error) {
	have, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return nil, bareError(err)
	}
	var on []string
	for _, c := range controllers {
		if !slices.Contains(strings.Fields(string(have)), c) {
			continue
		}
		if err := writeFile(dir, "cgroup.subtree_control", "+"+c); err != nil {
			return nil, fmt.Errorf("%s cannot be divided: %w", dir, err)
		}
		on = append(on, c)
	}
	return on, nil
}

// lockGroup locks a group's directory for this server, and makes sure that
// nobody has removed it meanwhile.
func lockGroup(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes the groups of servers that are no more. Their sandboxes end with
// them, so the groups are empty, or soon will be.
func sweep(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, groupPrefix+"*")) // the pattern is good
	deadline := time.Now().Add(sweepWait)
	for _, dir := range dirs {
		if filepath.Base(dir) == serverGroup {
			continue
		}
		lock, err := lockGroup(dir)
		if err != nil {
			continue // it lives
		}
		_ = removeBy(deadline, dir) // else the next server tries
		lock.Close()
	}
}

// removeGroups removes a group and all below it; what has processes stays.
func removeGroups(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			_ = removeGroups(filepath.Join(dir, e.Name())) // then the rmdir below fails too
		}
	}
	return unix.Rmdir(dir)
}

// removeSoon removes a group whose processes have just ended.
func removeSoon(dir string) error { return removeBy(time.Now().Add(removeWait), dir) }

func removeBy(deadline time.Time, dir string) error {
	for pause := 100 * time.Microsecond; ; pause *= 2 {
		err := removeGroups(dir)
		if !errors.Is(err, unix.EBUSY) && !errors.Is(err, unix.ENOTEMPTY) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}

// close removes the server's groups. All sandboxes have ended.
func (c *cgroups) close() {
	c.events.close()
	c.remove()
}

func (c *cgroups) remove() {
	for _, t := range c.trees {
		if err := removeSoon(t.dir); err != nil {
			c.log.Warn("cannot remove a cgroup; the next server will", "dir", t.dir, "err", err)
		}
		t.lock.Close()
	}
}

// write writes settings into the groups called name below each tree; "" for
// the trees themselves.
func (c *cgroups) write(trees []tree, name string, all []setting) error {
	for _, s := range all {
		for _, t := range trees {
			if s.controller != "" && !slices.Contains(t.controllers, s.controller) {
				continue
			}
			if err := writeFile(filepath.Join(t.dir, name), s.file, s.value); err != nil && !s.optional {
				return err
			}
		}
	}
	return nil
}

// writeFile writes to a file that the kernel has made.
func writeFile(dir, name, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// standAside moves this process out of the group in which it was started, into
// one below, if it is alone there: in version 2 a group that has processes
// cannot divide what it may take. See cgroups(7), "no internal processes".
//
// Where it must not or need not, it does nothing.
func standAside() error {
	places, err := ownPlaces()
	if err != nil {
		return err
	}
	own := places[0]
	if own.version != 2 || filepath.Base(own.dir) == serverGroup {
		return nil
	}
	if _, err := os.Stat(filepath.Join(own.dir, "cgroup.type")); errors.Is(err, os.ErrNotExist) {
		return nil // the machine's root, which may have processes
	}
	if err := unix.Access(own.dir, unix.W_OK); err != nil {
		return fmt.Errorf("the server's own, %s, is not delegated to it (systemd: Delegate=yes)", own.dir)
	}
	b, err := os.ReadFile(filepath.Join(own.dir, "cgroup.procs"))
	if err != nil {
		return err
	}
	if pids := strings.Fields(string(b)); len(pids) != 1 || pids[0] != strconv.Itoa(os.Getpid()) {
		return fmt.Errorf("the server's own, %s, has other processes in it (start it by systemd-run --scope -p Delegate=yes)", own.dir)
	}
	leaf := filepath.Join(own.dir, serverGroup)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return writeFile(leaf, "cgroup.procs", strconv.Itoa(os.Getpid()))
}

// bareError is an error without the operation and the path.
func bareError(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
