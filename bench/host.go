//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"example.org/nslab/sandbox"
)

// openHost opens a host of sandboxes without a pool in this process, for what is
// measured without HTTP.
func openHost(ctx context.Context) (*sandbox.Host, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("this is measured as root")
	}
	return sandbox.Open(ctx, sandbox.Options{MaxSandboxes: 8})
}

// bootTo measures the milliseconds until a sandbox is booted and its shell shows
// its first prompt, and then ends it.
func bootTo(host *sandbox.Host) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		s, err := host.Take(ctx)
		if err != nil {
			return 0, err
		}
		defer end(s)
		sh, err := s.StartShell(ctx, sandbox.ShellSpec{})
		if err != nil {
			return 0, err
		}
		a := sh.Terminal().Attach(sandbox.AttachOptions{Offset: -1})
		defer a.Close()
		err = read(ctx, a, prompt)
		return since(start), err
	}
}

// read reads up to the piece of output in which text ends.
func read(ctx context.Context, a *sandbox.Attachment, text string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var seen []byte
	for !bytes.Contains(seen, []byte(text)) {
		c, err := a.Next(ctx)
		if err != nil {
			return err
		}
		a.Ack(c.Offset + int64(len(c.Data)))
		seen = append(seen[max(0, len(seen)-len(text)):], c.Data...)
	}
	return nil
}

// end ends a sandbox and waits until nothing is left of it.
func end(s *sandbox.Sandbox) {
	s.End(sandbox.Reason{Code: "deleted"})
	<-s.Done()
}
