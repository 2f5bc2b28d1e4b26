package labs

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writeLab writes front matter and a body; what replaces words of the front.
func writeLab(t *testing.T, dir, id, body string, what ...string) {
	t.Helper()
	folder := filepath.Join(dir, id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(what...).Replace(front) + body
	// As editors do: write beside it, then rename.
	if err := os.WriteFile(filepath.Join(folder, "lab.md~"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(folder, "lab.md~"), filepath.Join(folder, fileName)); err != nil {
		t.Fatal(err)
	}
}

// open returns a catalogue of dir alone, with the track of front matter.
func open(t *testing.T, dir string) *Catalog {
	t.Helper()
	tracks := fstest.MapFS{tracksFile: {Data: []byte("- id: first-steps\n  title: First steps\n")}}
	return newCatalog(labSource{fsys: tracks}, labSource{os.DirFS(dir), dir})
}

func TestCatalogOrdersLabs(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, tracksFile), []byte("- id: mine\n  title: My own\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	mine := []string{"track: first-steps", "track: mine"}
	writeLab(t, dir, "zulu", "## S\n", append(mine, "order: 1", "order: 1")...)
	writeLab(t, dir, "alpha", "## S\n", append(mine, "order: 1", "order: 2")...)
	writeLab(t, dir, "first", "## S\n", "order: 1", "order: 999")
	writeLab(t, dir, "broken", "no heading\n")
	c := open(t, dir)

	var ids []string
	for _, e := range c.Labs() {
		ids = append(ids, e.ID)
	}
	if got := strings.Join(ids, " "); got != "first zulu alpha broken" {
		t.Errorf("order: %s", got)
	}
	if next := c.Next("zulu") + "," + c.Next("alpha") + "," + c.Next("first") + "," + c.Next("nobody"); next != "alpha,,," {
		t.Errorf("Next: %s", next)
	}
	if diff := cmp.Diff([]Track{{"first-steps", "First steps"}, {"mine", "My own"}}, c.Tracks()); diff != "" {
		t.Error(diff)
	}
	if e, ok := c.Lab("broken"); !ok || !e.Broken() || len(e.Problems) != 1 {
		t.Errorf("broken: %+v", e)
	}
}

func TestCatalogKeepsLastGoodVersion(t *testing.T) {
	dir := t.TempDir()
	writeLab(t, dir, "mine", "## One\n")
	c := open(t, dir)
	changed, stop := c.Subscribe()
	defer stop()
	good, _ := c.Lab("mine")

	writeLab(t, dir, "mine", "no heading\n")
	c.Reload()
	if broken, _ := c.Lab("mine"); broken.Lab != good.Lab || len(broken.Problems) != 1 {
		t.Errorf("after a bad change: %+v", broken)
	}
	if len(changed) != 1 {
		t.Error("the subscriber was not told")
	}
	<-changed
	c.Reload()
	if len(changed) != 0 {
		t.Error("the subscriber was told of nothing new")
	}
	writeLab(t, dir, "mine", "## Two\n")
	c.Reload()
	if mended, _ := c.Lab("mine"); mended.Lab.Steps[0].Title != "Two" || mended.Lab.Version == good.Lab.Version || mended.Problems != nil {
		t.Errorf("after a good change: %+v", mended)
	}
	if err := os.RemoveAll(filepath.Join(dir, "mine")); err != nil {
		t.Fatal(err)
	}
	c.Reload()
	if _, ok := c.Lab("mine"); ok {
		t.Error("the lab is still there after its folder has gone")
	}
}

func TestCatalogRefusesCircles(t *testing.T) {
	dir := t.TempDir()
	writeLab(t, dir, "a", "## S\n", "order: 1", "order: 1\nprerequisites: [b]")
	writeLab(t, dir, "b", "## S\n", "order: 1", "order: 1\nprerequisites: [c]")
	writeLab(t, dir, "c", "## S\n", "order: 1", "order: 1\nprerequisites: [b]")
	c := open(t, dir)
	var got []string
	for _, p := range c.Problems() {
		got = append(got, p.Message)
	}
	want := []string{
		"The lab is its own prerequisite: b needs c needs b.",
		"The lab is its own prerequisite: c needs b needs c.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCatalogNeedsItsFolder(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "no")); err == nil {
		t.Error("a folder that is not there is no error")
	}
	if _, err := Open("catalog.go"); err == nil {
		t.Error("a file is no error")
	}
}

// Watch must bring a saved change within a second, also in a folder that is new.
func TestCatalogWatches(t *testing.T) {
	dir := t.TempDir()
	writeLab(t, dir, "mine", "## One\n")
	c := open(t, dir)
	changed, stop := c.Subscribe()
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Watch(ctx) }()

	await := func(what string, seen func() bool) {
		t.Helper()
		// Ten times what is promised: the machine may be busy.
		timeout := time.After(10 * time.Second)
		for !seen() {
			select {
			case <-changed:
			case err := <-done:
				t.Fatalf("Watch returned %v", err)
			case <-timeout:
				t.Fatalf("%s was not seen", what)
			}
		}
	}
	title := func(id string) string {
		e, _ := c.Lab(id)
		if e.Lab == nil {
			return ""
		}
		return e.Lab.Steps[0].Title
	}
	writeLab(t, dir, "mine", "## Two\n")
	await("a change", func() bool { return title("mine") == "Two" })
	writeLab(t, dir, "another", "## New\n")
	await("a new lab", func() bool { return title("another") == "New" })
	writeLab(t, dir, "another", "## Newer\n")
	await("a change in the new lab", func() bool { return title("another") == "Newer" })
	writeLab(t, dir, "mine", "broken\n")
	await("a mistake", func() bool { e, _ := c.Lab("mine"); return len(e.Problems) == 1 && title("mine") == "Two" })

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	await("the end of the folder", func() bool { return len(c.Labs()) == 0 })
	writeLab(t, dir, "mine", "## Back\n")
	await("another folder in its place", func() bool { return title("mine") == "Back" })

	cancel()
	if err := <-done; err != nil {
		t.Errorf("Watch returned %v at its end", err)
	}
}

func TestNewLabIsGood(t *testing.T) {
	dir := t.TempDir()
	name, err := New(dir, "my-lab")
	if err != nil {
		t.Fatal(err)
	}
	ids, problems, err := Lint(filepath.Dir(name))
	if err != nil || len(problems) > 0 || len(ids) != 1 || ids[0] != "my-lab" {
		t.Errorf("Lint of one lab: %v, %v\n%s", ids, err, Format(problems))
	}
	if ids, problems, err = Lint(dir); err != nil || len(problems) > 0 || len(ids) != 1 {
		t.Errorf("Lint of the folder: %v, %v\n%s", ids, err, Format(problems))
	}
	if _, err := New(dir, "my-lab"); err == nil {
		t.Error("New wrote over a lab")
	}
	if _, err := New(dir, "../x"); err == nil {
		t.Error("New wrote outside its folder")
	}
}

func TestLintNamesFilesAsTheirReaderDoes(t *testing.T) {
	dir := t.TempDir()
	writeLab(t, dir, "mine", "broken\n")
	for _, of := range []string{dir, filepath.Join(dir, "mine")} {
		_, problems, err := Lint(of)
		if err != nil || len(problems) != 1 || problems[0].File != filepath.Join(dir, "mine", fileName) {
			t.Errorf("Lint(%s): %v, %v", of, problems, err)
		}
	}
	if _, _, err := Lint(t.TempDir()); err == nil {
		t.Error("an empty folder is no error")
	}
}

// A lab saved on Windows is the same lab.
func TestLabWithWindowsLineEnds(t *testing.T) {
	text := strings.ReplaceAll(front+checks+"\n~~~command\nfirst\nsecond\n~~~\n"+strings.TrimPrefix(questions, "## Step\n"), "\n", "\r\n")
	lab, problems := Parse(fstest.MapFS{"x/lab.md": {Data: []byte(text)}}, "x")
	if len(problems) > 0 {
		t.Fatal(Format(problems))
	}
	if got := lab.Command("c2").Text.String(); got != "first\nsecond" {
		t.Errorf("the command is %q", got)
	}
	keys, err := lab.Check("named").Solution[1].Type(NewState(fixture()))
	if want := "cat > /tmp/x <<EOF\r301\rEOF\r"; keys != want || err != nil {
		t.Errorf("typed %q, %v; want %q", keys, err, want)
	}
}
