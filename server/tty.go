package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"example.org/nslab/sandbox"
)

const ttyProtocol = "nslab.tty.v1"

// inputs lends buffers to sockets that have input to take; most have none at most
// times. The last byte is for frames that are too large.
var inputs = sync.Pool{New: func() any { return new([maxInput + 1]byte) }}

// tty is one client of one shell's terminal.
type tty struct {
	*socket
	seat   *seat
	shell  *sandbox.Shell
	attach *sandbox.Attachment
	view   bool
	resume int64        // the offset that the client came with; 0 without one
	sent   atomic.Int64 // the offset up to which output was sent here
	in     prometheus.Counter
	out    prometheus.Counter
}

// serveTTY serves docs/api.md, "The terminal".
func (s *Server) serveTTY(w http.ResponseWriter, r *http.Request) error {
	t, err := s.seatOf(r)
	if err != nil {
		return err
	}
	shell, err := shellOf(t, r)
	if err != nil {
		return err
	}
	opts, err := attachOptions(r)
	if err != nil {
		return err
	}
	c, err := s.upgrade(w, r, t, ttyProtocol)
	if c == nil {
		return err
	}
	defer s.metrics.socket("tty")()
	a := shell.Terminal().Attach(opts)
	defer a.Close()
	y := &tty{socket: c, seat: t, shell: shell, attach: a, view: opts.View, resume: max(0, opts.Offset), in: s.metrics.ttyIn, out: s.metrics.ttyOut}
	c.conn.SetReadLimit(maxInput)
	c.run(y.read, y.write)
	return nil
}

func attachOptions(r *http.Request) (sandbox.AttachOptions, error) {
	opts := sandbox.AttachOptions{Offset: -1}
	q := r.URL.Query()
	if text := q.Get("offset"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return opts, refuse("bad-request", "offset is a whole number from 0.")
		}
		opts.Offset = n
	}
	switch q.Get("view") {
	case "", "0":
	case "1":
		opts.View = true
	default:
		return opts, refuse("bad-request", "view is 1 or not there.")
	}
	return opts, nil
}

// read takes frames until the peer is gone or breaks the contract. While the pty
// is full it does not read, so that what is pasted waits at the client's.
func (y *tty) read() error {
	for {
		if err := y.alive(); err != nil {
			return hangupOf(err)
		}
		kind, frame, err := y.conn.NextReader()
		if err != nil {
			return hangupOf(err)
		}
		if kind == websocket.BinaryMessage {
			err = y.input(frame)
		} else {
			err = y.control(frame)
		}
		if err != nil {
			return err
		}
	}
}

// input types one binary frame.
func (y *tty) input(frame io.Reader) error {
	buf := inputs.Get().(*[maxInput + 1]byte)
	defer inputs.Put(buf)
	n, err := io.ReadFull(frame, buf[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return hangupOf(err)
	}
	if n > maxInput {
		return hangupOf(websocket.ErrReadLimit)
	}
	if y.view || n == 0 {
		return nil
	}
	y.in.Add(float64(n))
	if err := y.attach.Write(y.ctx, buf[:n]); err != nil && y.ctx.Err() == nil {
		// The shell has ended: the writer says so, after the last output.
		select {
		case <-y.shell.Done():
		case <-y.ctx.Done():
		default:
			return &hangup{websocket.CloseInternalServerErr, "The input could not be typed."}
		}
	}
	return nil
}

// control obeys one text frame.
func (y *tty) control(frame io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(frame, maxControl+1))
	if err != nil {
		return hangupOf(err)
	}
	if len(text) > maxControl {
		return &hangup{websocket.CloseMessageTooBig, "A text frame is at most 4 KiB."}
	}
	msg, bad := parseControl(text)
	switch {
	case bad != nil:
		return bad
	case msg.resize != nil && !y.view:
		// Fails only when the shell has ended; that is told elsewhere.
		_ = y.attach.Resize(msg.resize.cols, msg.resize.rows)
	case msg.ack != nil:
		// What the client came with was sent on another connection; it may
		// acknowledge that before it has got anything here.
		sent := y.sent.Load()
		if *msg.ack > max(sent, y.resume) {
			return broke("ack is %d, but only %d bytes were sent.", *msg.ack, max(sent, y.resume))
		}
		y.attach.Ack(min(*msg.ack, sent))
	}
	return nil
}

// A stream of output is sent at most this often, in larger frames: a read of a pty
// gives 4 KiB at most, and a frame for each costs more than its bytes. What is
// smaller than a full read is not part of a stream, so an echo never waits.
const (
	lull   = time.Millisecond
	stream = 2 << 10
)

// write sends output until the shell has ended, the sandbox has, the server stops
// or the peer is gone, and returns which.
func (y *tty) write() error {
	for {
		chunk, err := y.attach.Next(y.ctx)
		if err != nil {
			return y.last(err)
		}
		if chunk.Skip {
			y.sent.Store(chunk.Offset)
			if err := y.start(chunk); err != nil {
				return err
			}
			continue
		}
		end := chunk.Offset + int64(len(chunk.Data))
		y.sent.Store(end) // before it is: the peer may be quicker than we
		if err := y.send(websocket.BinaryMessage, chunk.Data); err != nil {
			return err
		}
		y.attach.Sent(end)
		y.out.Add(float64(len(chunk.Data)))
		if len(chunk.Data) >= stream && len(chunk.Data) < maxInput {
			time.Sleep(lull)
		}
	}
}

// start says where the output that follows starts.
func (y *tty) start(c sandbox.Chunk) error {
	if err := y.say(map[string]any{"offset": c.Offset}); err != nil {
		return err
	}
	if err := y.say(map[string]any{"replay": c.Replay}); err != nil || c.Modes == "" {
		return err
	}
	return y.say(map[string]any{"modes": c.Modes})
}

func (y *tty) say(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return y.send(websocket.TextMessage, text)
}

// last turns the end of the output into the last word.
func (y *tty) last(err error) error {
	if y.ctx.Err() != nil {
		return context.Cause(y.ctx)
	}
	if reason, ended := y.seat.ended(); ended {
		return &hangup{closeSandboxEnded, reason.Detail}
	}
	if !errors.Is(err, io.EOF) {
		return &hangup{websocket.CloseInternalServerErr, "The terminal failed."}
	}
	// A pty ends when the last of the shell's side has closed it, which can be
	// before the shell has ended.
	select {
	case <-y.shell.Done():
	case <-y.ctx.Done():
		return context.Cause(y.ctx)
	}
	if reason, ended := y.seat.ended(); ended {
		return &hangup{closeSandboxEnded, reason.Detail}
	}
	exit, _ := y.shell.Exit()
	if err := y.say(map[string]any{"exit": exitView{exit.Code, exit.Signal}}); err != nil {
		return err
	}
	return &hangup{websocket.CloseNormalClosure, "The shell has ended."}
}
