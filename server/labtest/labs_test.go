package labtest

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestBuiltinLabs plays every built-in lab, as "nslab lab test labs" does.
func TestBuiltinLabs(t *testing.T) {
	found, parent := load(t, "../../labs")
	var out bytes.Buffer
	ok, err := Run(t.Context(), openHost(t), Options{Labs: found, Dir: parent, Parallel: parallel}, &out)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	t.Log("\n" + out.String())
	if !ok {
		t.Errorf("the built-in labs have mistakes")
	}
}

// TestReports plays labs with one kind of mistake each, which must be found, and
// a good one. What is printed stands beside each lab.
func TestReports(t *testing.T) {
	dirs, err := filepath.Glob("testdata/labs/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("there are no labs in testdata: %v", err)
	}
	host := openHost(t)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			found, parent := load(t, dir)
			var out bytes.Buffer
			ok, err := Run(t.Context(), host, Options{Labs: found, Dir: parent, Parallel: parallel, Wait: 10 * time.Second}, &out)
			if err != nil {
				t.Fatalf("Run: %v", err)
			}
			if want := filepath.Base(dir) == "good"; ok != want {
				t.Errorf("Run says %t, want %t", ok, want)
			}
			golden(t, filepath.Join(dir, "test.txt"), steady(out.String()))
		})
	}
}

// changing is what differs from one run to the next: pids, and times.
var changing = regexp.MustCompile(`\b[0-9]+\.[0-9]+ s\b|\[[0-9]+\] [0-9]+|\b[0-9]{4,}\b`)

func steady(out string) string { return changing.ReplaceAllString(out, "N") }

// golden compares text with a file, or writes the file with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the report differs from %s (-want +got):\n%s", path, diff)
	}
}
