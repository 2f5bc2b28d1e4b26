//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	residents    = 200
	memoryRounds = 3
)

// memory measures what one idle sandbox with its shell costs, by starting and by
// ending 200. MemAvailable counts everything, the kernel's share included, but
// also what the rest of the machine does meanwhile; a memory cgroup around the
// server is steadier, but some of what the kernel allocates is charged to nobody.
func memory(ctx context.Context, b *bench) ([]figure, error) {
	cgroup, noCgroup := newMemoryCgroup()
	if noCgroup == nil {
		defer cgroup.remove()
	}
	var available, charged series
	for range memoryRounds {
		if err := b.populate(ctx, cgroup, &available, &charged); err != nil {
			return nil, err
		}
	}
	b.record.add("memory of a sandbox by MemAvailable", "MB", available)
	const what, target = "memory of an idle sandbox with its shell", 2
	rows := []figure{below(what+", 200 alive, by MemAvailable", available.median(), target, "MB")}
	if noCgroup != nil {
		return append(rows, unmeasured(what+", by a memory cgroup", "", noCgroup.Error())), nil
	}
	b.record.add("memory of a sandbox by cgroup", "MB", charged)
	return append(rows, below(what+", 200 alive, by the server's memory cgroup", charged.median(), target, "MB")), nil
}

// populate starts a server and 200 sandboxes, ends them again, and adds what the
// start of each took and what its end gave back, in MB of 2^20 bytes.
func (b *bench) populate(ctx context.Context, cgroup *memoryCgroup, available, charged *series) error {
	n, err := b.serve(ctx, cgroup.path(), "--max-sandboxes", strconv.Itoa(residents), "--pool", "0")
	if err != nil {
		return err
	}
	defer n.stop()
	// The first one is there before anybody asks; and it warms everything up.
	if _, err := n.request(0, &parts{})(ctx); err != nil {
		return err
	}
	empty, err := readMemory(ctx, cgroup)
	if err != nil {
		return err
	}
	boxes, terminals, err := n.takeMany(ctx, plain, residents)
	if err != nil {
		return err
	}
	for _, t := range terminals {
		t.close()
	}
	full, err := readMemory(ctx, cgroup)
	if err != nil {
		return err
	}
	for _, x := range boxes {
		if err := x.end(ctx); err != nil {
			return err
		}
	}
	if err := n.quiet(ctx, 0); err != nil {
		return err
	}
	again, err := readMemory(ctx, cgroup)
	if err != nil {
		return err
	}
	*available = append(*available, (empty.available-full.available)/residents, (again.available-full.available)/residents)
	*charged = append(*charged, (full.charged-empty.charged)/residents)
	return nil
}

// usage is an amount of memory in MB: what the machine has left, and what the
// cgroup has been charged.
type usage struct{ available, charged float64 }

// readMemory waits until the kernel has taken apart what has ended, which it does
// in its own time, and reads.
func readMemory(ctx context.Context, cgroup *memoryCgroup) (usage, error) {
	if err := pause(ctx, 2*time.Second); err != nil {
		return usage{}, err
	}
	var seen series
	for range 9 { // the rest of the machine breathes
		mb, err := memAvailable()
		if err != nil {
			return usage{}, err
		}
		seen = append(seen, mb)
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return usage{}, err
		}
	}
	charged, err := cgroup.usage()
	return usage{seen.median(), charged}, err
}

func memAvailable() (float64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemAvailable:" {
			kb, err := strconv.ParseFloat(f[1], 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/meminfo has no MemAvailable")
}

// memoryCgroup is a cgroup of our own, of either version; nil where there is none.
type memoryCgroup struct{ dir, file string }

// newMemoryCgroup makes one below our own. See cgroups(7).
func newMemoryCgroup() (*memoryCgroup, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, file := "", ""
		switch parts[1] {
		case "memory":
			root, file = "/sys/fs/cgroup/memory", "memory.usage_in_bytes"
		case "":
			root, file = "/sys/fs/cgroup", "memory.current"
		default:
			continue
		}
		c := &memoryCgroup{filepath.Join(root, parts[2], fmt.Sprintf("nslab-bench-%d", os.Getpid())), file}
		if os.Mkdir(c.dir, 0o755) != nil {
			continue
		}
		if _, err := c.usage(); err == nil { // else the controller is not enabled here
			return c, nil
		}
		c.remove()
	}
	return nil, fmt.Errorf("no memory cgroup can be made here")
}

func (c *memoryCgroup) path() string {
	if c == nil {
		return ""
	}
	return c.dir
}

// usage is what it has been charged, in MB; 0 of a nil cgroup.
func (c *memoryCgroup) usage() (float64, error) {
	if c == nil {
		return 0, nil
	}
	text, err := os.ReadFile(filepath.Join(c.dir, c.file))
	if err != nil {
		return 0, err
	}
	bytes, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	return bytes / (1 << 20), err
}

// remove removes it. Nothing is in it any more.
func (c *memoryCgroup) remove() { _ = os.Remove(c.dir) }
