package labtest

import (
	"regexp"
	"strings"
)

// escapes are the sequences by which a program steers a terminal: CSI, OSC, and
// the two-byte ones. See console_codes(4).
var escapes = regexp.MustCompile(`\x1b(?:\[[0-9:;<=>?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cDEHMNOZ])`)

// plain returns terminal output as text: lines without escape sequences and
// without what a carriage return or a backspace took back.
func plain(out string) string {
	out = escapes.ReplaceAllString(out, "")
	out = strings.ReplaceAll(out, "\r\n", "\n")
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		lines[i] = erase(strings.TrimRight(line, "\r"))
	}
	return strings.Join(lines, "\n")
}

// erase applies backspaces, drops what else has no picture, and keeps of a line
// that was written anew what was written last.
func erase(line string) string {
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	var out []rune
	for _, r := range line {
		switch {
		case r == '\b':
			out = out[:max(0, len(out)-1)]
		case r >= ' ' && r != 0x7f || r == '\t':
			out = append(out, r)
		}
	}
	return string(out)
}

// tail returns the last n lines that are not empty.
func tail(text string, n int) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(line, " \t"); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-n):]
}

var (
	// prompts end what bash and sh print when they wait for a command.
	prompts = regexp.MustCompile(`[#$] $`)
	// continuation is what they print when a command is not complete.
	continuation = regexp.MustCompile(`(?m)^> \z`)
	// slips are what they print for what is no command at all: a mistake of
	// the lab's, whatever else the line does.
	slips = regexp.MustCompile(`(?m)\S*sh: .*(?:not found|syntax error|unexpected EOF|unexpected end of file).*$`)
)
