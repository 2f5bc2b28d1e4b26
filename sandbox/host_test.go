//go:build linux

package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.org/nslab/sandbox/snapshot"
)

// TestMain runs the tests as the program itself runs: with CAP_SYS_ADMIN in a
// user namespace, which an ordinary user's tests make first.
func TestMain(m *testing.M) {
	if err := withServerKeys(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	done, status, err := InUserNamespace()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// openHostFor opens a Host for one test, or skips where there cannot be one.
func openHostFor(t testing.TB, o Options) *Host {
	t.Helper()
	if o.MaxSandboxes == 0 {
		o.MaxSandboxes = 8
	}
	h, err := Open(context.Background(), o)
	if err != nil {
		if os.Getenv("NSLAB_MUST_WORK") != "" {
			t.Fatalf("Open(%+v): %v", o, err)
		}
		t.Skipf("no sandboxes here: %v", err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return h
}

// takeFor takes a sandbox for one test.
func takeFor(t testing.TB, h *Host) *Sandbox {
	t.Helper()
	s, err := h.Take(context.Background())
	if err != nil {
		t.Fatalf("Take: %v", err)
	}
	t.Cleanup(func() {
		s.End(Reason{Code: "deleted"})
		<-s.Done()
	})
	return s
}

// typist types into a shell and reads what comes back.
type typist struct {
	t    testing.TB
	a    *Attachment
	seen bytes.Buffer
}

func startFor(t testing.TB, s *Sandbox, types ...snapshot.Type) (*Shell, *typist) {
	t.Helper()
	sh, err := s.StartShell(context.Background(), ShellSpec{Namespaces: types, Title: "one", Cols: 200})
	if err != nil {
		t.Fatalf("StartShell(%v): %v", types, err)
	}
	a := sh.Terminal().Attach(AttachOptions{Offset: -1})
	t.Cleanup(a.Close)
	ty := &typist{t: t, a: a}
	ty.until("# ")
	return sh, ty
}

// until reads until the output holds text, and returns what came up to there
// since the last call.
func (ty *typist) until(text string) string {
	ty.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for !strings.Contains(ty.seen.String(), text) {
		c, err := ty.a.Next(ctx)
		if err != nil {
			ty.t.Fatalf("wait for %q: %v; the output so far:\n%s", text, err, ty.seen.String())
		}
		ty.seen.Write(c.Data)
		ty.a.Ack(c.Offset + int64(len(c.Data)))
	}
	before, after, _ := strings.Cut(ty.seen.String(), text)
	ty.seen.Reset()
	ty.seen.WriteString(after)
	return before + text
}

// run types a command and returns its output, once the prompt is back.
func (ty *typist) run(command string) string {
	ty.t.Helper()
	// Quoted so that the echo of what was typed is not taken for the output.
	ty.keys("echo '<'begin'>'; " + command + "; echo '<'end'>'\r")
	out := ty.until("<end>\r\n")
	_, out, _ = strings.Cut(out, "<begin>\r\n")
	out, _, _ = strings.Cut(out, "<end>")
	ty.until("# ")
	return strings.ReplaceAll(out, "\r\n", "\n")
}

// keys types text as it is.
func (ty *typist) keys(text string) {
	ty.t.Helper()
	if err := ty.a.Write(context.Background(), []byte(text)); err != nil {
		ty.t.Fatalf("type %q: %v", text, err)
	}
}

func TestTakeFromPool(t *testing.T) {
	h := openHostFor(t, Options{MaxSandboxes: 3, Pool: 2})
	eventually(t, "the pool fills", func() bool { return h.Stats().Pooled == 2 })
	a := takeFor(t, h)
	eventually(t, "the pool fills again", func() bool { return h.Stats() == Stats{Taken: 1, Pooled: 2, Booted: 3} })
	b := takeFor(t, h)
	if a.ID() == b.ID() {
		t.Errorf("two sandboxes have the id %s", a.ID())
	}
	eventually(t, "the pool leaves room for no more than may be taken", func() bool { s := h.Stats(); return s.Taken == 2 && s.Pooled == 1 })
	takeFor(t, h)
	if _, err := h.Take(context.Background()); !errors.Is(err, ErrNoCapacity) {
		t.Errorf("a fourth of three: %v", err)
	}
	if err := h.Ready(); !errors.Is(err, ErrNoCapacity) {
		t.Errorf("Ready at capacity: %v", err)
	}
	a.End(Reason{Code: "deleted"})
	<-a.Done()
	eventually(t, "room again", func() bool { return h.Ready() == nil })
	takeFor(t, h)
}

func TestOpenRefuses(t *testing.T) {
	empty := t.TempDir()
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"no sandboxes", Options{}, "at least one sandbox must be allowed"},
		{"a tree that is not there", Options{MaxSandboxes: 1, Rootfs: empty + "/missing"}, "has no /usr"},
		{"a tree that is empty", Options{MaxSandboxes: 1, Rootfs: empty}, "has no /usr"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Open(context.Background(), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open says %v, want something with %q", err, tt.want)
			}
		})
	}
}
