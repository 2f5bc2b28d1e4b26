//go:build linux

package server

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestTheTerminalEchoesAndExits(t *testing.T) {
	h := openHouse(t)
	v := h.take(map[string]any{"namespaces": []string{}, "cols": 101, "rows": 31})
	c := h.tty(v.ID, "s1", "")
	c.runs("stty size; echo $TERM")
	c.sees("31 101")
	c.sees("xterm-256color")
	c.says(`{"resize":{"cols":132,"rows":43}}`)
	c.runs("stty size")
	c.sees("43 132")
	c.types("exit 7\r")
	if got := c.ends(); got.Code != websocket.CloseNormalClosure {
		t.Errorf("it is closed with %v, want 1000", got)
	}
	if c.exit == nil || *c.exit != (exitView{Code: 7}) {
		t.Errorf("its exit is %+v, want 7", c.exit)
	}
	if got := h.look(v.ID).Shells[0].Exit; got == nil || got.Code != 7 {
		t.Errorf("the sandbox says that its exit is %+v", got)
	}

	// Whoever comes later sees it all, and that it is over.
	late := h.tty(v.ID, "s1", "")
	late.ends()
	start, out := late.output()
	if start != 0 || !bytes.Contains(out, []byte("43 132")) || late.exit == nil {
		t.Errorf("a late client got %d bytes from %d, exit %+v", len(out), start, late.exit)
	}
	if late.replay != int64(len(out)) {
		t.Errorf("all %d bytes are old, but replay is %d", len(out), late.replay)
	}
}

func TestAShellEndedByASignal(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.types("kill -9 $$\r")
	c.ends()
	if c.exit == nil || *c.exit != (exitView{Code: 137, Signal: "SIGKILL"}) {
		t.Errorf("its exit is %+v, want 137 by SIGKILL", c.exit)
	}
}

func TestResumingLosesAndRepeatsNothing(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	// Two megabytes of lines that can be told apart, with characters of every
	// length, slowly enough that what comes between two connections is kept.
	c.types("stty -echo; for i in $(seq 1 20000); do echo \"$i: äöü € 𝄞 the quick brown fox jumps over the lazy dog and the rest of it, again and again\"; ((i % 200)) || sleep 0.02; done; echo 'the''end'\r")
	c.sees("1: ")
	start, got := c.output()
	if start != 0 {
		t.Fatalf("the output starts at %d", start)
	}
	random := rand.New(rand.NewPCG(1, 2))
	drops := 0
	for !bytes.Contains(got, []byte("theend")) {
		c.conn.NetConn().Close()
		drops++
		// What was parsed may be less than what has come.
		keep := max(0, len(got)-random.IntN(5000))
		c = h.tty(v.ID, "s1", fmt.Sprintf("offset=%d", keep))
		want := keep + 1 + random.IntN(150_000)
		c.until("more has come", func() bool {
			return keep+len(c.out) >= want || bytes.Contains(c.out, []byte("theend"))
		})
		at, more := c.output()
		if at != int64(keep) || c.skips != 1 {
			t.Fatalf("resumed at %d it goes on at %d, with %d offset frames", keep, at, c.skips)
		}
		got = append(got[:keep], more...)
	}
	var want strings.Builder
	for i := 1; i <= 20000; i++ {
		fmt.Fprintf(&want, "%d: äöü € 𝄞 the quick brown fox jumps over the lazy dog and the rest of it, again and again\r\n", i)
	}
	want.WriteString("theend\r\n")
	from := bytes.Index(got, []byte("1: äöü"))
	to := bytes.Index(got, []byte("theend\r\n"))
	if from < 0 || to < 0 || string(got[from:to+len("theend\r\n")]) != want.String() {
		t.Errorf("after %d dropped connections the output is not what was written", drops)
	}
	if drops < 5 {
		t.Errorf("only %d connections were dropped", drops)
	}
}

func TestWithNobodyAttachedTheShellGoesOn(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.types("seq 1 300000; touch /tmp/through\r")
	c.sees("1\r\n2\r\n")
	c.conn.NetConn().Close()
	other := h.call("POST", "/api/sandboxes/"+v.ID+"/shells", plain, http.StatusCreated)
	var sh shellView
	other.into(t, &sh)
	h.tty(v.ID, sh.ID, "").runs("until test -e /tmp/through; do sleep 0.01; done")

	// The beginning is gone from the buffer by now, so it goes on later.
	late := h.tty(v.ID, "s1", "offset=10")
	late.sees("300000\r\n")
	if start, _ := late.output(); start <= 10 {
		t.Errorf("two megabytes later the output is still kept from %d on", start)
	}
}

