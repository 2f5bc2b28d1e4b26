//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// TestGenerated demands that the files of package pid1 are what the policy says.
func TestGenerated(t *testing.T) {
	for goarch := range arches {
		want, err := generate(goarch)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../" + fileName(goarch))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what policy.go says (%v): run go generate ./sandbox/pid1", fileName(goarch), err)
		}
	}
}

// TestFilter runs the filter of each architecture, as the kernel would, on
// system calls that are refused and on some that must not be.
func TestFilter(t *testing.T) {
	const allow = unix.Errno(0)
	tests := []struct {
		call string
		args []uint64
		want unix.Errno
	}{
		{"ioctl", []uint64{0, unix.TCGETS}, allow},
		{"ioctl", []uint64{0, unix.TIOCSTI}, unix.EPERM},
		{"ioctl", []uint64{0, unix.TIOCLINUX}, unix.EPERM},
		{"ioctl", []uint64{0, 0xdead0000_00000000 | unix.TIOCSTI}, unix.EPERM},
		{"ioctl", []uint64{unix.TIOCSTI, 0}, allow},
		{"socket", []uint64{unix.AF_UNIX}, allow},
		{"socket", []uint64{unix.AF_INET}, allow},
		{"socket", []uint64{unix.AF_INET6}, allow},
		{"socket", []uint64{unix.AF_NETLINK}, allow},
		{"socket", []uint64{unix.AF_PACKET}, allow},
		{"socket", []uint64{0xdead0000_00000000 | unix.AF_INET}, allow}, // what a C compiler may leave there
		{"socket", []uint64{unix.AF_VSOCK}, unix.EAFNOSUPPORT},
		{"socket", []uint64{unix.AF_ALG}, unix.EAFNOSUPPORT},
		{"socket", []uint64{unix.AF_XDP}, unix.EAFNOSUPPORT},
		{"socket", []uint64{unix.AF_BLUETOOTH}, unix.EAFNOSUPPORT},
		{"socket", []uint64{0}, unix.EAFNOSUPPORT},
		{"socketpair", []uint64{unix.AF_UNIX}, allow},
		{"socketpair", []uint64{unix.AF_TIPC}, unix.EAFNOSUPPORT},
		{"personality", []uint64{0xffffffff}, allow},
		{"personality", []uint64{0}, allow},
		{"personality", []uint64{0x0040000}, allow},          // ADDR_NO_RANDOMIZE: gdb
		{"personality", []uint64{0x0020008}, allow},          // setarch --uname-2.6 linux32
		{"personality", []uint64{0x0100000}, unix.EPERM},     // MMAP_PAGE_ZERO
		{"personality", []uint64{0x0400000}, unix.EPERM},     // READ_IMPLIES_EXEC
		{"personality", []uint64{0x0100000 | 1}, unix.EPERM}, // PER_SVR4
		{"personality", []uint64{0x0140000}, unix.EPERM},     // a good one beside a bad one
		{"personality", []uint64{0xffffffff << 32}, allow},   // 0, as the kernel sees it
		{"personality", []uint64{1<<63 | 0x4}, unix.EPERM},   // PER_BSD and dust
	}
	for name, want := range refused {
		tests = append(tests, struct {
			call string
			args []uint64
			want unix.Errno
		}{name, nil, want})
	}
	for _, name := range needed {
		tests = append(tests, struct {
			call string
			args []uint64
			want unix.Errno
		}{name, nil, allow})
	}
	for _, info := range arches {
		t.Run(info.Name, func(t *testing.T) {
			program, err := filterFor(info)
			if err != nil {
				t.Fatal(err)
			}
			vm, err := bpf.NewVM(program)
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range tests {
				number, ok := info.SyscallNames[tt.call]
				if !ok {
					continue // the other architecture's
				}
				if got := filtered(t, vm, uint32(info.ID), number, tt.args); got != tt.want {
					t.Errorf("%s(%#x): %v, want %v", tt.call, tt.args, got, tt.want)
				}
			}
		})
	}
}

