//go:build linux

package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"example.org/nslab/sandbox/snapshot"
)

// dial opens a WebSocket with the token. On a refusal the reply is returned, and
// the connection is nil.
func (h *house) dial(path, protocol string, header ...string) (*websocket.Conn, reply) {
	h.t.Helper()
	d := websocket.Dialer{HandshakeTimeout: patience}
	if protocol != "" {
		d.Subprotocols = []string{protocol}
	}
	head := http.Header{"Authorization": {"Bearer " + h.token}}
	for i := 0; i < len(header); i += 2 {
		head.Set(header[i], header[i+1])
	}
	conn, resp, err := d.DialContext(h.t.Context(), "ws"+strings.TrimPrefix(h.http.URL, "http")+path, head)
	if err != nil {
		if resp == nil {
			h.t.Fatalf("dial %s: %v", path, err)
		}
		body := make([]byte, 1024) // all that gorilla keeps
		n, _ := resp.Body.Read(body)
		return nil, reply{resp.StatusCode, resp.Header, body[:n]}
	}
	h.t.Cleanup(func() { conn.Close() })
	return conn, reply{}
}

// terminal is a client of nslab.tty.v1 that reads all the time.
type terminal struct {
	t    testing.TB
	conn *websocket.Conn
	acks bool

	writing sync.Mutex // gorilla allows one writer

	mu     sync.Mutex
	grown  sync.Cond
	start  int64  // offset of the first byte of out
	out    []byte // since the last offset frame
	replay int64
	skips  int
	exit   *exitView
	closed *websocket.CloseError
	gone   error // how the connection ended when not by a close frame
}

// tty attaches to a shell. Query is like "offset=5&view=1".
func (h *house) tty(id, shell, query string) *terminal {
	h.t.Helper()
	conn, refused := h.dial("/api/sandboxes/"+id+"/shells/"+shell+"/tty?"+query, ttyProtocol)
	if conn == nil {
		h.t.Fatalf("tty: refused with %d %s", refused.status, refused.body)
	}
	c := &terminal{t: h.t, conn: conn, acks: true}
	c.grown.L = &c.mu
	go c.read()
	return c
}

func (c *terminal) read() {
	for {
		kind, frame, err := c.conn.ReadMessage()
		c.mu.Lock()
		switch {
		case err != nil:
			if !errors.As(err, &c.closed) {
				c.gone = err
			}
		case kind == websocket.BinaryMessage:
			c.out = append(c.out, frame...)
			if c.acks {
				ack := fmt.Appendf(nil, `{"ack":%d}`, c.start+int64(len(c.out)))
				c.mu.Unlock()
				c.write(websocket.TextMessage, ack) // fails only when closed
				c.mu.Lock()
			}
		default:
			c.text(frame)
		}
		c.grown.Broadcast()
		done := c.closed != nil || c.gone != nil
		c.mu.Unlock()
		if done {
			return
		}
	}
}

func (c *terminal) text(frame []byte) {
	var msg struct {
		Offset, Replay *int64
		Modes          *string
		Exit           *exitView
	}
	d := json.NewDecoder(bytes.NewReader(frame))
	d.DisallowUnknownFields()
	if err := d.Decode(&msg); err != nil {
		c.t.Errorf("the server sent %q: %v", frame, err)
	}
	switch {
	case msg.Offset != nil:
		c.start, c.out, c.skips = *msg.Offset, nil, c.skips+1
	case msg.Replay != nil:
		c.replay = *msg.Replay
	case msg.Exit != nil:
		c.exit = msg.Exit
	}
}

// until waits until a condition on what has come holds.
func (c *terminal) until(what string, condition func() bool) {
	c.t.Helper()
	late := time.AfterFunc(patience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gone = fmt.Errorf("%s: it took too long", what)
		c.grown.Broadcast()
	})
	defer late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !condition() {
		if c.closed != nil || c.gone != nil {
			tail := c.out[max(0, len(c.out)-200):]
			c.t.Fatalf("still not so: %s (closed: %v, gone: %v, exit: %v, last output: %q)", what, c.closed, c.gone, c.exit, tail)
		}
		c.grown.Wait()
	}
}

