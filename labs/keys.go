package labs

import "strings"

// Type returns the bytes that reach the pty when the line is typed: the text
// filled from the state, each of its lines with Enter. The error wraps
// ErrNotNow when something that the line speaks of is not there.
func (l Line) Type(s *State) (string, error) {
	text, err := l.Text.Fill(s)
	if err != nil {
		return "", err
	}
	return Keys(text), nil
}

// Keys returns the bytes of typing text: a line that is only ^C, ^D or ^Z is
// that key; any other is followed by Enter.
func Keys(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if len(line) == 2 && line[0] == '^' && strings.ContainsRune("CDZ", rune(line[1])) {
			b.WriteByte(line[1] - '@')
			continue
		}
		b.WriteString(line)
		b.WriteByte('\r')
	}
	return b.String()
}
