//go:build linux

package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// gone reports whether a process of the server's pid namespace is no more.
func gone(pid int) bool { return unix.Kill(pid, 0) == unix.ESRCH }

// outside returns the pids, as the server sees them, of all processes of a
// sandbox.
func outside(t *testing.T, s *Sandbox) []int {
	t.Helper()
	var pids []int
	for _, p := range snapshotFor(t, s).Processes {
		pids = append(pids, p.HostPID)
	}
	return pids
}

// TestEnd ends a sandbox with things in it in each way there is, and demands
// that no process is left and that everybody is told.
func TestEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*Sandbox, *typist)
		code string
	}{
		{"by End", func(s *Sandbox, _ *typist) { s.End(Reason{Code: "deleted", Detail: "x"}) }, "deleted"},
		{"by the death of init", func(s *Sandbox, _ *typist) { _ = unix.Kill(s.pid, unix.SIGKILL) }, "killed"},
		{"by a learner who makes init crash", func(_ *Sandbox, ty *typist) { ty.keys("kill -SEGV 1; kill -SEGV 1\r") }, "killed"},
		{"by a learner who traces init and speaks for it", func(_ *Sandbox, ty *typist) {
			ty.keys(`gdb -q -p 1 -batch -ex 'call (int)close(3)' >/dev/null 2>&1; ` +
				`strace -qq -p 1 -e inject=recvmsg:error=ECONNRESET -e trace=recvmsg >/dev/null 2>&1 & sleep 0.2; kill -SEGV 1` + "\r")
		}, "killed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := openHostFor(t, Options{})
			s := takeFor(t, h)
			sh, ty := startFor(t, s)
			ty.run("sleep 1000 & unshare --pid --fork --mount-proc sleep 1000 & nohup setsid sleep 1000 >/dev/null 2>&1 & ip netns add kept; sleep 0.1")
			pids := outside(t, s)
			tt.end(s, ty)
			select {
			case <-s.Done():
			case <-bounded(t).Done():
				t.Fatal("the sandbox does not end")
			}
			if r, ok := s.Ended(); !ok || r.Code != tt.code || r.Detail == "" {
				t.Errorf("it ended with %+v", r)
			}
			for _, pid := range pids {
				if !gone(pid) {
					t.Errorf("process %d is left", pid)
				}
			}
			<-sh.Done()
			if _, err := s.StartShell(context.Background(), ShellSpec{}); err != ErrEnded {
				t.Errorf("StartShell afterwards: %v", err)
			}
			if _, err := s.Snapshot(context.Background()); err != ErrEnded {
				t.Errorf("Snapshot afterwards: %v", err)
			}
		})
	}
}

// TestServerKilled kills a server with SIGKILL and demands that nothing is
// left of its sandboxes: no process, and so no namespace and no mount.
func TestServerKilled(t *testing.T) {
	if os.Getenv("NSLAB_TEST_SERVER") != "" {
		serveForever(t)
	}
	openHostFor(t, Options{}) // or skip
	for _, tt := range []struct {
		name string
		user uint32 // 0: who the test is
	}{
		{"as who we are", 0},
		// What is killed then is the process outside the server's own user
		// namespace, which is the one that a person sees.
		{"as an ordinary user", 54321},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe", "-test.run=^TestServerKilled$", "-test.v")
			cmd.Env = append(os.Environ(), "NSLAB_TEST_SERVER=1")
			if tt.user != 0 {
				if os.Getuid() != 0 || openHostFor(t, Options{}).ids.first != firstID {
					t.Skip("only root can become that user")
				}
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: tt.user, Gid: tt.user}}
				cmd.Dir = "/"
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			mounts := readFile(t, "/proc/self/mountinfo")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			pids := sandboxPIDs(t, out)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			for _, pid := range pids {
				eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return gone(pid) })
			}
			if got := readFile(t, "/proc/self/mountinfo"); got != mounts {
				t.Errorf("the mounts of the host changed:\n%s\nbefore:\n%s", got, mounts)
			}
			// Cgroups do stay, until the next server comes.
			next := openHostFor(t, Options{})
			if next.cgroups == nil {
				return
			}
			for _, tr := range next.cgroups.trees {
				left, err := filepath.Glob(filepath.Join(filepath.Dir(tr.dir), fmt.Sprintf("%s%d-*", groupPrefix, cmd.Process.Pid)))
				if err != nil || len(left) > 0 {
					t.Errorf("the cgroups %v are left (%v)", left, err)
				}
			}
		})
	}
}

// sandboxPIDs reads what serveForever prints.
func sandboxPIDs(t *testing.T, out io.Reader) []int {
	t.Helper()
	var pids []int
	for lines := bufio.NewScanner(out); lines.Scan(); {
		list, ok := strings.CutPrefix(lines.Text(), "sandboxes: ")
		if !ok {
			continue
		}
		for f := range strings.FieldsSeq(list) {
			pid, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		break
	}
	if len(pids) < 6 {
		t.Fatalf("the server has only the processes %v", pids)
	}
	return pids
}

// serveForever is the server that is killed.
func serveForever(t *testing.T) {
	h := openHostFor(t, Options{Pool: 1})
	var pids []int
	for range 2 {
		s := takeFor(t, h)
		_, ty := startFor(t, s)
		ty.run("sleep 1000 & unshare --pid --fork sleep 1000 & sleep 0.1")
		pids = append(pids, outside(t, s)...)
	}
	fmt.Println("sandboxes:", strings.Trim(fmt.Sprint(pids), "[]"))
	select {}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestHostCloseLeavesNothing counts descriptors before and after.
func TestHostCloseLeavesNothing(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	once := func() {
		h, err := Open(context.Background(), Options{MaxSandboxes: 4, Pool: 1})
		if err != nil {
			t.Skipf("no sandboxes here: %v", err)
		}
		s := takeFor(t, h)
		_, ty := startFor(t, s)
		ty.run("ip netns add demo")
		snapshotFor(t, s)
		ty.a.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	once() // the runtime's own
	before := count()
	once()
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// TestShellsThatEnded starts and ends many shells, and demands that those that
// have ended cost no descriptors and that not all are remembered.
func TestShellsThatEnded(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	var before int
	for i := range 3 * maxEndedShells {
		sh, ty := startFor(t, s)
		ty.keys("exit\r")
		<-sh.Done()
		<-sh.Terminal().drained
		if i == 0 {
			before = descriptors()
		}
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors after one shell, %d after %d", before, after, 3*maxEndedShells)
	}
	if n := len(s.Shells()); n > maxEndedShells+1 {
		t.Errorf("%d shells are remembered that have ended", n)
	}
}
