//go:build linux

package pid1

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

//go:generate go run ./mkfilter

// installFilter puts every thread of init, and so whatever it will start, under
// the filter, for good. CAP_SYS_ADMIN in the sandbox's user namespace allows
// it without no_new_privs, which would take the meaning from setuid programs,
// and with them a lesson. See seccomp(2).
func installFilter(c Config) error {
	if c.Unfiltered {
		return nil
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// Before Linux 5.16 a filtered process pays for a mitigation that protects
	// it from code it runs itself, as a browser does; SPEC_ALLOW declines.
	const flags = unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if thread != 0 {
		return fmt.Errorf("seccomp: thread %d has a filter of its own", thread)
	}
	return nil
}
