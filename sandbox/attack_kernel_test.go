//go:build linux

package sandbox

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// unfiltered leaves the system call filter out.
var unfiltered = leaving("without the filter", defences{filter: true})

const theFilter = "the system call filter"

// attacksOnKernel reach for the parts of the kernel that exploits come
// through. To get there is to succeed.
var attacksOnKernel = []attack{
	{name: "adds a key to the kernel's keyrings", defence: theFilter, without: unfiltered, command: "{tool} key leave", where: withKeys},
	{name: "has the kernel ask for a key", defence: theFilter, without: unfiltered, command: "{tool} syscall request_key =user =nslab-none 0 0 wants 126", where: withKeys}, // ENOKEY
	{name: "makes an io_uring", defence: theFilter, without: unfiltered, command: "{tool} syscall io_uring_setup 1 room", where: kernelHas("syscall io_uring_setup 1 room")},
	{name: "enters bpf(2)", defence: theFilter, without: unfiltered, command: "{tool} syscall bpf 7 room 16 wants 14", where: kernelHas("syscall bpf 7 room 16 wants 14")}, // BPF_OBJ_GET, EFAULT
	{name: "opens a performance counter", defence: theFilter, without: unfiltered, command: "{tool} perf", where: asNobody("perf")},
	{name: "handles page faults with userfaultfd", defence: theFilter, without: unfiltered, command: "{tool} syscall userfaultfd 1", where: asNobody("syscall userfaultfd 1")},
	{name: "opens a directory by its number, past those above it", defence: theFilter, without: unfiltered, command: "mkdir -p /root/x; {tool} handle /root/x /root", where: since(6, 12)},
	{name: "opens a socket to the hypervisor", defence: theFilter, without: unfiltered, command: "{tool} syscall socket 40 1 0", where: kernelHas("syscall socket 40 1 0")},
	{name: "hides the socket family's number among high bits", defence: theFilter, without: unfiltered, command: "{tool} syscall socket 0x100000028 1 0", where: kernelHas("syscall socket 40 1 0")},
	{name: "opens an AF_XDP socket", defence: theFilter, without: unfiltered, command: "{tool} syscall socket 44 3 0", where: kernelHas("syscall socket 44 3 0")},
	{name: "maps the page at address zero for all it starts", defence: theFilter, without: unfiltered, command: "{tool} syscall personality 0x100000"},
	{name: "makes all readable memory executable", defence: theFilter, without: unfiltered, command: "{tool} syscall personality 0x400000"},
	{name: "types into a terminal as if it were the learner", defence: theFilter, without: unfiltered, command: "{tool} type 0 </dev/tty", where: withTIOCSTI},
	{name: "hides TIOCSTI among high bits", defence: theFilter, without: unfiltered, command: "{tool} type 0xdead00000000 </dev/tty", where: withTIOCSTI},
	{name: "calls as a 32-bit program", defence: theFilter, without: unfiltered, command: "{tool} int80", where: both(withRegisters, kernelHas("int80"))},
	{name: "changes a call's number after it was made, with a tracer", defence: theFilter, without: unfiltered, command: "{tool} traced", where: both(withRegisters, kernelHas("syscall io_uring_setup 1 room"))},
	{name: "sheds the filter in a user namespace of its own", defence: theFilter, without: unfiltered, command: "cp /proc/1/exe /tmp/t; NSLAB_ATTACK=1 unshare -Ur /tmp/t syscall io_uring_setup 1 room", where: kernelHas("syscall io_uring_setup 1 room")},
	{name: "sheds the filter by becoming another user", defence: theFilter, without: unfiltered, command: "cp /proc/1/exe /tmp/t; NSLAB_ATTACK=1 setpriv --reuid 1000 --clear-groups /tmp/t syscall io_uring_setup 1 room", where: both(asRoot, kernelHas("syscall io_uring_setup 1 room"))},
	{name: "finds a thread of init's that is not filtered, to make the calls in it", defence: theFilter, without: unfiltered, command: "grep -q '^Seccomp:.*0' /proc/1/task/*/status"},
}

