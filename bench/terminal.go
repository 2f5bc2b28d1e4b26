//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"

	"github.com/creack/pty"
	"github.com/gorilla/websocket"
)

// prompt ends a prompt of root's.
const prompt = "# "

// terminal is one side of a conversation with a shell: over nslab's WebSocket, or
// on a pty of our own to compare with. One goroutine may read while another types.
type terminal struct {
	// next returns the next piece of output, valid until the next call.
	next func() ([]byte, error)
	// keys types.
	keys func(string) error
	// close hangs up.
	close func()

	rest []byte // output that was read and that nobody has asked for yet
}

// remembered is how much output is kept for the message of a wait that failed.
const remembered = 256

// until reads up to the end of text. What comes after it is left for the next call.
func (t *terminal) until(text string) error {
	for {
		if _, after, found := bytes.Cut(t.rest, []byte(text)); found {
			t.rest = append(t.rest[:0], after...)
			return nil
		}
		t.rest = append(t.rest[:0], t.rest[max(0, len(t.rest)-remembered):]...)
		piece, err := t.next()
		if err != nil {
			return fmt.Errorf("wait for %q: %w; the last output is %q", text, err, t.rest)
		}
		t.rest = append(t.rest, piece...)
	}
}

// drain reads and forgets until the terminal is closed.
func (t *terminal) drain() {
	for {
		if _, err := t.next(); err != nil {
			return
		}
	}
}

// ackEvery is how much output the page takes before it acknowledges.
const ackEvery = 32 << 10

// attach connects to a shell of the sandbox, by number, and acknowledges as the
// page does.
func (x *box) attach(ctx context.Context, shell int) (*terminal, error) {
	c, err := x.dial(ctx, "/shells/"+x.Shells[shell].ID+"/tty", "nslab.tty.v1")
	if err != nil {
		return nil, err
	}
	var writing sync.Mutex // gorilla allows one writer
	write := func(kind int, data []byte) error {
		writing.Lock()
		defer writing.Unlock()
		return c.WriteMessage(kind, data)
	}
	var offset, acked int64
	buf := make([]byte, 64<<10)
	next := func() ([]byte, error) {
		for {
			kind, r, err := c.NextReader()
			if err != nil {
				return nil, err
			}
			n, err := io.ReadFull(r, buf)
			if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
				return nil, err
			}
			if kind != websocket.BinaryMessage {
				continue
			}
			if offset += int64(n); offset-acked >= ackEvery {
				acked = offset
				if err := write(websocket.TextMessage, fmt.Appendf(nil, `{"ack":%d}`, acked)); err != nil {
					return nil, err
				}
			}
			return buf[:n], nil
		}
	}
	keys := func(text string) error { return write(websocket.BinaryMessage, []byte(text)) }
	return &terminal{next: next, keys: keys, close: func() { c.Close() }}, nil
}

// spawn starts a program on a new pty of 80 columns and 24 rows.
func spawn(cmd *exec.Cmd) (*terminal, error) {
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	buf := make([]byte, 64<<10)
	return &terminal{
		next: func() ([]byte, error) {
			n, err := master.Read(buf)
			return buf[:n], err
		},
		keys: func(text string) error { _, err := master.WriteString(text); return err },
		close: func() {
			master.Close()
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed, or gone by SIGHUP
		},
	}, nil
}
