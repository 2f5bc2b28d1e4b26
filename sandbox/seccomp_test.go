//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestFilterLeavesTools uses programs whose system calls other filters refuse,
// and programs that install filters of their own.
func TestFilterLeavesTools(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	for _, tt := range []struct {
		program string // that the host must have
		name    string
		command string
		want    string
	}{
		{"", "every thread of init is filtered, and the shell", "grep -h ^Seccomp: /proc/1/task/*/status /proc/$$/status | sort -u", "Seccomp:\t2\n"},
		{"", "without no_new_privs", "grep -h ^NoNewPrivs /proc/1/status /proc/$$/status | sort -u", "NoNewPrivs:\t0\n"},
		{"strace", "strace can change what a call returns", "strace -e inject=getcwd:error=EXDEV /bin/pwd -P 2>&1 >/dev/null | grep -c INJECTED", "1\n"},
		{"gdb", "gdb starts a program at fixed addresses", "gdb -q -nx -batch -ex 'break _exit' -ex run -ex 'info registers' /bin/true 2>&1 | grep -c -e 'disabling address space' -e 'not permitted'", "0\n"},
		{"setarch", "setarch turns randomisation off", "setarch -R cat /proc/self/personality", "00040000\n"},
		{"unshare", "namespaces are made in namespaces", "unshare -Urmpf --mount-proc sh -c 'unshare -Urn ip -br link | wc -l; echo $$'", "1\n1\n"},
		{"bwrap", "bubblewrap makes a sandbox in the sandbox", "bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all --new-session echo in", "in\n"},
		{"", "a learner's own filter goes on top", "NSLAB_ATTACK=1 /proc/1/exe filter", "Seccomp:\t2\nSeccomp_filters:\t2\n"},
		{"nft", "nft writes rules", "nft add table inet t && nft list tables", "table inet t\n"},
		{"ping", "ping pings", "ping -c1 -q 127.0.0.1 | grep -c '1 received'", "1\n"},
		{"ss", "ss lists sockets over netlink", "ss -Hltn | wc -l", "0\n"},
		{"tcpdump", "tcpdump opens a packet socket", "tcpdump --version >/dev/null 2>&1; tcpdump -D 2>/dev/null | grep -c ' \\[Up, Running, Loopback\\]'", "1\n"},
		{"setpriv", "setpriv becomes somebody with no_new_privs", "setpriv --no-new-privs grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n"},
	} {
		if _, err := exec.LookPath(tt.program); tt.program != "" && err != nil {
			t.Logf("%s: not tried, there is no %s", tt.name, tt.program)
			continue
		}
		if got := ty.run(tt.command); got != tt.want {
			t.Errorf("%s: %s\n says %q\nwant %q", tt.name, tt.command, got, tt.want)
		}
	}
}

// toolFilter installs a filter of its own and shows how many there are.
func toolFilter([]string) error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	allow := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	program := unix.SockFprog{Len: 1, Filter: &allow[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", unix.Gettid()))
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "Seccomp") {
			fmt.Print(line)
		}
	}
	return err
}
