//go:build linux

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// bare is a Terminal with the slave of its pty in the test's hands, raw: what
// is written to it is the output, byte for byte.
func bare(t *testing.T) (*Terminal, *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("open a pty: %v", err)
	}
	if _, err := pty.GetsizeFull(slave); err != nil {
		t.Fatal(err)
	}
	tio, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	tio.Oflag &^= unix.OPOST
	tio.Lflag &^= unix.ICANON | unix.ECHO | unix.ISIG
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, tio); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(master.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	if err := checkMaster(fd); err != nil {
		t.Fatal(err)
	}
	term := newTerminal(os.NewFile(uintptr(fd), "ptmx"), func() {})
	t.Cleanup(func() { slave.Close(); term.close() })
	return term, slave
}

// bounded is the context of everything that could hang.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// first returns the chunk that says where an attachment starts.
func first(t *testing.T, a *Attachment) Chunk {
	t.Helper()
	c, err := a.Next(bounded(t))
	if err != nil || !c.Skip {
		t.Fatalf("first chunk is %+v, %v", c, err)
	}
	return c
}

// take reads until n bytes have come, acknowledging as it goes.
func take(t *testing.T, a *Attachment, n int) []byte {
	t.Helper()
	ctx := bounded(t)
	var all []byte
	for len(all) < n {
		c, err := a.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d bytes: %v", len(all), n, err)
		}
		if c.Skip {
			t.Fatalf("after %d bytes the output skips to %d", len(all), c.Offset)
		}
		all = append(all, c.Data...)
		a.Ack(c.Offset + int64(len(c.Data)))
	}
	return all
}

// eventually waits for a condition without a fixed time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx := bounded(t)
	for tick := time.NewTicker(5 * time.Millisecond); !ok(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

func write(t *testing.T, slave *os.File, s string) {
	t.Helper()
	if _, err := slave.WriteString(s); err != nil {
		t.Fatalf("write to the pty: %v", err)
	}
}

func TestTerminalReplaysToEveryClient(t *testing.T) {
	term, slave := bare(t)
	write(t, slave, "before")
	eventually(t, "the output is drained", func() bool { return term.Offset() == 6 })
	for _, view := range []bool{false, true} {
		a := term.Attach(AttachOptions{Offset: -1, View: view})
		if c := first(t, a); c.Offset != 0 || c.Replay != 6 || c.Modes != "" {
			t.Errorf("view %v starts with %+v", view, c)
		}
		if got := take(t, a, 6); string(got) != "before" {
			t.Errorf("view %v is replayed %q", view, got)
		}
		a.Close()
	}
}

func TestTerminalResumes(t *testing.T) {
	term, slave := bare(t)
	write(t, slave, "0123456789")
	eventually(t, "the output is drained", func() bool { return term.Offset() == 10 })
	for _, tt := range []struct {
		offset, from int64
		name         string
	}{
		{4, 4, "in the middle"},
		{0, 0, "at the beginning"},
		{10, 10, "at the end, with nothing missed"},
		{11, 0, "beyond the end: it was another shell's offset"},
		{-1, 0, "without an offset"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := term.Attach(AttachOptions{Offset: tt.offset})
			defer a.Close()
			if c := first(t, a); c.Offset != tt.from {
				t.Errorf("it resumes at %d, want %d", c.Offset, tt.from)
			}
			if got, want := take(t, a, int(10-tt.from)), "0123456789"[tt.from:]; string(got) != want {
				t.Errorf("it is sent %q, want %q", got, want)
			}
		})
	}
}

