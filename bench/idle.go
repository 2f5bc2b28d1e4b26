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
	idlers = 100
	// idleFor is how often the server looks at a sandbox where nothing
	// happens, so that each look falls into it once.
	idleFor = 30 * time.Second
)

// idle measures what 100 sandboxes cost in which nobody does anything: the
// processor time of the server and of every process in the sandboxes. Once with a
// page open for each, its terminals and its events, and once with nobody there.
func idle(ctx context.Context, b *bench) ([]figure, error) {
	n, err := b.serve(ctx, "", "--max-sandboxes", strconv.Itoa(idlers))
	if err != nil {
		return nil, err
	}
	defer n.stop()
	var hangups []func()
	for range idlers {
		hangup, err := n.visitor(ctx)
		if err != nil {
			return nil, err
		}
		hangups = append(hangups, hangup)
	}
	watched, err := n.load(ctx)
	if err != nil {
		return nil, err
	}
	for _, hangup := range hangups {
		hangup()
	}
	alone, err := n.load(ctx)
	if err != nil {
		return nil, err
	}
	b.record.add("100 idle sandboxes, pages open", "% of a core", series{watched})
	b.record.add("100 idle sandboxes, nobody there", "% of a core", series{alone})
	const what = "an idle server with 100 idle sandboxes"
	return []figure{
		below(what+", a page open for each", watched, 2, "% of a core"),
		below(what+", nobody there", alone, 2, "% of a core"),
	}, nil
}

// visitor takes a sandbox with a lesson, opens what the page opens, the events and
// the terminal of each shell, and waits for the prompts. It returns what closes
// them.
func (n *nslab) visitor(ctx context.Context) (hangup func(), err error) {
	x, err := n.take(ctx, fmt.Sprintf(`{"lab":%q}`, checkLab))
	if err != nil {
		return nil, err
	}
	events, err := x.dial(ctx, "/events", "nslab.events.v1")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			if _, _, err := events.ReadMessage(); err != nil {
				return
			}
		}
	}()
	var terminals []*terminal
	for shell := range x.Shells {
		t, err := x.attach(ctx, shell)
		if err != nil {
			return nil, err
		}
		if err := t.until(prompt); err != nil {
			return nil, err
		}
		go t.drain()
		terminals = append(terminals, t)
	}
	return func() {
		events.Close()
		for _, t := range terminals {
			t.close()
		}
	}, nil
}

// load lets what has just happened pass and returns the part of one core, in per
// cent, that the server and its descendants then use.
func (n *nslab) load(ctx context.Context) (float64, error) {
	if err := pause(ctx, 4*time.Second); err != nil {
		return 0, err
	}
	start := time.Now()
	before, err := processorTime(n.pid())
	if err != nil {
		return 0, err
	}
	if err := pause(ctx, idleFor); err != nil {
		return 0, err
	}
	after, err := processorTime(n.pid())
	if err != nil {
		return 0, err
	}
	return 100 * float64(after-before) / float64(time.Since(start)), nil
}

// processorTime is the time that the threads of a process and of its descendants
// have run. See Documentation/scheduler/sched-stats.rst of the kernel.
func processorTime(root int) (time.Duration, error) {
	parents := map[int]int{}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, can hold anything. See proc_pid_stat(5).
		rest := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		pid, err1 := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, err2 := strconv.Atoi(rest[1])
		if err1 == nil && err2 == nil {
			parents[pid] = parent
		}
	}
	var total time.Duration
	for pid := range parents {
		up := pid
		for up != root && up != 0 {
			up = parents[up]
		}
		if up == root {
			t, err := threadsTime(pid)
			if err != nil {
				return 0, err
			}
			total += t
		}
	}
	return total, nil
}

// threadsTime is that of one process.
func threadsTime(pid int) (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var total time.Duration
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		total += time.Duration(ns)
	}
	return total, nil
}
