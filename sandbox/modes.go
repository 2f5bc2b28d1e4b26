package sandbox

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// modes follows a terminal's output and knows which modes it has switched on,
// so that a replay that starts in the middle can begin by setting them. It
// knows what matters to the screen of a person who comes back: the alternate
// screen, mouse, bracketed paste, cursor, keypad, title and colours. See
// console_codes(4) and xterm's ctlseqs.
//
// The zero value is a terminal after reset. Not safe for concurrent use.
type modes struct {
	state  modeState
	seq    []byte // the sequence being read, without its ESC
	on     map[int]bool
	keypad bool
	title  string
	sgr    []string
	rest   int // bytes of a UTF-8 sequence still to come
}

type modeState uint8

const (
	ground  modeState = iota
	escape            // after ESC
	csi               // after ESC [
	str               // after ESC ] P X ^ _: ends with BEL or ESC \
	strEsc            // an ESC within str
	charset           // after ESC ( ) * + and the like: one byte more
)

// maxSeq bounds a sequence that is kept; a longer one is followed to its end
// but has no effect here.
const maxSeq = 1024

// followed are the DEC private modes that are worth setting again, with the
// state they have after a reset.
var followed = map[int]bool{
	1: false, 6: false, 7: true, 9: false, 25: true, 47: false, 1000: false, 1002: false, 1003: false,
	1004: false, 1005: false, 1006: false, 1015: false, 1047: false, 1049: false, 2004: false,
}

// write follows p.
func (m *modes) write(p []byte) {
	for len(p) > 0 {
		if m.state == ground && m.rest == 0 {
			i := bytes.IndexByte(p, 0x1b)
			if i < 0 {
				m.rest = incompleteRune(p)
				return
			}
			p = p[i+1:]
			m.state, m.seq = escape, m.seq[:0]
			continue
		}
		m.next(p[0])
		p = p[1:]
	}
}

// boundary reports whether the stream may be cut here: not within an escape
// sequence and not within a character.
func (m *modes) boundary() bool { return m.state == ground && m.rest == 0 }

// next follows one byte.
func (m *modes) next(b byte) {
	switch m.state {
	case ground:
		if m.rest > 0 && b&0xc0 == 0x80 {
			m.rest--
			return
		}
		m.rest = 0
		if b == 0x1b {
			m.state, m.seq = escape, m.seq[:0]
		} else if b >= 0xc0 {
			m.rest = runeLength(b) - 1
		}
	case escape:
		switch {
		case b == '[':
			m.state = csi
		case b == ']' || b == 'P' || b == 'X' || b == '^' || b == '_':
			m.state = str
			m.keep(b)
		case b >= 0x20 && b <= 0x2f:
			m.state = charset
		case b == 0x1b:
		default:
			m.state = ground
			switch b {
			case '=':
				m.keypad = true
			case '>':
				m.keypad = false
			case 'c': // RIS
				*m = modes{}
			}
		}
	case charset:
		if b < 0x20 || b > 0x2f {
			m.state = ground
		}
	case csi:
		switch {
		case b == 0x1b:
			m.state, m.seq = escape, m.seq[:0]
		case b >= 0x40 && b <= 0x7e:
			m.state = ground
			m.control(b)
		case b == 0x18 || b == 0x1a: // CAN, SUB
			m.state = ground
		default:
			m.keep(b)
		}
	case str:
		switch b {
		case 0x07:
			m.state = ground
			m.command()
		case 0x1b:
			m.state = strEsc
		case 0x18, 0x1a:
			m.state = ground
		default:
			m.keep(b)
		}
	case strEsc:
		m.state = ground
		if b == '\\' {
			m.command()
		} else { // the string was abandoned for another sequence
			m.state, m.seq = escape, m.seq[:0]
			m.next(b)
		}
	}
}

func (m *modes) keep(b byte) {
	if len(m.seq) <= maxSeq {
		m.seq = append(m.seq, b)
	}
}

// control takes a complete CSI sequence.
func (m *modes) control(final byte) {
	if len(m.seq) > maxSeq {
		return
	}
	s := string(m.seq)
	switch {
	case (final == 'h' || final == 'l') && strings.HasPrefix(s, "?"):
		for part := range strings.SplitSeq(s[1:], ";") {
			n, err := strconv.Atoi(part)
			if err != nil {
				continue
			}
			if initially, ok := followed[n]; ok {
				if m.on == nil {
					m.on = map[int]bool{}
				}
				if on := final == 'h'; on == initially {
					delete(m.on, n)
				} else {
					m.on[n] = on
				}
			}
		}
	case final == 'm' && (s == "" || (s[0] >= '0' && s[0] <= '9') || s[0] == ';'):
		if s == "" || s == "0" || strings.HasPrefix(s, "0;") || strings.HasPrefix(s, ";") {
			m.sgr = nil
		}
		if s = strings.TrimPrefix(s, "0;"); s != "" && s != "0" {
			m.sgr = append(m.sgr, s)
		}
		if len(m.sgr) > maxSGR { // keep the newest: they paint over the oldest
			m.sgr = slices.Clone(m.sgr[len(m.sgr)-maxSGR:])
		}
	case final == 'p' && s == "!": // DECSTR, a soft reset
		m.on, m.keypad, m.sgr = nil, false, nil
	}
}

// maxSGR bounds the colour sequences remembered since the last reset.
const maxSGR = 8

// command takes a complete string sequence: OSC 0 and 2 set the title.
func (m *modes) command() {
	if len(m.seq) > maxSeq {
		return
	}
	for _, prefix := range []string{"]0;", "]2;"} {
		if t, ok := strings.CutPrefix(string(m.seq), prefix); ok {
			m.title = strings.ToValidUTF8(t, "")
		}
	}
}

// String returns the sequences that bring a freshly reset terminal to the
// followed state; "" when it is there already.
func (m *modes) String() string {
	var b strings.Builder
	numbers := make([]int, 0, len(m.on))
	for n := range m.on {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		final := "l"
		if m.on[n] {
			final = "h"
		}
		b.WriteString("\x1b[?" + strconv.Itoa(n) + final)
	}
	if m.keypad {
		b.WriteString("\x1b=")
	}
	if m.title != "" {
		b.WriteString("\x1b]2;" + m.title + "\x07")
	}
	for _, s := range m.sgr {
		b.WriteString("\x1b[" + s + "m")
	}
	return b.String()
}

// clone returns a copy that can be written to on its own.
func (m *modes) clone() *modes {
	c := *m
	c.seq, c.sgr = slices.Clone(m.seq), slices.Clone(m.sgr)
	c.on = make(map[int]bool, len(m.on))
	for n, on := range m.on {
		c.on[n] = on
	}
	return &c
}

// incompleteRune returns how many bytes the last character of p still lacks.
func incompleteRune(p []byte) int {
	for i := 1; i <= min(len(p), utf8.UTFMax-1); i++ {
		b := p[len(p)-i]
		if b >= 0xc0 {
			return max(runeLength(b)-i, 0)
		}
		if b < 0x80 {
			return 0
		}
	}
	return 0
}

// runeLength is the length that a UTF-8 leading byte announces.
func runeLength(b byte) int {
	switch {
	case b >= 0xf0:
		return 4
	case b >= 0xe0:
		return 3
	}
	return 2
}
