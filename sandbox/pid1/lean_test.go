//go:build linux

package pid1

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestInitIsLean runs the whole program as an init that is told nothing, and
// demands that none of the server's heavy packages were initialised before it
// was at work: each would cost every sandbox its time and memory.
func TestInitIsLean(t *testing.T) {
	program := filepath.Join(t.TempDir(), "nslab")
	if out, err := exec.Command("go", "build", "-o", program, "example.org/nslab").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := &exec.Cmd{
		Path: program, Args: []string{Argv0}, Env: []string{"GODEBUG=inittrace=1"}, ExtraFiles: []*os.File{null},
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWPID,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		},
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Skipf("no user namespaces here: %v", err)
	}
	initialised := regexp.MustCompile(`(?m)^init (\S+) @.* clock, (\d+) bytes`).FindAllStringSubmatch(string(out), -1)
	if len(initialised) < 5 {
		t.Fatalf("the runtime's trace has %d packages:\n%s", len(initialised), out)
	}
	total := 0
	for _, m := range initialised {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		total += n
		for _, heavy := range []string{"cel-go/cel", "descriptorpb", "chroma", "goldmark", "modernc.org/sqlite", "client_golang", "net/http", "kong"} {
			if strings.Contains(m[1], heavy) {
				t.Errorf("%s is initialised before init runs", m[1])
			}
		}
	}
	// 105 kB when this was written; the whole program's are 4 MB.
	if total > 200_000 {
		t.Errorf("%d packages with %d bytes are initialised before init runs:\n%s", len(initialised), total, out)
	}
}