// sees waits for text in the output.
func (c *terminal) sees(text string) {
	c.t.Helper()
	c.until(fmt.Sprintf("%q is in the output", text), func() bool { return bytes.Contains(c.out, []byte(text)) })
}

func (c *terminal) write(kind int, frame []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.conn.WriteMessage(kind, frame)
}

// types sends input.
func (c *terminal) types(text string) {
	c.t.Helper()
	if err := c.write(websocket.BinaryMessage, []byte(text)); err != nil {
		c.t.Fatalf("type %.40q: %v", text, err)
	}
}

// runs types a command and waits until it has ended. The marker is computed by the
// shell, so that its echo is not taken for it.
func (c *terminal) runs(command string) {
	c.t.Helper()
	c.mu.Lock()
	marker := fmt.Sprintf("done-%d-%d", len(c.out)+7, 6*7)
	n := len(c.out) + 7
	c.mu.Unlock()
	c.types(fmt.Sprintf("%s; echo done-%d-$((6*7))\r", command, n))
	c.sees(marker)
}

func (c *terminal) says(frame string) {
	c.t.Helper()
	if err := c.write(websocket.TextMessage, []byte(frame)); err != nil {
		c.t.Fatalf("send %s: %v", frame, err)
	}
}

// ends waits for the close frame.
func (c *terminal) ends() *websocket.CloseError {
	c.t.Helper()
	c.until("the server has closed", func() bool { return c.closed != nil })
	return c.closed
}

// output returns all that came since the last offset frame, and its offset.
func (c *terminal) output() (start int64, out []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start, bytes.Clone(c.out)
}

// event is one frame of nslab.events.v1.
type event struct {
	Sandbox  *sandboxView
	Snapshot *snapshot.Snapshot
	Check    *checkView
	Lab      *labNews
	Notice   *struct{ Text string }
	Ended    *endedView
}

// feed is a client of nslab.events.v1.
type feed struct {
	t    testing.TB
	conn *websocket.Conn
}

func (h *house) events(id string) *feed {
	h.t.Helper()
	conn, refused := h.dial("/api/sandboxes/"+id+"/events", eventsProtocol)
	if conn == nil {
		h.t.Fatalf("events: refused with %d %s", refused.status, refused.body)
	}
	return &feed{h.t, conn}
}

// next returns the next frame; an error when the server has closed.
func (f *feed) next() (event, error) {
	f.t.Helper()
	f.conn.SetReadDeadline(time.Now().Add(patience))
	_, frame, err := f.conn.ReadMessage()
	if err != nil {
		return event{}, err
	}
	var keys map[string]json.RawMessage
	var e event
	d := json.NewDecoder(bytes.NewReader(frame))
	d.DisallowUnknownFields()
	if err := errors.Join(json.Unmarshal(frame, &keys), d.Decode(&e)); err != nil || len(keys) != 1 {
		f.t.Fatalf("the server sent %q: %v", frame, err)
	}
	return e, nil
}

// until returns the first frame from now on that is wanted.
func (f *feed) until(what string, wanted func(event) bool) event {
	f.t.Helper()
	for {
		e, err := f.next()
		if err != nil {
			f.t.Fatalf("still not so: %s: %v", what, err)
		}
		if wanted(e) {
			return e
		}
	}
}

// check waits until a check stands as wanted.
func (f *feed) check(id string, wanted func(checkView) bool) checkView {
	f.t.Helper()
	var got checkView
	f.until("check "+id+" is as wanted", func(e event) bool {
		checks := []checkView{}
		if e.Sandbox != nil {
			checks = e.Sandbox.Checks
		}
		if e.Check != nil {
			checks = append(checks, *e.Check)
		}
		for _, c := range checks {
			if c.ID == id && wanted(c) {
				got = c
				return true
			}
		}
		return false
	})
	return got
}
