package labtest

import (
	"fmt"
	"log/slog"
	"os"
	"testing"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
)

// TestMain runs the tests as the program itself runs: with CAP_SYS_ADMIN in a user
// namespace, which an ordinary user's tests make first.
func TestMain(m *testing.M) {
	done, status, err := sandbox.InUserNamespace()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// parallel is how many sandboxes one lab's test uses at once; several labs may be
// tested at once.
const parallel = 6

// openHost opens a host of sandboxes, or skips where there cannot be one. It is
// closed when the test and its parallel parts have ended.
func openHost(t *testing.T) *sandbox.Host {
	t.Helper()
	host, err := sandbox.Open(t.Context(), sandbox.Options{MaxSandboxes: 16 * parallel, Pool: 1, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		if os.Getenv("NSLAB_MUST_WORK") != "" {
			t.Fatalf("no sandboxes: %v", err)
		}
		t.Skipf("no sandboxes can be started here: %v", err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return host
}

// load reads the labs in dir.
func load(t *testing.T, dir string) ([]*labs.Lab, string) {
	t.Helper()
	found, parent, problems, err := Load(dir)
	if err != nil || len(problems) > 0 {
		t.Fatalf("Load(%q): %v\n%s", dir, err, labs.Format(problems))
	}
	return found, parent
}
