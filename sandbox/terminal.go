//go:build linux

package sandbox

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// replayLimit is how much of a shell's output is kept for those who come
	// back; the contract promises 256 KiB.
	replayLimit = 512 << 10
	// Window is how far, in bytes, the one who types may be behind before the
	// pty is left unread. It is below replayLimit, so that nothing unread is
	// ever dropped for them.
	Window = 256 << 10
	// maxChunk bounds one Chunk.
	maxChunk = 64 << 10
	// readSize is what one read of a pty returns at most (N_TTY_BUF_SIZE).
	readSize = 4 << 10
)

// Terminal is the master side of a shell's pty with a memory of its output.
// It belongs to the shell and outlives every client: with nobody attached, or
// only viewers, it drains the pty into its memory, so that no program waits
// because a laptop sleeps.
//
// All methods are safe for concurrent use.
type Terminal struct {
	pty *os.File
	// active is told of output; it must not block.
	active  func()
	mu      sync.Mutex
	room    sync.Cond // signalled when output may be read again
	out     ring
	lost    modes // the modes at out.start
	typist  *Attachment
	clients map[*Attachment]bool
	joined  int // attachments ever
	ended   bool
	left    int // what may still be read since the shell has ended; see leave
	leaving bool
	input   input

	drained chan struct{} // closed when no more output comes
}

// newTerminal starts draining master, which it closes in the end.
func newTerminal(master *os.File, active func()) *Terminal {
	t := &Terminal{
		pty: master, active: active, out: ring{limit: replayLimit},
		clients: map[*Attachment]bool{}, drained: make(chan struct{}),
	}
	t.room.L = &t.mu
	t.input.room.L = &t.mu
	t.out.evict = t.lost.write
	go t.drain()
	return t
}

// drain reads the pty until the shell's side is gone: then Linux answers EIO,
// after the last output.
func (t *Terminal) drain() {
	defer close(t.drained)
	defer t.pty.Close() // whoever ended it, nobody reads it any more
	buf := make([]byte, readSize)
	for t.mayRead() {
		n, err := t.pty.Read(buf)
		t.mu.Lock()
		t.out.write(buf[:n])
		if t.leaving {
			t.left -= n
		}
		if err != nil {
			t.end()
		}
		for a := range t.clients {
			a.notify()
		}
		t.mu.Unlock()
		t.active()
	}
}

// mayRead waits until output may be read, and returns false when no more will
// be.
func (t *Terminal) mayRead() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !t.ended && t.typist != nil && t.out.end-t.typist.paced() >= Window {
		if !t.succeed() {
			t.room.Wait()
		}
	}
	if t.leaving && !t.ended {
		if t.left <= 0 {
			t.end()
			for a := range t.clients {
				a.notify()
			}
		}
		_ = t.pty.SetReadDeadline(time.Now().Add(leaveQuiet)) // fails only on a closed pty
	}
	return !t.ended
}

// succeed makes the newest client that keeps up the one who types, in place of
// one that does not: a tab that is stuck, or a connection that is dead and does
// not know it. It returns false if there is none. Callers hold t.mu.
func (t *Terminal) succeed() bool {
	return t.choose(func(a *Attachment) bool { return t.out.end-a.paced() < Window })
}

// choose makes the newest client that may type, and is fit, the one who does.
// Callers hold t.mu.
func (t *Terminal) choose(fit func(*Attachment) bool) bool {
	var newest *Attachment
	for a := range t.clients {
		if !a.view && fit(a) && (newest == nil || a.number > newest.number) {
			newest = a
		}
	}
	if newest == nil {
		return false
	}
	t.typist = newest
	_ = newest.applySize() // fails only when the shell has ended
	return true
}

const (
	// leaveQuiet is how long a pty must be silent after its shell's end to be
	// taken for read out.
	leaveQuiet = 100 * time.Millisecond
	// leaveBytes is more than a pty can hold: what is read beyond it was written
	// after the shell's end, by a background job.
	leaveBytes = 256 << 10
)

// leave is told that the shell has ended. Usually the pty ends with it; where
// a background job keeps it open, it is read out and then hung up.
func (t *Terminal) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.leaving, t.left = true, leaveBytes
	_ = t.pty.SetReadDeadline(time.Now().Add(leaveQuiet)) // fails only on a closed pty
}

// end marks the end of the output. Callers hold t.mu.
func (t *Terminal) end() {
	t.ended = true
	t.input.drop()
}

// close hangs up: the shell gets SIGHUP, attachments io.EOF. It waits for the
// drain, and for input that is being written.
func (t *Terminal) close() {
	t.mu.Lock()
	t.end()
	for a := range t.clients {
		a.notify()
	}
	t.room.Broadcast()
	t.mu.Unlock()
	t.pty.Close()
	<-t.drained
	t.input.writing.Wait()
}

// Offset returns the offset of the next byte of output.
func (t *Terminal) Offset() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.end
}

// AttachOptions say how a client wants to follow a terminal.
type AttachOptions struct {
	// Offset is where to start in the output; negative: the oldest byte kept.
	Offset int64
	// View is for a client that only watches: it cannot type or resize, and
	// never holds up the output.
	View bool
}

