//go:build linux

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Console takes a sandbox, starts one shell in it and connects it to a
// terminal of the caller's until the shell ends; it returns the shell's exit
// code. The sandbox ends with it. in may be no terminal: then its content is
// typed, and ^D at its end.
func Console(ctx context.Context, h *Host, types []snapshot.Type, in, out *os.File) (int, error) {
	s, err := h.Take(ctx)
	if err != nil {
		return 1, err
	}
	defer func() {
		s.End(Reason{Code: "deleted", Detail: "The shell has ended."})
		<-s.Done()
	}()
	spec := ShellSpec{Title: hostname, Namespaces: types}
	if cols, rows, err := term.GetSize(int(out.Fd())); err == nil {
		spec.Cols, spec.Rows = uint16(cols), uint16(rows)
	}
	sh, err := s.StartShell(ctx, spec)
	if err != nil {
		return 1, err
	}
	a := sh.Terminal().Attach(AttachOptions{Offset: -1})
	defer a.Close()
	fd := int(in.Fd())
	if term.IsTerminal(fd) {
		old, err := term.MakeRaw(fd)
		if err != nil {
			return 1, fmt.Errorf("sandbox: set the terminal to raw mode: %w", err)
		}
		defer func() { _ = term.Restore(fd, old) }() // best effort: the terminal may be gone
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followSize(ctx, a, out)
	go typeFrom(ctx, a, in) // ends with the program: a read of a terminal cannot be interrupted

	for {
		c, err := a.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 1, err
		}
		if _, err := out.Write(c.Data); err != nil {
			return 1, fmt.Errorf("sandbox: write to the terminal: %w", err)
		}
		a.Ack(c.Offset + int64(len(c.Data)))
	}
	select {
	case <-sh.Done():
	case <-s.Done():
	}
	e, _ := sh.Exit()
	return e.Code, nil
}

// followSize gives the shell the size of the terminal whenever it changes.
func followSize(ctx context.Context, a *Attachment, out *os.File) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, unix.SIGWINCH)
	go func() {
		defer signal.Stop(changed)
		for {
			select {
			case <-changed:
				if cols, rows, err := term.GetSize(int(out.Fd())); err == nil {
					_ = a.Resize(uint16(cols), uint16(rows)) // the shell may just have ended
				}
			case <-ctx.Done():
				return
			}
		}
	}()
}

// endAgain is the pause between two ^D.
const endAgain = 300 * time.Millisecond

// typeFrom types what it reads.
func typeFrom(ctx context.Context, a *Attachment, in io.Reader) {
	const endOfTransmission = 4 // ^D
	buf := make([]byte, readSize)
	for {
		n, err := in.Read(buf)
		if n > 0 && a.Write(ctx, buf[:n]) != nil {
			return
		}
		if err != nil {
			// Until the shell ends: it throws away what it is sent while it
			// starts.
			for a.Write(ctx, []byte{endOfTransmission}) == nil {
				select {
				case <-time.After(endAgain):
				case <-ctx.Done():
					return
				}
			}
			return
		}
	}
}
