package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

const (
	// pingEvery and silence: a peer that has not even answered two pings is
	// gone, and so is one that takes nothing for as long.
	pingEvery = 20 * time.Second
	silence   = 45 * time.Second
	// farewell is how long a peer has to answer a close frame. Until then the
	// connection is read, for one that is closed with unread bytes is reset,
	// and a reset takes away what the peer has not read yet.
	farewell = 2 * time.Second
	// sendBuffer bounds what the kernel keeps for a peer that reads slowly.
	sendBuffer = 256 << 10
)

// Close codes of docs/api.md beside those of RFC 6455.
const closeSandboxEnded = 4404

// hangup is why a socket is closed: the code and reason of its close frame.
type hangup struct {
	code   int
	reason string
}

func (h *hangup) Error() string { return fmt.Sprintf("close %d: %s", h.code, h.reason) }

// broke is a hangup for a frame that breaks the contract.
func broke(format string, args ...any) *hangup {
	return &hangup{websocket.ClosePolicyViolation, fmt.Sprintf(format, args...)}
}

// errGone is why a socket ends whose peer is not there any more.
var errGone = errors.New("server: the peer is gone")

// upgrader lends each socket a buffer for the time of one write.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second,
	ReadBufferSize:   4 << 10,
	WriteBufferSize:  4 << 10,
	WriteBufferPool:  &sync.Pool{},
	CheckOrigin:      func(*http.Request) bool { return true }, // the routes' gate has
}

// socket is a WebSocket with one goroutine that writes and one that reads (the
// handler's own). Its context ends when either of them wants it to; the cause is
// a *hangup if the peer is to be told.
type socket struct {
	conn   *websocket.Conn
	leave  func()
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	closing bool
}

// upgrade answers a handshake that offers protocol, and lets the socket count as
// one of t's. An error is a *problem, or nil with a nil socket if it has been
// answered.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, t *seat, protocol string) (*socket, error) {
	if err := handshake(w.Header(), r, protocol); err != nil {
		return nil, err
	}
	disconnect, err := t.connect()
	if err != nil {
		return nil, err
	}
	inside, ok := s.sockets.enter()
	if !ok {
		disconnect()
		return nil, errStopping
	}
	leave := func() {
		disconnect()
		inside()
	}
	u := upgrader
	u.Subprotocols = []string{protocol}
	u.Error = func(w http.ResponseWriter, _ *http.Request, status int, err error) {
		writeProblem(w, refuse("bad-request", "The WebSocket handshake is not right: %v.", err))
	}
	conn, err := u.Upgrade(w, r, nil)
	if err != nil {
		leave()
		return nil, nil // answered
	}
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		tcp.SetWriteBuffer(sendBuffer)
	}
	c := &socket{conn: conn, leave: leave}
	c.ctx, c.cancel = context.WithCancelCause(s.life)
	conn.SetPongHandler(func(string) error { return c.alive() })
	conn.SetPingHandler(func(data string) error {
		if err := c.alive(); err != nil {
			return err
		}
		return conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(farewell))
	})
	conn.SetCloseHandler(func(code int, _ string) error {
		c.cancel(errGone)
		return conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(farewell))
	})
	return c, nil
}

// handshake checks what a client asks for; what an error's reply needs beside it
// is put into header. See RFC 6455, section 4.2.1.
func handshake(header http.Header, r *http.Request, protocol string) error {
	switch {
	case r.Method != http.MethodGet || !websocket.IsWebSocketUpgrade(r):
		return refuse("bad-request", "This is a WebSocket with the subprotocol %s.", protocol)
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		header.Set("Sec-WebSocket-Version", "13")
		return refuse("bad-request", "The handshake must have Sec-WebSocket-Version: 13.")
	case r.Header.Get("Sec-WebSocket-Key") == "":
		return refuse("bad-request", "The handshake must have a Sec-WebSocket-Key.")
	case !slices.Contains(websocket.Subprotocols(r), protocol):
		return refuse("bad-request", "The handshake must offer the subprotocol %s.", protocol)
	}
	return nil
}

// alive notes that the peer is there. Once the socket is closing the peer has
// until the end of the farewell, whatever it sends.
func (c *socket) alive() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return nil
	}
	return c.conn.SetReadDeadline(time.Now().Add(silence))
}

// ping asks the peer for a sign of life now and then, until the socket ends.
func (c *socket) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
			if err := c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(silence)); err != nil {
				c.cancel(errGone)
				return
			}
		}
	}
}

// run reads with read and writes with write until one of them returns, which ends
// the socket for both: read when the peer is gone or its error is a *hangup, write
// with the *hangup that is the last word. It returns when both have returned and
// the connection is closed.
func (c *socket) run(read, write func() error) {
	defer c.leave()
	defer c.conn.Close()
	var others sync.WaitGroup
	others.Go(c.ping)
	others.Go(func() {
		c.cancel(write())
		c.sayGoodbye()
	})
	over := make(chan struct{})
	others.Go(func() { c.enforce(over) })
	c.cancel(read())
	c.drain()
	close(over)
	others.Wait()
}

// enforce makes the end of the socket an end for writes that are stuck and for
// peers that do not answer.
func (c *socket) enforce(over <-chan struct{}) {
	select {
	case <-over:
		return
	case <-c.ctx.Done():
	}
	c.conn.NetConn().SetWriteDeadline(time.Now().Add(time.Second))
	timer := time.NewTimer(farewell + time.Second)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		c.conn.Close()
	}
}

// sayGoodbye sends the close frame that the cause asks for.
func (c *socket) sayGoodbye() {
	c.mu.Lock()
	c.closing = true
	c.conn.SetReadDeadline(time.Now().Add(farewell))
	c.mu.Unlock()
	h, ok := errors.AsType[*hangup](context.Cause(c.ctx))
	if !ok {
		// The peer is gone or has said goodbye itself: nobody to wait for.
		c.conn.SetReadDeadline(time.Now())
		return
	}
	frame := websocket.FormatCloseMessage(h.code, clip(h.reason, maxReason))
	if c.conn.WriteControl(websocket.CloseMessage, frame, time.Now().Add(time.Second)) != nil {
		c.conn.SetReadDeadline(time.Now())
	}
}

// drain reads and forgets until the peer has answered the close frame, or the
// farewell is over.
func (c *socket) drain() {
	for {
		if _, _, err := c.conn.NextReader(); err != nil {
			break
		}
	}
	// After a frame too large gorilla reads no more; the rest of it is still
	// to come.
	io.Copy(io.Discard, c.conn.NetConn())
}

// maxReason is what a close frame can hold: RFC 6455, section 5.5, has 125 bytes
// with the code.
const maxReason = 123

// clip cuts text to so many bytes, between two characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// send writes one frame, or fails when the peer takes nothing for too long.
func (c *socket) send(kind int, data []byte) error {
	c.conn.SetWriteDeadline(time.Now().Add(silence))
	if err := c.conn.WriteMessage(kind, data); err != nil {
		return errors.Join(errGone, err)
	}
	return nil
}

// hangupOf is the last word to a peer whose read failed with err; err itself when
// there is nobody to tell.
func hangupOf(err error) error {
	if errors.Is(err, websocket.ErrReadLimit) {
		return &hangup{websocket.CloseMessageTooBig, "The frame is too large."}
	}
	return errors.Join(errGone, err)
}