func TestAMegabytePastedArrivesWhole(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	c.types("stty raw -echo; (yes flooding the terminal &) ; head -c 1048576 | sha256sum > /tmp/sum; stty sane; killall yes 2>/dev/null || pkill yes; cat /tmp/sum\r")
	c.sees("flooding")
	paste := make([]byte, 1<<20)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range paste {
		paste[i] = byte(random.Uint32())
	}
	for rest := paste; len(rest) > 0; {
		n := min(len(rest), 1+random.IntN(maxInput))
		c.types(string(rest[:n]))
		rest = rest[n:]
	}
	c.sees(sha256Hex(paste))
}

func TestInterruptStopsEndlessOutputAtOnce(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	c.types("yes endless\r")
	c.until("there is a lot of it", func() bool { return len(c.out) > 4<<20 })
	began := time.Now()
	c.types("\x03")
	c.types("echo a''live\r")
	c.sees("alive")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAClientThatStopsReadingIsHeldBack(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	path := "/api/sandboxes/" + v.ID + "/shells/s1/tty"
	stuck, _ := h.dial(path, ttyProtocol)
	if err := stuck.WriteMessage(websocket.TextMessage, []byte(`{"ack":0}`)); err != nil {
		t.Fatal(err)
	}
	if err := stuck.WriteMessage(websocket.BinaryMessage, []byte("yes\r")); err != nil {
		t.Fatal(err)
	}
	// A viewer sees how far the shell gets: no further than the window.
	viewer := h.tty(v.ID, "s1", "view=1")
	viewer.until("the window is full", func() bool { return len(viewer.out) > 256<<10 })
	settled := -1
	eventually(t, "output stands still", func() bool {
		time.Sleep(100 * time.Millisecond)
		_, out := viewer.output()
		defer func() { settled = len(out) }()
		return len(out) == settled
	})
	if most := 256<<10 + 16<<10; settled > most {
		t.Errorf("%d bytes were read for a client that acknowledges nothing, want at most %d", settled, most)
	}
	// Another sandbox does not notice.
	other := h.take(plain)
	h.tty(other.ID, "s1", "").runs("echo fine")
	// And the shell goes on when the client does.
	stuck.NetConn().Close()
	viewer.until("more has come", func() bool { return len(viewer.out) > 1<<20 })
}

func TestViewersOnlyWatch(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	typist := h.tty(v.ID, "s1", "")
	typist.says(`{"resize":{"cols":90,"rows":20}}`)
	viewer := h.tty(v.ID, "s1", "view=1")
	viewer.says(`{"resize":{"cols":40,"rows":10}}`)
	viewer.types("echo in''truder\r")
	typist.runs("echo to''gether; stty size")
	viewer.sees("together")
	viewer.sees("20 90")
	if _, out := typist.output(); bytes.Contains(out, []byte("intruder")) {
		t.Error("what a viewer types is run")
	}

	// One that reads nothing holds up nobody.
	h.dial("/api/sandboxes/"+v.ID+"/shells/s1/tty?view=1", ttyProtocol)
	typist.runs("seq 1 200000")
}

func TestCharactersAreNeverBroken(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	for _, b := range []byte("echo 'ä€𝄞' | od -An -tx1 | tr -d ' '\r") {
		c.types(string([]byte{b})) // one byte a frame
	}
	c.sees("c3a4e282acf09d849e0a")
	c.types("echo re''ady; cat\r")
	c.sees("ready")
	c.types("𝄞\r")
	c.sees("𝄞\r\n𝄞\r\n")
}

func TestFramesThatBreakTheContract(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	tests := []struct {
		name   string
		kind   int
		frame  string
		code   int
		reason string
	}{
		{"a text frame that is not JSON", websocket.TextMessage, "ls", 1008, "A text frame is a JSON object with one key."},
		{"an unknown key", websocket.TextMessage, `{"signal":9}`, 1008, "A text frame's key is resize or ack."},
		{"two keys", websocket.TextMessage, `{"ack":0,"resize":{"cols":80,"rows":24}}`, 1008, "A text frame is a JSON object with one key."},
		{"a size of nothing", websocket.TextMessage, `{"resize":{"cols":0,"rows":0}}`, 1008, `resize is {"cols":C,"rows":R}, each from 1 to 1000.`},
		{"an acknowledgement of what was never sent", websocket.TextMessage, `{"ack":1000000000}`, 1008, ""},
		{"a large text frame", websocket.TextMessage, `{"ack":` + strings.Repeat(" ", 4096) + `0}`, 1009, "A text frame is at most 4 KiB."},
		{"a large binary frame", websocket.BinaryMessage, strings.Repeat("x", 64<<10+1), 1009, ""},
		{"a huge binary frame", websocket.BinaryMessage, strings.Repeat("x", 4<<20), 1009, ""},
		{"text that is not UTF-8", websocket.TextMessage, "\xff", 1007, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, view := range []string{"", "view=1"} {
				c := h.tty(v.ID, "s1", view)
				c.t = t
				c.write(tt.kind, []byte(tt.frame)) // of a huge frame the end may be refused
				got := c.ends()
				if tt.code == 1007 && got.Code == 1008 {
					continue // as good
				}
				if got.Code != tt.code || (tt.reason != "" && got.Text != tt.reason) {
					t.Errorf("%q: it is closed with %v, want %d %s", view, got, tt.code, tt.reason)
				}
			}
		})
	}
	t.Run("and the largest frame does not", func(t *testing.T) {
		c := h.tty(v.ID, "s1", "")
		c.types(strings.Repeat("\x15", 64<<10)) // erases a line that is empty
		c.runs("echo fine")
	})
}

