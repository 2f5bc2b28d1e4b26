package labtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.org/nslab/sandbox"
)

// TestSessions plays what the manual pages of the eight types, and of the tools,
// show as examples. A session reads as a terminal does:
//
//	# What it shows.
//	# needs: nft ping
//	$ a command in shell one
//	> the rest of it, if it has several lines
//	what it prints
//	two$ a command in shell two
//
// "..." in a line stands for any text, and alone for any lines. Of a command of
// several lines the output is not compared. "ids" among the needs means more ids
// than one.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("testdata/sessions/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no sessions in testdata: %v", err)
	}
	host := openHost(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			playSession(t, host, file)
		})
	}
}

func playSession(t *testing.T, host *sandbox.Host, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := sitAt(t, host)
	for _, e := range parseSession(string(text)) {
		for _, need := range e.needs {
			d.need(need)
		}
		s := d.one
		if e.shell == "two" {
			s = d.two
		}
		got := d.run(s, e.command)
		if slip := slips.FindString(got); slip != "" {
			t.Fatalf("%s:%d: %s\n%s", file, e.line, e.command, slip)
		}
		if strings.Contains(e.command, "\n") {
			continue
		}
		if !e.want().MatchString(got) {
			t.Errorf("%s:%d: %s\nprints\n%s\nwant\n%s", file, e.line, e.command, got, strings.Join(e.output, "\n"))
		}
	}
}

// need skips the test where a program is missing, or more ids than one.
func (d *desk) need(what string) {
	d.t.Helper()
	test := "command -v " + what + " || echo missing"
	if what == "ids" {
		test = "grep -q ' 1$' /proc/self/uid_map && echo missing"
	}
	if kind, ok := strings.CutPrefix(what, "link:"); ok {
		test = "ip link add probe type " + kind + " && ip link del probe || echo missing"
	}
	if path, ok := strings.CutPrefix(what, "owned:"); ok {
		test = "test -O " + path + " || echo missing"
	}
	if strings.Contains(d.run(d.one, test), "missing") {
		d.t.Skipf("this machine lacks %s", what)
	}
}

// exchange is one command of a session and what it prints.
type exchange struct {
	line           int
	needs          []string
	shell, command string
	output         []string
}

func parseSession(text string) []exchange {
	var out []exchange
	var needs []string
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		last := len(out) - 1
		shell, command, isCommand := strings.Cut(line, "$ ")
		switch {
		case strings.HasPrefix(line, "# needs: "):
			needs = strings.Fields(strings.TrimPrefix(line, "# needs: "))
		case strings.HasPrefix(line, "# "):
		case isCommand && (shell == "" || shell == "two"):
			out = append(out, exchange{line: i + 1, needs: needs, shell: shell, command: command})
			needs = nil
		case strings.HasPrefix(line, "> "):
			out[last].command += "\n" + strings.TrimPrefix(line, "> ")
		default:
			out[last].output = append(out[last].output, line)
		}
	}
	return out
}

// want is the pattern that the output must match.
func (e exchange) want() *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^`)
	for _, line := range e.output {
		if line == "..." {
			b.WriteString(`(?:.*\n)*`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), `\.\.\.`, `.*`) + `[ \t]*\n`)
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String())
}
