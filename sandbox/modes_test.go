package sandbox

import (
	"strings"
	"testing"
)

func TestModes(t *testing.T) {
	for _, tt := range []struct{ name, output, want string }{
		{"plain text changes nothing", "hello\r\nworld", ""},
		{"a full-screen program is on the alternate screen", "\x1b[?1049h\x1b[?25l", "\x1b[?25l\x1b[?1049h"},
		{"it has left again", "\x1b[?1049h\x1b[?25l...\x1b[?1049l\x1b[?25h", ""},
		{"mouse and paste modes in one sequence", "\x1b[?1000;1006;2004h", "\x1b[?1000h\x1b[?1006h\x1b[?2004h"},
		{"unknown modes are left alone", "\x1b[?9999h\x1b[4h", ""},
		{"wrap off is worth telling, wrap on is not", "\x1b[?7l\x1b[?7h\x1b[?7l", "\x1b[?7l"},
		{"a title", "\x1b]0;root@lab\x07", "\x1b]2;root@lab\x07"},
		{"a title that ends in ST", "\x1b]2;vim\x1b\\x", "\x1b]2;vim\x07"},
		{"a clipboard request is not repeated", "\x1b]52;c;aGk=\x07", ""},
		{"the application keypad", "\x1b=", "\x1b="},
		{"colours since the last reset", "\x1b[31m\x1b[0m\x1b[1;32mx", "\x1b[1;32m"},
		{"reset and colour in one", "\x1b[31m\x1b[0;34m", "\x1b[34m"},
		{"a full reset", "\x1b[?1049h\x1b[31m\x1bc", ""},
		{"a soft reset", "\x1b[?1h\x1b[31m\x1b[!p", ""},
		{"a sequence longer than any real one", "\x1b]0;" + strings.Repeat("x", 2*maxSeq) + "\x07\x1b[?1h", "\x1b[?1h"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var whole, pieces modes
			whole.write([]byte(tt.output))
			for i := range len(tt.output) {
				pieces.write([]byte(tt.output[i : i+1]))
			}
			if got := whole.String(); got != tt.want {
				t.Errorf("modes of %q are %q, want %q", tt.output, got, tt.want)
			}
			if got := pieces.String(); got != tt.want {
				t.Errorf("read byte by byte they are %q, want %q", got, tt.want)
			}
		})
	}
}

func TestModesBoundary(t *testing.T) {
	for _, tt := range []struct {
		output string
		want   bool
	}{
		{"", true},
		{"text", true},
		{"\x1b", false},
		{"\x1b[", false},
		{"\x1b[3", false},
		{"\x1b[31m", true},
		{"\x1b]0;t", false},
		{"\x1b]0;t\x1b", false},
		{"\x1b]0;t\x07", true},
		{"\x1b(", false},
		{"\x1b(B", true},
		{"\xc3", false},
		{"ä", true},
		{"\xe2\x82", false},
		{"€", true},
		{"\xf0\x9f\x90", false},
		{"🐧", true},
		{"\xff\xfe", false},
	} {
		var m modes
		m.write([]byte(tt.output))
		if got := m.boundary(); got != tt.want {
			t.Errorf("after %q boundary is %v, want %v", tt.output, got, tt.want)
		}
	}
}

// FuzzModes demands that reading in pieces and at once agree, and that the
// answer, read back, gives itself.
func FuzzModes(f *testing.F) {
	f.Add([]byte("\x1b[?1049h\x1b[1;31mä\x1b]0;t\x07"), 3)
	f.Add([]byte("\x1b\x1b[\x1b]\xff\x18"), 1)
	f.Fuzz(func(t *testing.T, output []byte, at int) {
		at = min(max(at, 0), len(output))
		var whole, pieces, again modes
		whole.write(output)
		pieces.write(output[:at])
		pieces.write(output[at:])
		if whole.String() != pieces.String() || whole.boundary() != pieces.boundary() {
			t.Errorf("%q cut at %d: %q and %q, boundaries %v and %v", output, at, whole.String(), pieces.String(), whole.boundary(), pieces.boundary())
		}
		again.write([]byte(whole.String()))
		if got := again.String(); got != whole.String() {
			t.Errorf("%q reads back as %q", whole.String(), got)
		}
	})
}
