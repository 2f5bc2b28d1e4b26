//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The attackers' tool is this test's own program: every learner has it, as
// /proc/1/exe.
func init() {
	if os.Getenv("NSLAB_ATTACK") == "" || len(os.Args) < 2 {
		return
	}
	f, ok := tools[os.Args[1]]
	err := errors.New("there is no such tool")
	if ok {
		err = f(os.Args[2:])
	}
	if err != nil {
		fmt.Println(os.Args[1]+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// tools are what an attacker may run; each returns nil when it got through.
var tools = map[string]func(args []string) error{
	// syscall NAME [ARG…] [wants ERRNO]: the error counts as success, for calls
	// that show by it how far they came.
	"syscall":   toolSyscall,
	"key":       toolKey,
	"perf":      toolPerf,
	"handle":    toolHandle,
	"type":      toolType,
	"int80":     toolInt80,
	"traced":    toolTraced,
	"abstract":  func(a []string) error { return toolConnect("unix", a[0]) },
	"shm":       toolShm,
	"msg":       toolMsg,
	"remount":   toolRemount,
	"overlay":   toolOverlay,
	"filter":    toolFilter,
	"forge":     toolForge,
	"overwrite": toolOverwrite,
	// Not mount(8): where it is setuid it is somebody else's here.
	"mount":  func(a []string) error { return unix.Mount("none", a[1], a[0], 0, "") },
	"serve":  toolServe,
	"share":  toolShare,
	"chmod":  func(a []string) error { return os.Chmod(a[0], os.ModeSetuid|0o755) },
	"remove": func(a []string) error { return os.Remove(a[0]) },
	"comm":   toolComm,
	"mq":     toolMq,
}

// names of what the attacks use, with the machine's numbers.
var callNumbers = map[string]uintptr{
	"io_uring_setup": unix.SYS_IO_URING_SETUP, "bpf": unix.SYS_BPF, "userfaultfd": unix.SYS_USERFAULTFD,
	"request_key": unix.SYS_REQUEST_KEY, "socket": unix.SYS_SOCKET, "socketpair": unix.SYS_SOCKETPAIR,
	"personality": unix.SYS_PERSONALITY, "pidfd_open": unix.SYS_PIDFD_OPEN,
}

func toolSyscall(a []string) error {
	number, ok := callNumbers[a[0]]
	if !ok {
		return fmt.Errorf("no number for %s", a[0])
	}
	var wants unix.Errno
	if n := len(a); n > 2 && a[n-2] == "wants" {
		want, err := strconv.Atoi(a[n-1])
		if err != nil {
			return err
		}
		wants, a = unix.Errno(want), a[:n-2]
	}
	var args [6]uintptr
	room := make([]byte, 4096) // a place for whatever struct: zero
	for i, s := range a[1:] {
		switch {
		case s == "room":
			args[i] = uintptr(unsafe.Pointer(&room[0]))
		case strings.HasPrefix(s, "="): // a string
			p, err := unix.BytePtrFromString(s[1:])
			if err != nil {
				return err
			}
			args[i] = uintptr(unsafe.Pointer(p))
		default:
			n, err := strconv.ParseUint(s, 0, 64)
			if err != nil {
				return err
			}
			args[i] = uintptr(n)
		}
	}
	_, _, errno := unix.Syscall6(number, args[0], args[1], args[2], args[3], args[4], args[5])
	if errno != wants {
		return errno
	}
	return nil
}

// toolKey: "leave" puts a key where it may be found, "take DESCRIPTION" reads
// one from the session keyring.
func toolKey(a []string) error {
	if a[0] == "leave" {
		_, err := unix.AddKey("user", "nslab-left", []byte(secret), unix.KEY_SPEC_SESSION_KEYRING)
		return err
	}
	id, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", a[1], 0)
	if err != nil {
		return err
	}
	buf := make([]byte, 256)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buf, 0)
	if err != nil {
		return err
	}
	return found(string(buf[:n]))
}

// found returns nil if text is the secret.
func found(text string) error {
	if !strings.Contains(text, secret) {
		return fmt.Errorf("it found only %q", text)
	}
	return nil
}

// toolPerf counts in the kernel's own performance counters.
func toolPerf([]string) error {
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_TASK_CLOCK, Bits: unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv}
	attr.Size = uint32(unsafe.Sizeof(attr))
	_, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
	return err
}

// toolHandle opens a directory by its number: newer kernels let a root of a user
// namespace do that.
func toolHandle(a []string) error {
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, a[0], 0)
	if err != nil {
		return err
	}
	mount, err := unix.Open(a[1], unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	_, err = unix.OpenByHandleAt(mount, handle, unix.O_RDONLY|unix.O_DIRECTORY)
	return err
}

// toolType types into the terminal by TIOCSTI, with the command's high half as
// given.
func toolType(a []string) error {
	high, err := strconv.ParseUint(a[0], 0, 64)
	if err != nil {
		return err
	}
	key := byte('\n')
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, 0, uintptr(high|unix.TIOCSTI), uintptr(unsafe.Pointer(&key)))
	if errno != 0 {
		return errno
	}
	return nil
}

func toolConnect(network, address string) error {
	c, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer c.Close()
	out, err := io.ReadAll(io.LimitReader(c, 256))
	if err != nil {
		return err
	}
	return found(string(out))
}

func toolShm(a []string) error {
	id, err := strconv.Atoi(a[0])
	if err != nil {
		return err
	}
	memory, err := unix.SysvShmAttach(id, 0, unix.SHM_RDONLY)
	if err != nil {
		return err
	}
	return found(string(memory[:len(secret)]))
}

func toolMsg(a []string) error {
	id, err := strconv.Atoi(a[0])
	if err != nil {
		return err
	}
	var buf [256]byte
	n, _, errno := unix.Syscall6(unix.SYS_MSGRCV, uintptr(id), uintptr(unsafe.Pointer(&buf[0])), 200, 0, unix.IPC_NOWAIT, 0)
	if errno != 0 {
		return errno
	}
	return found(string(buf[8 : 8+n]))
}

func toolMq(a []string) error {
	name, err := unix.BytePtrFromString(a[0])
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(name)), unix.O_RDWR, 0, 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// toolRemount takes "read-only" from a copy of a mount with the new calls and
// writes there.
func toolRemount(a []string) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, a[0], unix.OPEN_TREE_CLONE)
	if err != nil {
		return err
	}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return err
	}
	w, err := unix.Openat(fd, "planted", unix.O_CREAT|unix.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return unix.Close(w)
}

// toolOverlay mounts an overlay whose upper layer is a directory's: what is
// written to the overlay would be written there.
func toolOverlay(a []string) error {
	for _, dir := range []string{"/tmp/lower", "/tmp/merged"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for _, dir := range []string{a[0] + "/upper", a[0] + "/work"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount("overlay", "/tmp/merged", "overlay", 0, "userxattr,lowerdir=/tmp/lower,upperdir="+a[0]+"/upper,workdir="+a[0]+"/work"); err != nil {
		return err
	}
	return os.WriteFile("/tmp/merged/planted", []byte("x"), 0o644)
}

// toolComm gives itself a name that looks like the rest of a stat file, and
// sleeps.
func toolComm(a []string) error {
	name, err := unix.BytePtrFromString(a[0])
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(name)), 0, 0, 0); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = unix.Poll(nil, 20_000)
	return err
}
