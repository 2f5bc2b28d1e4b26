package labs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, diff)
	}
}

// Each folder in testdata/lint is a lab with one kind of mistake; lint.txt
// beside it is what an author is told.
func TestLintSays(t *testing.T) {
	fsys := os.DirFS("testdata/lint")
	ids, err := labIDs(fsys)
	if err != nil || len(ids) < 40 {
		t.Fatalf("there are %d labs in testdata/lint (%v)", len(ids), err)
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			lab, problems := Parse(fsys, id)
			if len(problems) == 0 {
				t.Error("it has no problem")
			}
			if lab != nil {
				t.Error("Parse returned a lab beside its problems")
			}
			validPlaces(t, problems)
			golden(t, filepath.Join("testdata/lint", id, "lint.txt"), Format(problems))
		})
	}
}

func validPlaces(t *testing.T, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		if p.Line < 1 || p.Column < 1 || p.Message == "" || p.File == "" {
			t.Errorf("not a place or no message: %+v", p)
		}
		if n := len([]rune(p.Text)); p.Column > n+1 {
			t.Errorf("column %d is past the line's %d characters: %+v", p.Column, n, p)
		}
		if !strings.HasSuffix(p.Message, ".") && !strings.HasSuffix(p.Message, "?") {
			t.Errorf("not a sentence: %q", p.Message)
		}
	}
}

func TestLintOfWhatCannotBeRead(t *testing.T) {
	for name, row := range map[string]struct {
		fsys fstest.MapFS
		want string
	}{
		"no file":     {fstest.MapFS{}, "x/lab.md:1:1: There is no such file."},
		"too large":   {fstest.MapFS{"x/lab.md": {Data: make([]byte, maxFile+1)}}, "x/lab.md:1:1: The file is larger than 256 KiB."},
		"a folder":    {fstest.MapFS{"x/lab.md/y": {}}, "x/lab.md:1:1: This is not a regular file."},
		"not UTF-8":   {fstest.MapFS{"x/lab.md": {Data: []byte("---\ntitle: \xff\n---\n")}}, "x/lab.md:2:8: This byte is not valid UTF-8."},
		"tracks.yaml": {fstest.MapFS{"x/lab.md": {Data: []byte(front + "## S\n")}, "tracks.yaml": {Data: []byte("- id: A\n")}}, `tracks.yaml:1:3: A track needs "title".`},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Parse(row.fsys, "x")
			if len(problems) != 1 {
				t.Fatalf("problems: %v", problems)
			}
			if got := problems[0].head(); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestDidYouMean(t *testing.T) {
	for _, row := range []struct{ word, want string }{
		{"hostnam", `Did you mean "hostname"?`},
		{"ust", `Did you mean "uts"?`},
		{"UTS", `Did you mean "uts"?`},
		{"network", `Did you mean "net"?`},
		{"elephant", "Known: uts, net, hostname."},
	} {
		if got := didYouMean(row.word, []string{"uts", "net", "hostname"}); got != row.want {
			t.Errorf("didYouMean(%q) = %q, want %q", row.word, got, row.want)
		}
	}
}

// A long line is shown around its caret, in 80 columns.
func TestProblemShowsPartOfLongLine(t *testing.T) {
	text := strings.Repeat("a", 200) + "\tX" + strings.Repeat("b", 200)
	shown := Problem{File: "x/lab.md", Line: 3, Column: 202, Text: text, Message: "M."}.String()
	lines := strings.Split(shown, "\n")
	caret := strings.IndexByte(lines[2], '^')
	if len([]rune(lines[1])) > 84 || []rune(lines[1])[caret] != 'X' {
		t.Errorf("the caret is not below X:\n%s", shown)
	}
}

func TestBuiltinLabsAreGood(t *testing.T) {
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if problems := c.Problems(); len(problems) > 0 {
		t.Error(Format(problems))
	}
}

func FuzzParse(f *testing.F) {
	ids, _ := labIDs(os.DirFS("testdata/lint"))
	for _, id := range ids {
		if text, err := os.ReadFile(filepath.Join("testdata/lint", id, fileName)); err == nil && len(text) < 4096 {
			f.Add(string(text))
		}
	}
	uts, _ := builtin.ReadFile("uts/lab.md")
	f.Add(string(uts))
	state := NewState(fixture())
	f.Fuzz(func(t *testing.T, text string) {
		lab, problems := Parse(fstest.MapFS{"x/lab.md": {Data: []byte(text)}}, "x")
		if (lab == nil) == (len(problems) == 0) {
			t.Fatalf("lab %v with problems %v", lab, problems)
		}
		src := newSource("x/lab.md", text)
		for _, p := range problems {
			if p.Line < 1 || p.Line > len(src.starts) || p.Column < 1 || p.Column > len([]rune(p.Text))+1 {
				t.Fatalf("no place in the file: %+v", p)
			}
			_ = p.String()
		}
		if lab == nil {
			return
		}
		for _, c := range lab.Checks() {
			_, _ = c.Eval(state)
		}
		for _, q := range lab.Questions() {
			_, _ = q.Judge(state, "1")
		}
		if markup := fmt.Sprintf("%+v", lab.View()); strings.Contains(strings.ToLower(markup), "<script") {
			t.Fatalf("there is a script in: %s", markup)
		}
	})
}
