//go:build linux

package sandbox

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// group is one sandbox's cgroups.
type group struct {
	all  *cgroups
	name string
	dirs []string
	// box is open until init has been cloned into it; nil in version 1. There
	// tasks and home are, which move the boot thread in and out.
	box         *os.File
	tasks, home []*os.File
	// memory and pids are the files that count what has struck. Of version 2
	// there are two of pids: until Linux 6.11 a refusal counts in the group of who
	// forks, the box, and since then in the one whose limit it is.
	memory *os.File
	pids   []*os.File
	// ooms is how many times a group of version 2 was full, at the last look.
	ooms uint64
	// refusals is how many new processes were refused, at the last look.
	refusals uint64
	// eventfd tells of memory in version 1.
	eventfd *os.File
}

// group makes the groups of a sandbox whose root is that user and group.
func (c *cgroups) group(name string, root int) (*group, error) {
	g := &group{all: c, name: name}
	if err := g.make(root); err != nil {
		g.remove()
		return nil, err
	}
	return g, nil
}

func (g *group) make(root int) (err error) {
	for _, t := range g.all.trees {
		dir := filepath.Join(t.dir, g.name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		g.dirs = append(g.dirs, dir)
	}
	if err := g.all.write(g.all.trees, g.name, sandboxSettings(g.all.version)); err != nil {
		return err
	}
	memory, pids := "memory.events", []string{"pids.events", boxGroup + "/pids.events"}
	if g.all.version == 1 {
		memory, pids = "memory.oom_control", pids[:1]
		err = g.openTasks()
	} else {
		err = g.makeBox(root)
	}
	if err != nil {
		return err
	}
	if g.memory, err = g.open("memory", memory); err != nil {
		return err
	}
	for _, file := range pids {
		f, err := g.open("pids", file)
		if errors.Is(err, os.ErrNotExist) {
			continue // version 1 has it since Linux 6.10
		}
		if err != nil {
			return err
		}
		g.pids = append(g.pids, f)
	}
	return nil
}

// makeBox makes the group that is delegated to the sandbox. See cgroups(7),
// "Cgroups delegation: delegating a hierarchy to a less privileged user".
func (g *group) makeBox(root int) error {
	if _, err := distribute(g.dirs[0]); err != nil {
		return err
	}
	box := filepath.Join(g.dirs[0], boxGroup)
	if err := os.Mkdir(box, 0o755); err != nil {
		return err
	}
	for _, file := range []string{"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"} {
		if err := os.Lchown(filepath.Join(box, file), root, root); err != nil {
			return err
		}
	}
	fd, err := unix.Open(box, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	g.box = os.NewFile(uintptr(fd), box)
	return nil
}

// dir is the group's directory in the hierarchy of a controller.
func (g *group) dir(controller string) string {
	i := slices.IndexFunc(g.all.trees, func(t tree) bool { return slices.Contains(t.controllers, controller) })
	return g.dirs[i]
}

// open opens a file of the group that has that controller.
func (g *group) open(controller, file string) (*os.File, error) {
	fd, err := unix.Open(filepath.Join(g.dir(controller), file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: file, Err: err}
	}
	return os.NewFile(uintptr(fd), file), nil
}

// join moves the boot thread into the groups of version 1, so that what it clones
// is born in them, and leave moves it back to where the server is. In version 2 clone(2) does that.
//
// A thread that moves itself, by the file tasks, does so in 0.2 ms. Moving another
// process takes cgroup_threadgroup_rwsem, and with it a grace period of RCU: 8 to
// 12 ms of a boot of 6.
func (g *group) join() error { return moveHere(g.tasks) }

func (g *group) leave() error { return moveHere(g.home) }

func moveHere(tasks []*os.File) error {
	for _, f := range tasks {
		if _, err := f.WriteString("0"); err != nil { // 0: whoever writes
			return err
		}
	}
	return nil
}

// openTasks opens what join and leave write to: the boot thread's mount namespace
// has no cgroups.
func (g *group) openTasks() error {
	for i, dir := range g.dirs {
		for _, way := range []struct {
			dir  string
			list *[]*os.File
		}{{dir, &g.tasks}, {filepath.Dir(g.all.trees[i].dir), &g.home}} {
			f, err := os.OpenFile(filepath.Join(way.dir, "tasks"), os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			*way.list = append(*way.list, f)
		}
	}
	return nil
}

// born closes what was needed to clone init into the groups.
func (g *group) born() {
	for _, f := range slices.Concat(g.tasks, g.home, []*os.File{g.box}) {
		if f != nil {
			f.Close()
		}
	}
	g.tasks, g.home, g.box = nil, nil, nil
}

// remove removes the groups; their processes have ended.
func (g *group) remove() {
	g.unwatch()
	g.born()
	for _, f := range append([]*os.File{g.memory, g.eventfd}, g.pids...) {
		if f != nil {
			f.Close()
		}
	}
	for _, dir := range g.dirs {
		if err := removeSoon(dir); err != nil {
			g.all.log.Warn("cannot remove the cgroup of a sandbox; the next server will", "sandbox", g.name, "err", err)
		}
	}
}

// kills reads how many processes the kernel has ended in the group for want of
// memory.
func (g *group) kills() uint64 { return flatKey(readAt(g.memory), "oom_kill") }

// wasFull reports whether the group itself, not one above it, was full since the
// last call. It is for one caller.
func (g *group) wasFull() bool {
	if g.all.version == 2 {
		before := g.ooms
		g.ooms = flatKey(readAt(g.memory), "oom")
		return g.ooms > before
	}
	// Version 1 counts nothing that says so (memory.failcnt stands still since
	// Linux 6.13), but remembers the most there was, until it is reset.
	const file, batch = "memory.max_usage_in_bytes", 1 << 20 // charged ahead
	most := g.number(file)
	_ = writeFile(g.dir("memory"), file, "0") // else it is said of the next time too
	return most >= memoryLimit-batch
}

// wasRefused reports whether a new process was refused since the last call. It is
// for one caller, who asks now and then: version 1 does not tell by itself.
func (g *group) wasRefused() bool {
	before := g.refusals
	g.refusals = 0
	for _, f := range g.pids {
		g.refusals += flatKey(readAt(f), "max")
	}
	return g.refusals > before
}

// readAt reads a file of the kernel's from its beginning, which also arms
// poll(2) on it again.
func readAt(f *os.File) []byte {
	buf := make([]byte, 512)
	n, _ := f.ReadAt(buf, 0) // io.EOF, or it was closed meanwhile
	return buf[:n]
}

// flatKey reads one number of a file in the format "key value"; 0 where there
// is none.
func flatKey(b []byte, key string) uint64 {
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 2 && string(f[0]) == key {
			n, _ := strconv.ParseUint(string(f[1]), 10, 64) // the kernel writes numbers
			return n
		}
	}
	return 0
}

// used is how many bytes of memory the sandbox has, the kernel's for it included.
func (g *group) used() uint64 {
	file := "memory.current"
	if g.all.version == 1 {
		file = "memory.usage_in_bytes"
	}
	return g.number(file)
}

// number reads one number of the memory controller's; 0 where it cannot be read.
func (g *group) number(file string) uint64 {
	f, err := g.open("memory", file)
	if err != nil {
		return 0
	}
	defer f.Close()
	n, _ := strconv.ParseUint(string(bytes.TrimSpace(readAt(f))), 10, 64) // the kernel writes numbers
	return n
}
