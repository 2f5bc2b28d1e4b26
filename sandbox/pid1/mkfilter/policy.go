//go:build linux

package main

import "golang.org/x/sys/unix"

// refused are the system calls that no lesson needs and that exploits of the
// kernel love, with the error that a kernel gives which was built or set not
// to have them: programs know those and do without. Everything else is
// allowed, for this is a place to try things out; what a root in a user
// namespace may not do, the kernel itself refuses.
//
// Names that one architecture lacks are passed over there.
var refused = map[string]unix.Errno{
	// Keys belong to a user, not to a namespace, and those of a server without
	// root are its sandboxes' too. runc and crun pass over ENOSYS alone.
	"keyctl": unix.ENOSYS, "add_key": unix.ENOSYS, "request_key": unix.ENOSYS,

	// Large, young and the way into many kernels. libuv, liburing and others
	// fall back on ENOSYS; EPERM some take for a mistake.
	"io_uring_setup": unix.ENOSYS, "io_uring_enter": unix.ENOSYS, "io_uring_register": unix.ENOSYS,
	"bpf":             unix.EPERM,  // as with kernel.unprivileged_bpf_disabled
	"perf_event_open": unix.EACCES, // as with a high kernel.perf_event_paranoid
	"userfaultfd":     unix.EPERM,  // as with vm.unprivileged_userfaultfd=0

	// Old, rarely built in, and rarely looked at.
	"lookup_dcookie": unix.ENOSYS, "uselib": unix.ENOSYS, "modify_ldt": unix.ENOSYS,

	// The whole machine's. The kernel demands privilege in its first user
	// namespace for these, all but the log; a second lock costs nothing.
	"syslog":     unix.EPERM, // as with kernel.dmesg_restrict
	"kexec_load": unix.EPERM, "kexec_file_load": unix.EPERM,
	"init_module": unix.EPERM, "finit_module": unix.EPERM, "delete_module": unix.EPERM,
	"swapon": unix.EPERM, "swapoff": unix.EPERM, "acct": unix.EPERM,
	"quotactl": unix.EPERM, "quotactl_fd": unix.EPERM,
	"iopl": unix.EPERM, "ioperm": unix.EPERM,

	// Opens a file by its number, past every mount and directory above it:
	// how "shocker" left Docker.
	"open_by_handle_at": unix.EPERM,
}

// ioctls that are refused: both put words into another's mouth. TIOCSTI types
// into a terminal, as if the learner had (CVE-2005-4890 and many since);
// TIOCLINUX pastes into a console.
var refusedIoctls = []uint32{unix.TIOCSTI, unix.TIOCLINUX}

// socketFamilies may be opened; any other looks like one that the kernel was
// built without. AF_VSOCK would reach the hypervisor, past every net
// namespace; the rest is old code that is loaded when somebody asks.
var socketFamilies = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_PACKET}

const (
	// personalities that may be set, as bits: linux32, uname26, and
	// ADDR_NO_RANDOMIZE for gdb and setarch. Others map the page at address
	// zero or make data executable. See personality(2).
	personalities = 0x0000008 | 0x0020000 | 0x0040000
	// askPersonality asks and sets nothing.
	askPersonality = 0xffffffff
)
