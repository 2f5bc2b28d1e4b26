//go:build linux

package server

import (
	"fmt"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/gorilla/websocket"
)

// BenchmarkTerminal measures output through a terminal's WebSocket, beside the same
// output that nobody takes, which the server reads and keeps the end of.
func BenchmarkTerminal(b *testing.B) {
	const size = 64 << 20
	h := openHouse(b)
	v := h.take(plain)
	burst := fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; touch /tmp/through-%%d\r", size)
	b.SetBytes(size)

	b.Run("attached", func(b *testing.B) {
		b.SetBytes(size)
		conn, _ := h.dial("/api/sandboxes/"+v.ID+"/shells/s1/tty", ttyProtocol)
		defer conn.Close()
		var first struct{ Offset int64 }
		if err := conn.ReadJSON(&first); err != nil {
			b.Fatal(err)
		}
		offset, acked := first.Offset, first.Offset
		for i := range b.N {
			if err := conn.WriteMessage(websocket.BinaryMessage, fmt.Appendf(nil, burst, i)); err != nil {
				b.Fatal(err)
			}
			for want := offset + size; offset < want; {
				kind, frame, err := conn.ReadMessage()
				if err != nil {
					b.Fatal(err)
				}
				if kind != websocket.BinaryMessage {
					continue
				}
				offset += int64(len(frame))
				if offset-acked >= 32<<10 { // as the page does
					acked = offset
					if err := conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"ack":%d}`, acked)); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
	b.Run("bare pty", func(b *testing.B) {
		b.SetBytes(size)
		buf := make([]byte, 64<<10)
		for range b.N {
			cmd := exec.Command("bash", "-c", fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x", size))
			f, err := pty.Start(cmd)
			if err != nil {
				b.Fatal(err)
			}
			for err == nil {
				_, err = f.Read(buf)
			}
			f.Close()
			cmd.Wait()
		}
	})
	b.Run("detached", func(b *testing.B) {
		b.SetBytes(size)
		var sh shellView
		h.call("POST", "/api/sandboxes/"+v.ID+"/shells", plain, http.StatusCreated).into(b, &sh)
		box, _ := h.server.seats.find(bearer, v.ID)
		shell, _ := box.sandbox.Shell(sh.ID)
		for i := range b.N {
			conn, _ := h.dial("/api/sandboxes/"+v.ID+"/shells/"+sh.ID+"/tty", ttyProtocol)
			start := shell.Terminal().Offset()
			if err := conn.WriteMessage(websocket.BinaryMessage, fmt.Appendf(nil, burst, i)); err != nil {
				b.Fatal(err)
			}
			conn.ReadMessage()
			conn.Close()
			for shell.Terminal().Offset() < start+size {
				time.Sleep(time.Millisecond)
			}
		}
	})
}
