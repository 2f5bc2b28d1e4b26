package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/nslab/server/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func passed(t *testing.T, s *store.Store, learner string) map[string][]string {
	t.Helper()
	p, err := s.Passed(t.Context(), learner)
	if err != nil {
		t.Fatalf("passed %s: %v", learner, err)
	}
	return p
}

func TestProgressOutlivesTheServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made on the way?#%")
	s := open(t, dir)
	for _, it := range []store.Item{{"ann", "uts", "a"}, {"ann", "uts", "b"}, {"ann", "uts", "a"}, {"bob", "net", "x"}} {
		if err := s.Pass(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	want := map[string][]string{"uts": {"a", "b"}}
	if diff := cmp.Diff(want, passed(t, s, "ann")); diff != "" {
		t.Errorf("ann's progress (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{}, passed(t, s, "nobody")); diff != "" {
		t.Errorf("a stranger's progress (-want +got):\n%s", diff)
	}
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("the data directory is %v, %v; want mode 0700", fi.Mode(), err)
	}
}

func TestAnswersAreCountedAndOnceCorrectStayPassed(t *testing.T) {
	s := open(t, t.TempDir())
	q := store.Item{Learner: "ann", Lab: "uts", ID: "q1"}
	for i, a := range []struct {
		answer  string
		correct bool
	}{{"no", false}, {"yes", true}, {"no again", false}} {
		tries, err := s.Answer(t.Context(), q, a.answer, a.correct)
		if err != nil {
			t.Fatal(err)
		}
		if tries != i+1 {
			t.Errorf("answer %d counted as try %d", i+1, tries)
		}
		wantPassed := i >= 1
		if got := len(passed(t, s, "ann")["uts"]) == 1; got != wantPassed {
			t.Errorf("after %q the question is passed: %v, want %v", a.answer, got, wantPassed)
		}
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	other := open(t, t.TempDir())
	q := store.Item{Learner: "ann", Lab: "uts", ID: "q1"}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := s.Answer(context.WithoutCancel(t.Context()), q, "x", false); err != nil {
					t.Error(err)
				}
				passed(t, s, "ann")
				if err := other.Pass(context.WithoutCancel(t.Context()), q); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if tries, err := s.Answer(t.Context(), q, "x", false); err != nil || tries != 81 {
		t.Errorf("after 80 answers the next is try %d, %v", tries, err)
	}
}

func TestOpenSaysWhatIsWrongWithTheDirectory(t *testing.T) {
	tmp := t.TempDir()
	plain := filepath.Join(tmp, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(tmp, "broken")
	if err := os.Mkdir(broken, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "nslab.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, dir, want string }{
		{"is a file", plain, "store: the data directory " + plain + " cannot be made: not a directory (give a directory that this user can write with --data DIR)"},
		{"is below a file", plain + "/x", "store: the data directory " + plain + "/x cannot be made: not a directory (give a directory that this user can write with --data DIR)"},
		{"is the kernel's", "/proc/1", "store: the data directory /proc/1 cannot be written: no such file or directory (give a directory that this user can write with --data DIR)"},
		{"holds something else", broken, "file is not a database"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), tt.dir)
			if err == nil {
				s.Close()
				t.Fatalf("open %s succeeded", tt.dir)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %q, want %q in it", err, tt.want)
			}
		})
	}
}