// Chunk is one thing to send to a client.
type Chunk struct {
	// Skip is true for the first chunk and whenever output was lost to this
	// client. Data is empty then; the rest says where it goes on.
	Skip bool
	// Offset is that of the first byte of Data, or where the output goes on.
	Offset int64
	// Modes are escape sequences to write to a reset terminal first.
	Modes string
	// Replay is the offset up to which the output is old.
	Replay int64
	// Data is at most 64 KiB, and valid until the next call of Next.
	Data []byte
}

// Attachment is one client of a Terminal. One goroutine may call Next while
// others call the rest.
type Attachment struct {
	t    *Terminal
	view bool
	wake chan struct{} // capacity 1
	buf  []byte

	number int // the newest client has the highest

	// guarded by t.mu
	next       int64 // offset of the next byte to hand out
	skip       bool  // the next chunk says where the output goes on
	fresh      bool  // the client has no earlier output on its screen
	sent       int64
	acked      int64
	acks       bool
	cols, rows uint16
}

// Attach adds a client. The caller must Close it. The pace and the size that
// count are those of the one who types: who typed last, or else came first.
func (t *Terminal) Attach(o AttachOptions) *Attachment {
	a := &Attachment{t: t, view: o.View, wake: make(chan struct{}, 1), skip: true}
	t.mu.Lock()
	defer t.mu.Unlock()
	a.next = o.Offset
	if o.Offset < 0 || o.Offset > t.out.end {
		a.next, a.fresh = t.out.start, t.out.start > 0
	}
	a.sent, a.acked = a.next, a.next
	t.joined++
	a.number = t.joined
	t.clients[a] = true
	if !o.View && t.typist == nil {
		t.typist = a
	}
	t.room.Broadcast() // it may be fit to succeed one that is stuck
	a.notify()
	return a
}

// Close detaches the client. The shell goes on.
func (a *Attachment) Close() {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.clients, a)
	if t.typist == a {
		t.typist = nil
		t.choose(func(*Attachment) bool { return true })
	}
	t.room.Broadcast()
}

// notify wakes Next.
func (a *Attachment) notify() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// paced is the offset up to which this client has kept up: what it has
// acknowledged, or, for one that never does, what the network has taken.
// Callers hold t.mu.
func (a *Attachment) paced() int64 {
	if a.acks {
		return a.acked
	}
	return a.sent
}

// Next waits for output. It returns io.EOF when the shell has ended and all of
// its output has been handed out, and ctx's error when that ends first.
func (a *Attachment) Next(ctx context.Context) (Chunk, error) {
	for {
		if c, ok, err := a.take(); ok || err != nil {
			return c, err
		}
		select {
		case <-a.wake:
		case <-ctx.Done():
			return Chunk{}, ctx.Err()
		}
	}
}

// take returns what there is now.
func (a *Attachment) take() (Chunk, bool, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.next < t.out.start || a.fresh {
		c := t.restart()
		a.next, a.skip, a.fresh = c.Offset, false, false
		a.sent, a.acked = max(a.sent, c.Offset), max(a.acked, c.Offset)
		t.room.Broadcast()
		return c, true, nil
	}
	if a.skip {
		a.skip = false
		return Chunk{Skip: true, Offset: a.next, Replay: t.out.end}, true, nil
	}
	if n := int(min(t.out.end-a.next, maxChunk)); n > 0 {
		if cap(a.buf) < n {
			a.buf = make([]byte, max(n, min(2*cap(a.buf), maxChunk)))
		}
		c := Chunk{Offset: a.next, Data: a.buf[:n]}
		t.out.copyFrom(c.Data, a.next)
		a.next += int64(n)
		return c, true, nil
	}
	if t.ended {
		return Chunk{}, false, io.EOF
	}
	return Chunk{}, false, nil
}

// restart is the chunk for a client whose place in the output is gone: it goes
// on at the first boundary of what is kept, in the modes that hold there.
func (t *Terminal) restart() Chunk {
	m, at := t.lost.clone(), t.out.start
	for at < t.out.end && !m.boundary() {
		m.write(t.out.view(at)[:1])
		at++
	}
	return Chunk{Skip: true, Offset: at, Modes: m.String(), Replay: t.out.end}
}

// Sent tells that the network has taken the output up to offset.
func (a *Attachment) Sent(offset int64) { a.keepUp(&a.sent, offset, false) }

// Ack tells that the client has parsed the output up to offset. From the first
// call on, acknowledgements alone pace it. Offsets that were never sent count
// as all that was.
func (a *Attachment) Ack(offset int64) { a.keepUp(&a.acked, offset, true) }

func (a *Attachment) keepUp(mark *int64, offset int64, acks bool) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	a.acks = a.acks || acks
	*mark = max(*mark, min(offset, a.next))
	t.room.Broadcast()
}

// Resize sets the size that this client's terminal has. It is the shell's
// when the client is the one who types.
func (a *Attachment) Resize(cols, rows uint16) error {
	if a.view {
		return nil
	}
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	a.cols, a.rows = cols, rows
	if a.t.typist == a {
		return a.applySize()
	}
	return nil
}

// applySize gives the pty this client's size; callers hold t.mu.
func (a *Attachment) applySize() error {
	if a.cols == 0 || a.rows == 0 || a.t.ended {
		return nil
	}
	// Not pty.Setsize: File.Fd would make the master blocking, and a blocked
	// read could not be ended.
	raw, err := a.t.pty.SyscallConn()
	if err != nil {
		return err
	}
	var serr error
	err = raw.Control(func(fd uintptr) {
		serr = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: a.cols, Row: a.rows})
	})
	return errors.Join(err, serr)
}
