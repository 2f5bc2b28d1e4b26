//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"example.org/nslab/sandbox"
)

// crowd is how many processes the sandbox has whose snapshot is measured.
const crowd = 50

// snapshots measures a snapshot of a sandbox with 50 processes, taken in
// this process.
func snapshots(ctx context.Context, b *bench) ([]figure, error) {
	const what = "snapshot of a sandbox with 50 processes"
	host, err := openHost(ctx)
	if err != nil {
		return nil, err
	}
	defer host.Close()
	s, err := host.Take(ctx)
	if err != nil {
		return nil, err
	}
	if err := fillUp(ctx, s); err != nil {
		return nil, err
	}
	got, err := interleave(ctx, 2*samples, func(ctx context.Context) (float64, error) {
		start := time.Now()
		_, err := s.Snapshot(ctx)
		return since(start), err
	})
	if err != nil {
		return nil, err
	}
	b.record.add(what, "ms", got[0])
	return []figure{below(what, got[0].median(), 5, "ms")}, nil
}

// fillUp starts a shell with programs in the background, until there are 50
// processes.
func fillUp(ctx context.Context, s *sandbox.Sandbox) error {
	sh, err := s.StartShell(ctx, sandbox.ShellSpec{})
	if err != nil {
		return err
	}
	a := sh.Terminal().Attach(sandbox.AttachOptions{Offset: -1})
	defer a.Close()
	if err := a.Write(ctx, fmt.Appendf(nil, "for i in {3..%d}; do sleep 1000 & done\r", crowd)); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; {
		snap, err := s.Snapshot(ctx)
		if err != nil {
			return err
		}
		if len(snap.Processes) == crowd {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the sandbox has %d processes, not %d", len(snap.Processes), crowd)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}
