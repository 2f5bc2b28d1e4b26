package labs

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// source is the text of one file, with the means to say where in it a byte is.
// All positions inside this package are byte offsets into it; they become
// lines and columns only in a Problem.
type source struct {
	file   string
	text   string
	starts []int // offset of each line's first byte
}

func newSource(file, text string) *source {
	s := &source{file: file, text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			s.starts = append(s.starts, i+1)
		}
	}
	return s
}

// place returns the line and column of an offset, both from 1, the column in
// characters. An offset outside the text is moved to its nearest end.
func (s *source) place(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.text))
	i := sort.SearchInts(s.starts, offset+1) - 1
	return i + 1, utf8.RuneCountInString(s.text[s.starts[i]:offset]) + 1
}

// line returns the text of a line, from 1, without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.starts) {
		return ""
	}
	rest := s.text[s.starts[n-1]:]
	if end := strings.IndexByte(rest, '\n'); end >= 0 {
		rest = rest[:end]
	}
	return strings.TrimSuffix(rest, "\r")
}

// runeOffset returns the byte offset of the n-th character of text.
func runeOffset(text string, n int) int {
	for i := range text {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(text)
}

// span is a piece of text that came out of a source, possibly unquoted or
// unindented on the way, and remembers where each of its bytes stood.
type span struct {
	value string
	// base is the offset of the first byte; table, when it is there, is that
	// of each byte.
	base  int
	table []int
}

// at returns the offset in the source of byte i of the span.
func (s span) at(i int) int {
	switch {
	case s.table == nil:
		return s.base + min(max(i, 0), len(s.value))
	case len(s.table) == 0:
		return s.base
	case i >= len(s.table):
		return s.table[len(s.table)-1] + 1
	}
	return s.table[max(i, 0)]
}

// slice returns the part of the span from byte i to byte j.
func (s span) slice(i, j int) span {
	out := span{value: s.value[i:j], base: s.at(i)}
	if s.table != nil {
		out.table = s.table[i:j]
	}
	return out
}

// trim returns the span without white space at both ends.
func (s span) trim() span {
	i := len(s.value) - len(strings.TrimLeft(s.value, " \t\r\n"))
	j := len(strings.TrimRight(s.value, " \t\r\n"))
	return s.slice(i, max(i, j))
}
