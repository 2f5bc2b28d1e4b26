//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"unsafe"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// Requests of ioctl_ns(2), the same on every architecture nslab runs on. They
// are in include/uapi/linux/nsfs.h; golang.org/x/sys/unix does not have them.
const (
	nsGetUserns = 0xb701     // _IO(0xb7, 1): a descriptor of the owner
	nsGetParent = 0xb702     // _IO(0xb7, 2): a descriptor of the parent
	nsGetID     = 0x8008b70d // _IOR(0xb7, 13, __u64), Linux 6.18
)

// nsInode returns the inode of the namespace that fd refers to.
func nsInode(fd int) (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	return st.Ino, nil
}

// nsRelated returns a descriptor of the owner or the parent of the namespace
// at fd; -1 where it is outside what the caller may see.
func nsRelated(fd int, request uint) (int, error) {
	related, err := unix.IoctlRetInt(fd, request)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) { // beyond our own, or the type has none
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("ioctl_ns: %w", err)
	}
	unix.CloseOnExec(related)
	return related, nil
}

// nsID returns the kernel's identifier of the namespace at fd, which is never
// used again; 0 before Linux 6.18.
func nsID(fd int) uint64 {
	var id uint64
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), nsGetID, uintptr(unsafe.Pointer(&id))); errno != 0 {
		return 0
	}
	return id
}

// nsKey names a namespace within one snapshot.
type nsKey struct {
	t     snapshot.Type
	inode uint64
}

// openNS opens a namespace of a process through the pinned procfs.
func (p procfs) openNS(pid int, name string) (int, error) {
	dir, err := p.open(fmt.Sprintf("%d/ns", pid), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	// A magic link of a procfs that nobody can tamper with: it leads to the
	// namespace and nowhere else.
	return unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// openMounted opens the namespace file that is mounted at path in the mount
// namespace of the process. The path is the learner's: it may have become
// anything, or hang in a FUSE daemon. So this runs where it may hang, and what
// it opens must prove to be the namespace expected.
func (p procfs) openMounted(pid int, path string, want uint64) (int, error) {
	file, err := p.openIn(pid, path)
	if err != nil {
		return -1, err
	}
	defer unix.Close(file)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(file, &fs); err != nil {
		return -1, err
	}
	inode, err := nsInode(file)
	if err != nil {
		return -1, err
	}
	if fs.Type != unix.NSFS_MAGIC || inode != want {
		return -1, fmt.Errorf("what is at %s is not the namespace that was mounted there", path)
	}
	return unix.Open(fmt.Sprintf("/proc/self/fd/%d", file), unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

// pidNamespaceOf returns the inode of the pid namespace that a proc file
// system shows: that of its process 1. Where openMounted may hang, so may this.
func (p procfs) pidNamespaceOf(pid int, path string) (uint64, error) {
	file, err := p.openIn(pid, path)
	if err != nil {
		return 0, err
	}
	defer unix.Close(file)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(file, &fs); err != nil {
		return 0, err
	}
	if fs.Type != unix.PROC_SUPER_MAGIC {
		return 0, fmt.Errorf("what is at %s is no procfs any more", path)
	}
	var buf [64]byte
	n, err := unix.Readlinkat(file, "1/ns/pid", buf[:])
	if err != nil {
		return 0, err // its process 1 has ended
	}
	_, inode, ok := parseNSLink(buf[:n])
	if !ok {
		return 0, fmt.Errorf("%s/1/ns/pid reads %q", path, buf[:n])
	}
	return inode, nil
}

// openIn opens a path as the process sees it, without following links.
func (p procfs) openIn(pid int, path string) (int, error) {
	root, err := p.openRoot(pid)
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	return unix.Openat2(root, path, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS,
	})
}

// openRoot opens the root directory of a process.
func (p procfs) openRoot(pid int) (int, error) {
	dir, err := p.open(fmt.Sprint(pid), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	return unix.Openat(dir, "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}