// TestTerminalWindow demands that the one who types and does not read stops
// the output at the window, and that nothing is lost when they read on.
func TestTerminalWindow(t *testing.T) {
	term, slave := bare(t)
	a := term.Attach(AttachOptions{Offset: -1})
	defer a.Close()
	first(t, a)
	a.Ack(0) // paced by acknowledgements from here

	const total = 3 * Window
	data := []byte(strings.Repeat("0123456789abcdef", total/16))
	done := make(chan error, 1)
	go func() { _, err := slave.Write(data); done <- err }()
	eventually(t, "the output reaches the window", func() bool { return term.Offset() >= Window })
	// A read that was under way may still add what one read returns.
	if got := term.Offset(); got > Window+readSize {
		t.Errorf("%d bytes were read ahead, the window is %d", got, Window)
	}
	select {
	case err := <-done:
		t.Fatalf("all output was taken although nobody reads (%v)", err)
	default:
	}
	if got := take(t, a, total); !bytes.Equal(got, data) {
		t.Error("the output that was held up differs from what was written")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// TestTerminalViewerNeverHoldsUp demands that one who only watches and does
// not read neither stops the output nor the one who types.
func TestTerminalViewerNeverHoldsUp(t *testing.T) {
	term, slave := bare(t)
	viewer := term.Attach(AttachOptions{Offset: -1, View: true})
	defer viewer.Close()
	if c := first(t, viewer); c.Offset != 0 {
		t.Fatalf("the viewer starts at %d", c.Offset)
	}
	const total = 3 * replayLimit
	line := "\x1b[?2004h" + strings.Repeat("x", 100) + "\n"
	go func() { _, _ = slave.WriteString(strings.Repeat(line, total/len(line)+1)) }()
	eventually(t, "all output is drained", func() bool { return term.Offset() >= total })

	c, err := viewer.Next(bounded(t))
	if err != nil || !c.Skip {
		t.Fatalf("a viewer left behind is told %+v, %v", c, err)
	}
	if c.Offset < total-replayLimit || c.Modes != "\x1b[?2004h" {
		t.Errorf("it goes on at %d in the modes %q", c.Offset, c.Modes)
	}
	next, err := viewer.Next(bounded(t))
	if err != nil || next.Offset != c.Offset || len(next.Data) == 0 {
		t.Errorf("then it is sent %d bytes from %d, %v", len(next.Data), next.Offset, err)
	}
	if err := viewer.Write(bounded(t), []byte("x")); !errors.Is(err, ErrViewer) {
		t.Errorf("a viewer may type: %v", err)
	}
}

// TestTerminalDrainsWithNobodyThere demands that a program goes on while no
// client is attached.
func TestTerminalDrainsWithNobodyThere(t *testing.T) {
	term, slave := bare(t)
	a := term.Attach(AttachOptions{Offset: -1})
	first(t, a)
	a.Ack(0)
	a.Close()
	data := strings.Repeat("x", 2*replayLimit)
	write(t, slave, data) // returns: nobody holds it up
	eventually(t, "all output is drained", func() bool { return term.Offset() == int64(len(data)) })
}

// TestTerminalReplayStartsAtBoundary loses the beginning of the output in the
// middle of characters and sequences, and demands a clean start.
func TestTerminalReplayStartsAtBoundary(t *testing.T) {
	term, slave := bare(t)
	unit := "\x1b[31m€🐧"
	total := 0
	for n := range 7 {
		output := strings.Repeat("y", n) + strings.Repeat(unit, replayLimit/len(unit))
		total += len(output)
		write(t, slave, output)
		eventually(t, "all output is drained", func() bool { return term.Offset() == int64(total) })
		a := term.Attach(AttachOptions{Offset: -1})
		first(t, a)
		start := string(take(t, a, 8))
		a.Close()
		if !strings.HasPrefix(start, "\x1b") && !strings.HasPrefix(start, "€") && !strings.HasPrefix(start, "🐧") && !strings.HasPrefix(start, "y") {
			t.Errorf("the replay starts within something: %q", start)
		}
	}
}

func TestTerminalTypist(t *testing.T) {
	term, slave := bare(t)
	size := func() string {
		ws, err := unix.IoctlGetWinsize(int(slave.Fd()), unix.TIOCGWINSZ)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%dx%d", ws.Col, ws.Row)
	}
	one, two := term.Attach(AttachOptions{Offset: -1}), term.Attach(AttachOptions{Offset: -1})
	defer one.Close()
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"who came first sets the size", func() error { return one.Resize(100, 30) }, "100x30"},
		{"the other one does not", func() error { return two.Resize(80, 24) }, "100x30"},
		{"until they type", func() error { return two.Write(bounded(t), []byte("a")) }, "80x24"},
		{"then the first no longer does", func() error { return one.Resize(50, 10) }, "80x24"},
		{"when the one who types leaves, the other's size counts", func() error { two.Close(); return nil }, "50x10"},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := size(); got != step.want {
			t.Errorf("%s: the size is %s, want %s", step.name, got, step.want)
		}
	}
}

// TestTerminalTakesInput demands that a megabyte typed at a program that reads
// slowly arrives whole, that typing very much more waits, and that this wait
// can be given up.
func TestTerminalTakesInput(t *testing.T) {
	term, slave := bare(t)
	a := term.Attach(AttachOptions{Offset: -1})
	defer a.Close()

	pasted := bytes.Repeat([]byte("paste me, all of me.\n"), 50_000)
	if err := a.Write(bounded(t), pasted); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(pasted))
	if _, err := io.ReadFull(slave, got); err != nil || !bytes.Equal(got, pasted) {
		t.Errorf("what was typed did not arrive whole: %v", err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := a.Write(ctx, bytes.Repeat([]byte("x"), 2*inputLimit)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a program that does not read: Write returned %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, slave) }()
	if err := a.Write(bounded(t), pasted); err != nil {
		t.Errorf("the next Write after one that was given up: %v", err)
	}
}

// TestTerminalStuckTypist demands that a client which is stuck does not hold up
// one that keeps up.
func TestTerminalStuckTypist(t *testing.T) {
	term, slave := bare(t)
	stuck := term.Attach(AttachOptions{Offset: -1})
	defer stuck.Close()
	stuck.Ack(0)
	other := term.Attach(AttachOptions{Offset: -1})
	defer other.Close()
	first(t, other)
	const total = 4 * Window
	go func() { _, _ = slave.WriteString(strings.Repeat("x", total)) }()
	if got := take(t, other, total); len(got) != total {
		t.Errorf("the client that keeps up got %d bytes of %d", len(got), total)
	}
}

func TestTerminalEnds(t *testing.T) {
	term, slave := bare(t)
	a := term.Attach(AttachOptions{Offset: -1})
	defer a.Close()
	first(t, a)
	write(t, slave, "last words")
	slave.Close()
	if got := take(t, a, 10); string(got) != "last words" {
		t.Errorf("the last output is %q", got)
	}
	if _, err := a.Next(bounded(t)); !errors.Is(err, io.EOF) {
		t.Errorf("after the end Next returns %v", err)
	}
	late := term.Attach(AttachOptions{Offset: -1})
	defer late.Close()
	first(t, late)
	if got := take(t, late, 10); string(got) != "last words" {
		t.Errorf("one who comes late reads %q", got)
	}
}
