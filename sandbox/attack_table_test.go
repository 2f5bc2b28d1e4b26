//go:build linux

package sandbox

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of attacks into SECURITY.md")

const securityFile = "../SECURITY.md"

// Between these the table stands.
const (
	tableBegin = "<!-- attacks: written by go test ./sandbox -run TestSecurityTable -update -->\n"
	tableEnd   = "<!-- end of attacks -->\n"
)

// TestSecurityTable demands that SECURITY.md lists the attacks that are tried.
func TestSecurityTable(t *testing.T) {
	got, err := os.ReadFile(securityFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the test does not run in a checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(got, []byte(tableBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(tableEnd))
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table, between %q and %q", securityFile, tableBegin, tableEnd)
	}
	want := bytes.Join([][]byte{before, []byte(tableBegin + attackTable() + tableEnd), after}, nil)
	if bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Fatalf("the table of attacks in %s is old: run go test ./sandbox -run TestSecurityTable -update", securityFile)
	}
	if err := os.WriteFile(securityFile, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// attackTable is the suite in Markdown.
func attackTable() string {
	var b strings.Builder
	n := 0
	for _, area := range attacks {
		fmt.Fprintf(&b, "\n### %s\n\n| | A learner … | is stopped by | and succeeds | where this can be shown |\n| --- | --- | --- | --- | --- |\n", area.on)
		for _, a := range area.all {
			n++
			fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", n, a.name, a.defence, a.without.words, cmp.Or(a.where.words, "everywhere"))
		}
	}
	b.WriteString("\n")
	return b.String()
}

// TestSuiteIsWhole demands what a table of attacks must be.
func TestSuiteIsWhole(t *testing.T) {
	seen, n := map[string]bool{}, 0
	for _, area := range attacks {
		for _, a := range area.all {
			n++
			switch {
			case seen[a.name]:
				t.Errorf("two attacks are called %q", a.name)
			case (a.command == "") == (a.try == nil):
				t.Errorf("%q has neither or both of a command and a try", a.name)
			case a.defence == "" || a.without.words == "":
				t.Errorf("%q does not say what stops it, or how it is without", a.name)
			}
			seen[a.name] = true
		}
	}
	if n < 60 {
		t.Errorf("there are %d attacks", n)
	}
}