func TestTheTerminalOfAnEndedSandbox(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	c := h.tty(v.ID, "s1", "")
	c.sees("# ")
	h.call("DELETE", "/api/sandboxes/"+v.ID, nil, http.StatusNoContent)
	if got := c.ends(); got.Code != closeSandboxEnded || got.Text != "You ended it." {
		t.Errorf("it is closed with %v, want 4404", got)
	}
	if got := h.tty(v.ID, "s1", "").ends(); got.Code != closeSandboxEnded {
		t.Errorf("one that comes later is closed with %v, want 4404", got)
	}
}

// TestAResumingClientMayAcknowledgeAtOnce says what it has parsed before it has
// got anything on the new connection, as the page does.
func TestAResumingClientMayAcknowledgeAtOnce(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	first := h.tty(v.ID, "s1", "")
	first.runs("echo before")
	_, out := first.output()
	for _, tt := range []struct {
		name        string
		offset, ack int
		refused     bool
	}{
		{name: "what it came with", offset: len(out), ack: len(out)},
		{name: "less", offset: len(out), ack: 3},
		{name: "an offset beyond the end, which counts as none", offset: 1 << 30, ack: 1 << 30},
		{name: "more than it came with", offset: 1 << 30, ack: 1<<30 + 1, refused: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 20 {
				c := h.tty(v.ID, "s1", fmt.Sprintf("view=1&offset=%d", tt.offset))
				c.t = t
				c.says(fmt.Sprintf(`{"ack":%d}`, tt.ack))
				if tt.refused {
					if got := c.ends(); got.Code != websocket.ClosePolicyViolation {
						t.Fatalf("it is closed with %v, want 1008", got)
					}
					continue
				}
				c.until("it is told where it is", func() bool { return c.skips > 0 })
				c.says(`{"ack":0}`)
				c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
				if got := c.ends(); got.Code != websocket.CloseNormalClosure {
					t.Fatalf("it is closed with %v", got)
				}
			}
		})
	}
}

func TestTooManySockets(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	path := "/api/sandboxes/" + v.ID + "/events"
	var last *websocket.Conn
	for range maxSockets {
		conn, refused := h.dial(path, eventsProtocol)
		if conn == nil {
			t.Fatalf("refused with %s", refused.body)
		}
		last = conn
	}
	for _, path := range []string{path, "/api/sandboxes/" + v.ID + "/shells/s1/tty"} {
		protocol := eventsProtocol
		if strings.HasSuffix(path, "tty") {
			protocol = ttyProtocol
		}
		conn, refused := h.dial(path, protocol)
		if conn != nil {
			t.Fatal("there is no end")
		}
		checkProblem(t, refused, "too-many-sockets", "")
	}
	last.Close()
	eventually(t, "there is room again", func() bool {
		conn, _ := h.dial(path, eventsProtocol)
		return conn != nil
	})
}

func TestABrokenSandboxStartsNoShell(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	h.tty(v.ID, "s1", "").runs("rm -f /dev/ptmx; umount -l /dev/pts; rm -rf /dev/pts; ls /dev")
	r := h.call("POST", "/api/sandboxes/"+v.ID+"/shells", plain, http.StatusConflict)
	checkProblem(t, r, "no-shell", "")
	if text := string(r.body); !strings.Contains(text, "This sandbox cannot start a shell any more (") || !strings.Contains(text, "no such file or directory") ||
		!strings.Contains(text, "). Start it anew.") || strings.Contains(text, "sandbox:") {
		t.Errorf("it is refused with %s", text)
	}
	h.call("POST", "/api/sandboxes/"+v.ID+"/reset", nil, http.StatusCreated)
}
