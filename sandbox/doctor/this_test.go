//go:build linux

package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/nslab/sandbox"
)

// TestMain is the program as far as doctor executes it.
func TestMain(m *testing.M) {
	if !slices.Contains(os.Args, "try-boot") {
		os.Exit(m.Run())
	}
	done, status, err := sandbox.InUserNamespace()
	if err == nil && !done {
		var t Times
		if t, err = TryBoot(context.Background(), ""); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(t)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(status)
}

// TestThis examines the host of the tests. Where sandboxes must work, so must
// the whole examination.
func TestThis(t *testing.T) {
	var text strings.Builder
	r := Examine(context.Background(), This("", "try-boot"), Wants{Data: t.TempDir()})
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	if !r.Works && os.Getenv("NSLAB_MUST_WORK") != "" {
		t.Errorf("sandboxes do not run here:\n%s", text.String())
	}
	for _, f := range r.Findings {
		if r.Works && f.State == Impossible {
			t.Errorf("%s: impossible, yet sandboxes run: %s", f.Name, f.Says)
		}
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, dir string
		ok        bool
	}{
		{"a directory", dir, true},
		{"one that could be made", dir + "/some/where", true},
		{"a file", file, false},
		{"below a file", file + "/some/where", false},
		{"below /proc", "/proc/nslab", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := writable(tt.dir); (err == nil) != tt.ok {
				t.Errorf("writable(%q): %v", tt.dir, err)
			}
		})
	}
}

// TestNoTree finds nothing and still reports.
func TestNoTree(t *testing.T) {
	h := This(t.TempDir(), "try-boot")
	h.Boot = func(context.Context) (Times, error) { return Times{}, fmt.Errorf("no") }
	r := Examine(context.Background(), h, Wants{Data: "/nowhere/at/all"})
	if r.Works || len(r.Findings) < 8 {
		t.Errorf("Examine without a tree: works %v, %d findings", r.Works, len(r.Findings))
	}
}
