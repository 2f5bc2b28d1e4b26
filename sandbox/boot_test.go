//go:build linux

package sandbox

import (
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSealedSelf demands that the program which init runs from cannot be
// changed, whoever holds it.
func TestSealedSelf(t *testing.T) {
	f, err := sealedSelf(defences{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("it can be written")
	}
	if err := f.Truncate(0); err == nil {
		t.Error("it can be truncated")
	}
	if f.Fd() < 10 {
		t.Errorf("descriptor %d is in the way of init's own", f.Fd())
	}
}

func TestCheckMaster(t *testing.T) {
	for _, path := range []string{"/dev/null", "/dev/tty", "/proc/self/stat", "/tmp"} {
		f, err := os.Open(path)
		if err != nil {
			continue // no controlling terminal here
		}
		if err := checkMaster(int(f.Fd())); err == nil {
			t.Errorf("%s passes for the master of a pty", path)
		}
		f.Close()
	}
	if err := checkMaster(-1); err == nil {
		t.Error("nothing passes for the master of a pty")
	}
}

// FuzzReceive is init after a learner has changed it with ptrace: it sends
// anything, with any descriptors. The server must neither panic, nor hang, nor
// keep a descriptor of a message that it refuses.
func FuzzReceive(f *testing.F) {
	for _, seed := range []string{`{"Booted":true}`, `{"Seq":1,"Started":{"PID":2}}`, `{"Exited":{"ID":"s1","Code":300,"Signal":-1}}`, `{"Seq":`, ``, `[]`} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, message []byte, fds int) {
		s, theirs := controlPair(t)
		s.shells = []*Shell{{id: "s1", done: make(chan struct{}), terminal: &Terminal{}}}
		rights := []int{}
		for range min(max(fds, 0), 3) {
			rights = append(rights, theirs)
		}
		if err := unix.Sendmsg(theirs, message, unix.UnixRights(rights...), nil, 0); err != nil {
			t.Skip(err)
		}
		unix.Close(theirs)
		done := make(chan struct{})
		go func() { defer close(done); _ = s.listen() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("listen hangs after %q", message)
		}
	})
}

// controlPair is a sandbox that is a control socket and nothing more, and the
// other end of it.
func controlPair(t *testing.T) (*Sandbox, int) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(pair[0]), "control")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Sandbox{control: conn.(*net.UnixConn), activity: make(chan struct{}, 1), done: make(chan struct{}), ending: make(chan struct{}), reading: make(chan struct{}, 1)}, pair[1]
}