// TestFilterOtherABIs calls by other conventions, where a number means another
// call.
func TestFilterOtherABIs(t *testing.T) {
	for _, tt := range []struct {
		name   string
		filter *arch.Info
		abi    *arch.Info
		number int
		want   unix.Errno
	}{
		{"i386 read", arch.X86_64, arch.I386, arch.I386.SyscallNames["read"], unix.ENOSYS},
		{"i386 keyctl", arch.X86_64, arch.I386, arch.I386.SyscallNames["keyctl"], unix.ENOSYS},
		{"x32 read", arch.X86_64, arch.X86_64, arch.X86_64.SyscallNames["read"] | arch.X32.SeccompMask, unix.ENOSYS},
		{"x32 ioctl", arch.X86_64, arch.X86_64, arch.X86_64.SyscallNames["ioctl"] | arch.X32.SeccompMask, unix.ENOSYS},
		{"32-bit arm ioctl", arch.AARCH64, arch.ARM, arch.ARM.SyscallNames["ioctl"], unix.ENOSYS},
		{"what a tracer has skipped", arch.X86_64, arch.X86_64, -1, unix.ENOSYS},
		{"a call that no kernel has yet", arch.X86_64, arch.X86_64, 9999, 0}, // the kernel says ENOSYS itself
	} {
		program, err := filterFor(tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		vm, err := bpf.NewVM(program)
		if err != nil {
			t.Fatal(err)
		}
		if got := filtered(t, vm, uint32(tt.abi.ID), tt.number, []uint64{0, unix.TCGETS}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// needed are calls that the lessons' tools make and that other programs'
// filters often refuse.
var needed = []string{
	"clone", "clone3", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot",
	"open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at",
	"ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	"seccomp", "prctl", "capset", "setgroups", "setresuid", "sethostname", "setdomainname", "mknodat",
	"memfd_create", "execveat", "fanotify_init", "inotify_init1", "landlock_create_ruleset", "clock_settime", "reboot",
	"mq_open", "shmget", "semget", "msgget", "setrlimit", "prlimit64", "sched_setaffinity", "mbind",
	"read", "write", "openat", "openat2", "close_range", "io_setup", "vmsplice",
}

// TestFilterNames demands that each name is a system call of an architecture.
func TestFilterNames(t *testing.T) {
	names := append([]string{}, needed...)
	for name := range refused {
		names = append(names, name)
	}
	for _, name := range names {
		found := false
		for _, info := range arches {
			_, ok := info.SyscallNames[name]
			found = found || ok
		}
		if !found {
			t.Errorf("%s is no system call", name)
		}
	}
}

// filtered runs the filter on one system call; 0 means that it is allowed.
func filtered(t *testing.T, vm *bpf.VM, abi uint32, number int, args []uint64) unix.Errno {
	t.Helper()
	// struct seccomp_data, each 32 bits of it in the byte order of x/net's
	// machine, which is the network's.
	data := binary.BigEndian.AppendUint32(nil, uint32(number))
	data = binary.BigEndian.AppendUint32(data, abi)
	data = append(data, make([]byte, 8)...) // the instruction pointer
	for i := range 6 {
		var arg uint64
		if i < len(args) {
			arg = args[i]
		}
		data = binary.BigEndian.AppendUint32(data, uint32(arg))
		data = binary.BigEndian.AppendUint32(data, uint32(arg>>32))
	}
	out, err := vm.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	switch action := uint32(out); action & unix.SECCOMP_RET_ACTION_FULL {
	case unix.SECCOMP_RET_ALLOW:
		return 0
	case unix.SECCOMP_RET_ERRNO:
		return unix.Errno(action & unix.SECCOMP_RET_DATA)
	default:
		t.Fatal(fmt.Errorf("the filter returns %#x", action))
		return 0
	}
}

// TestFilterIsConstant demands what makes a filter cheap: that whatever is
// allowed without a look at its arguments is decided by the number alone, with
// the few instructions that the kernel can follow ahead of time. See
// seccomp_is_const_allow in the kernel's kernel/seccomp.c.
func TestFilterIsConstant(t *testing.T) {
	for _, info := range arches {
		program, err := filterFor(info)
		if err != nil {
			t.Fatal(err)
		}
		for i, in := range program {
			switch in := in.(type) {
			case bpf.LoadAbsolute, bpf.JumpIf, bpf.Jump, bpf.RetConstant:
			default:
				t.Errorf("%s: instruction %d is %v", info.Name, i, in)
			}
		}
	}
}
