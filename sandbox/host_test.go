//go:build linux

package sandbox

import (
	"bytes"
	"context"
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

// until reads until the output holds text, and returns it all since the last.
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
	all := ty.seen.String()
	ty.seen.Reset()
	return all
}

// run types a command and returns its output.
func (ty *typist) run(command string) string {
	ty.t.Helper()
	ty.type_(command + "; echo \"<\"done\">\"\r")
	out := ty.until("<done>\r\n")
	_, out, _ = strings.Cut(out, "\r\n")
	out, _, _ = strings.Cut(out, "<done>")
	return strings.ReplaceAll(out, "\r\n", "\n")
}

func (ty *typist) type_(text string) {
	ty.t.Helper()
	if err := ty.a.Write(context.Background(), []byte(text)); err != nil {
		ty.t.Fatalf("type %q: %v", text, err)
	}
}

func TestBoot(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	fmt.Println(ty.run("id; hostname; ls -la / /dev /run; findmnt -A; ps aux; ip -c=never addr; env; mount | wc -l; df -h"))
	fmt.Println(ty.run("ls -la /usr | head -5; cat /proc/self/uid_map; ip netns add demo; ip netns exec demo ip -c=never addr; ls /sys/class/net; unshare --mount --pid --fork --mount-proc ps aux; nsenter -a -t 1 hostname; nsenter -t $$ -a hostname; ls -la /proc/$$/ns"))
	fmt.Println(ty.run("sudo unshare --uts bash -c 'hostname container-test; hostname'; hostname; su learner -c id; su learner -c 'sudo id'; ping -c1 127.0.0.1; su learner -c 'ping -c1 127.0.0.1'; mount -o remount,rw /usr; touch /usr/x; touch /usr/bin/x; unshare -Urm --map-auto id; ls /proc/1/root/; cat /proc/1/environ; ls -la /proc/1/fd; ls /proc/1/task"))
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%+v\n", snap.Processes)
	for _, n := range snap.Namespaces {
		fmt.Println(n.Type, n.Inode, n.ID, n.Owner, n.Parent, n.Holders, n.Hostname, n.Interfaces, n.Routes, len(n.Mounts), n.UIDMap, n.Offsets)
	}
}
