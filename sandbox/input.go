//go:build linux

package sandbox

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// inputLimit is how much may wait to be typed: a large paste and more. A
	// client that types on waits then.
	inputLimit = 2 << 20
	// writeSize is how much is written to the pty at a time. A pty takes a few
	// KiB and then waits for the program.
	writeSize = 4 << 10
	// interrupt is ^C.
	interrupt = 3
)

// input is what has been typed and not yet been taken by the pty. It waits
// here, and not with whoever typed it, so that a client can go on acknowledging
// output: a program that echoes what it reads stops reading when nobody takes
// its output. Guarded by the terminal's mu.
type input struct {
	queue   []byte
	room    sync.Cond // signalled when the queue has become shorter
	running bool      // pump is
	writing sync.WaitGroup
	// cut is true while a write deadline in the past cuts short what pump is
	// writing; pump takes it away.
	cut bool
}

// drop forgets what has not been written.
func (i *input) drop() {
	i.queue = nil
	i.room.Broadcast()
}

// ErrViewer is returned to a client that only watches and wants to type.
var ErrViewer = errors.New("sandbox: this client only watches")

// Write types p into the shell: all of it, or an error. It returns when p is on
// its way; it waits only while very much of what was typed before is. The
// client becomes the one who types. A lone ^C overtakes what the program has
// not read, which is thrown away, as a terminal does with it.
func (a *Attachment) Write(ctx context.Context, p []byte) error {
	if a.view {
		return ErrViewer
	}
	t := a.t
	stop := context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.input.room.Broadcast()
	})
	defer stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.typist != a {
		t.typist = a
		t.room.Broadcast()
		_ = a.applySize() // fails only when the shell has ended
	}
	if len(p) == 1 && p[0] == interrupt && t.input.running && t.interrupt() {
		return nil
	}
	for len(p) > 0 {
		switch {
		case t.ended:
			return os.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case len(t.input.queue) >= inputLimit:
			t.input.room.Wait()
			continue
		}
		n := min(len(p), inputLimit-len(t.input.queue))
		t.input.queue = append(t.input.queue, p[:n]...)
		p = p[n:]
		if !t.input.running {
			t.input.running = true
			t.input.writing.Go(t.pump)
		}
	}
	return nil
}

// pump writes the queue to the pty until it is empty.
func (t *Terminal) pump() {
	buf := make([]byte, 0, writeSize)
	for {
		t.mu.Lock()
		if t.input.cut {
			t.input.cut = false
			_ = t.pty.SetWriteDeadline(time.Time{}) // fails only on a closed pty
		}
		if len(t.input.queue) == 0 || t.ended {
			t.input.queue, t.input.running = nil, false
			t.mu.Unlock()
			return
		}
		n := min(len(t.input.queue), writeSize)
		buf = append(buf[:0], t.input.queue[:n]...)
		t.input.queue = t.input.queue[n:]
		t.input.room.Broadcast()
		t.mu.Unlock()
		// An error means that the shell has gone, or that interrupt has cut this
		// short; in neither case is the rest wanted.
		_, _ = t.pty.Write(buf)
	}
}

// interrupt does what the line discipline would on ^C if it got to see it:
// throws away what is waiting and signals the foreground processes. It returns
// false where ^C is a key like others to the program. Callers hold t.mu.
func (t *Terminal) interrupt() bool {
	raw, err := t.pty.SyscallConn()
	if err != nil {
		return false
	}
	done := false
	err = raw.Control(func(fd uintptr) {
		// Of a master, TCGETS gives the other side's settings; see ioctl_tty(2).
		tio, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil || tio.Lflag&unix.ISIG == 0 || tio.Cc[unix.VINTR] != interrupt {
			return
		}
		t.input.drop()
		t.input.cut = t.pty.SetWriteDeadline(time.Unix(1, 0)) == nil
		// What the pty holds for the program goes too; then the signal, which
		// cannot fail but for want of anybody to get it.
		_ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH)
		_ = unix.IoctlSetInt(int(fd), unix.TIOCSIG, int(unix.SIGINT))
		done = true
	})
	return err == nil && done
}