// attacksOnMachine set what is the whole machine's. They are undone by nobody,
// so where they must succeed they write what is there already.
var attacksOnMachine = []attack{
	{name: "makes a device node for a disk", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: "{tool} mount tmpfs /mnt; mknod /mnt/disk b 7 0"},
	{name: "sets the program that gets core dumps", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: `f=/proc/sys/kernel/core_pattern; v=$(cat $f); echo "$v" >$f`},
	{name: "sets how the machine gives out memory", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: `f=/proc/sys/vm/overcommit_memory; v=$(cat $f); echo $v >$f`},
	{name: "sets the kernel's page merging through sysfs", defence: ownUsers, without: outOf(snapshot.USER), where: both(asRoot, file("/sys/kernel/mm/ksm/run")), command: `f=/sys/kernel/mm/ksm/run; v=$(cat $f); echo $v >$f`},
	{name: "presses SysRq", defence: ownUsers, without: outOf(snapshot.USER), where: both(asRoot, file("/proc/sysrq-trigger")), command: `echo h >/proc/sysrq-trigger`}, // h: help
	{name: "reads the kernel's log", defence: ownUsers, without: outOf(snapshot.USER), besides: defences{filter: true}, where: both(asRoot, whereFile("/proc/sys/kernel/dmesg_restrict", "1")), command: "dmesg >/dev/null"},
	{name: "mounts the kernel's debugfs", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: "{tool} mount debugfs /mnt"},
	{name: "goes before everybody else's processes", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: "[ $(nice -n -1 nice) -lt 0 ]"},
	{name: "takes a processor by real-time priority", defence: ownUsers, without: outOf(snapshot.USER), where: asRoot, command: "chrt -f 1 true"},
	{name: "raises its own limits", defence: ownUsers, without: outOf(snapshot.USER), where: both(asRoot, withResources), command: "(ulimit -n 100 && ulimit -Hn 101)"},
	{name: "has itself spared when memory runs out", defence: ownUsers, without: outOf(snapshot.USER), where: both(asRoot, withResources), command: "(echo -1000 >/proc/self/oom_score_adj)"},
}

const ownUsers = "a user namespace of its own"

// kernelHas are attacks on a part of the kernel that may not be built in: the
// tool can do the same on the host, in a net namespace of its own.
func kernelHas(args string) condition {
	return condition{"where the kernel has it", func(g *grounds) string {
		cmd := exec.Command("/proc/self/exe", strings.Fields(args)...)
		cmd.Env = append(os.Environ(), "NSLAB_ATTACK=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Sprintf("the host itself cannot: %s %v", out, err)
		}
		return ""
	}}
}

// asNobody are attacks on what the kernel may keep from the unprivileged: a
// user namespace without any privilege outside must be able to do it.
func asNobody(args string) condition {
	return condition{"where the kernel lets anybody", func(g *grounds) string {
		cmd := exec.Command("/proc/self/exe", strings.Fields(args)...)
		cmd.Env = append(os.Environ(), "NSLAB_ATTACK=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Sprintf("the kernel refuses it: %s %v", out, err)
		}
		return ""
	}}
}

// since are attacks that older kernels refuse themselves.
func since(major, minor int) condition {
	return condition{fmt.Sprintf("since Linux %d.%d", major, minor), func(*grounds) string {
		var u unix.Utsname
		var a, b int
		if err := unix.Uname(&u); err != nil {
			return err.Error()
		}
		if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &a, &b); err != nil || a < major || (a == major && b < minor) {
			return "the kernel is older"
		}
		return ""
	}}
}

// whereFile are attacks that depend on a file of proc.
func whereFile(path, want string) condition {
	return condition{fmt.Sprintf("where %s is %s", path, want), func(*grounds) string {
		b, err := os.ReadFile(path)
		if got := strings.TrimSpace(string(b)); err != nil || got != want {
			return fmt.Sprintf("%s is %q, %v", path, got, err)
		}
		return ""
	}}
}

// withTIOCSTI: since Linux 6.2 a machine can do without it.
var withTIOCSTI = condition{"where the kernel has it", func(*grounds) string {
	if b, err := os.ReadFile("/proc/sys/dev/tty/legacy_tiocsti"); err == nil && strings.TrimSpace(string(b)) == "0" {
		return "the kernel refuses TIOCSTI to all"
	}
	return ""
}}

// file are attacks on a file that not every kernel has.
func file(path string) condition {
	return condition{"where " + path + " is", func(*grounds) string {
		if _, err := os.Stat(path); err != nil {
			return err.Error()
		}
		return ""
	}}
}

// both conditions must hold.
func both(a, b condition) condition {
	return condition{a.words + ", " + b.words, func(g *grounds) string { return cmp.Or(a.missing(g), b.missing(g)) }}
}

// withResources are attacks by what CAP_SYS_RESOURCE allows, which not every
// virtual machine gives its root.
var withResources = condition{"where root has CAP_SYS_RESOURCE", func(*grounds) string {
	if !has(unix.CAP_SYS_RESOURCE) {
		return "the host's root may not do that either"
	}
	return ""
}}
