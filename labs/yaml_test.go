package labs

import (
	"strings"
	"testing"
)

// Whatever style a value is written in, each of its letters is found where it
// stands in the file.
func TestAlignFindsEachLetter(t *testing.T) {
	for name, body := range map[string]string{
		"plain":               "k: some text\n",
		"plain, two lines":    "k: some text\n  that goes on\n",
		"single quotes":       "k: 'it''s ''quoted'' text'\n",
		"double quotes":       `k: "a \"quoted\" text"` + "\n",
		"escaped white space": `k: "one\ttwo\nthree \u0078 four"` + "\n",
		"quotes, two lines":   "k: \"some\n  text\"\n",
		"literal":             "k: |\n    some\n      indented\n\n    text\n",
		"literal with indent": "k: |2-\n    some\n  text\n",
		"folded":              "k: >\n  some\n  text\n\n  and more\n",
		"after a comment":     "# why\nk: text # no\n",
		"letters of two":      "k: 'für das öde Äußere: ÿ'\n",
		"flow":                "{k: text}\n",
		"windows' line ends":  "k: |\r\n  some\r\n  text\r\n",
	} {
		t.Run(name, func(t *testing.T) { checkAlign(t, body) })
	}
}

func FuzzAlign(f *testing.F) {
	for _, seed := range []string{"k: a b\n", "k: 'a''b'\n", "k: \"\\x41\\u00e4\"\n", "k: |\n  a\n", "k: >\n  a\n  b\n"} {
		f.Add(seed)
	}
	f.Fuzz(checkAlign)
}

func checkAlign(t *testing.T, body string) {
	const before = "---\n"
	r := &report{src: newSource("x/lab.md", before+body)}
	m, ok := r.parseYAML(span{value: body, base: len(before)}, "a test", "k")
	if !ok || !m.has("k") {
		return
	}
	text, ok := m.text("k")
	if !ok {
		return
	}
	if len(text.table) != len(text.value) {
		t.Fatalf("%d places for %d bytes", len(text.table), len(text.value))
	}
	last := 0
	for i := range len(text.value) {
		at := text.at(i)
		if at < last || at > len(r.src.text) {
			t.Fatalf("byte %d of %q is at %d after %d", i, text.value, at, last)
		}
		last = at
		if c := text.value[i]; strings.IndexByte(" \t\n", c) < 0 && c < 0x80 && !strings.ContainsAny(body, `\`) && r.src.text[at] != c {
			t.Fatalf("byte %d of %q is %q, in the file %q", i, text.value, c, r.src.text[at])
		}
	}
}

func TestSourcePlaces(t *testing.T) {
	s := newSource("f", "one\nzwölf\r\n\nend")
	for _, row := range []struct{ offset, line, column int }{
		{0, 1, 1}, {3, 1, 4}, {4, 2, 1}, {8, 2, 4}, {13, 4, 1}, {16, 4, 4}, {99, 4, 4}, {-1, 1, 1},
	} {
		if line, column := s.place(row.offset); line != row.line || column != row.column {
			t.Errorf("place(%d) = %d:%d, want %d:%d", row.offset, line, column, row.line, row.column)
		}
	}
	if got := s.line(2); got != "zwölf" {
		t.Errorf("line(2) = %q", got)
	}
}
