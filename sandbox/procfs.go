//go:build linux

package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// procfs reads a sandbox's processes through one descriptor: the root of a
// proc mount of the sandbox's pid namespace that is attached nowhere. Names are
// resolved beneath it and nowhere else, so that nothing a learner mounts,
// links or puts over /proc is ever read. See openat2(2).
type procfs struct{ root int }

// maxProcFile bounds what is read of one file of proc: a learner can make
// mountinfo or a command line long.
const maxProcFile = 1 << 20

// pinProcfs takes fd, which it owns from then on, if it is what it must be.
func pinProcfs(fd int) (procfs, error) {
	var st unix.Statfs_t
	err := unix.Fstatfs(fd, &st)
	if err == nil && st.Type != unix.PROC_SUPER_MAGIC {
		err = errors.New("it is no procfs")
	}
	if err != nil {
		unix.Close(fd)
		return procfs{root: -1}, fmt.Errorf("pin the sandbox's procfs: %w", err)
	}
	return procfs{root: fd}, nil
}

func (p procfs) close() { closeFD(p.root) } // -1: init never booted

// open opens a path beneath the root. Magic links, such as ns/net, are
// followed only with unix.O_PATH or through openMagic.
func (p procfs) open(path string, flags uint64) (int, error) {
	if flags&unix.O_PATH == 0 {
		flags |= unix.O_NONBLOCK
	}
	how := unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV}
	for {
		fd, err := unix.Openat2(p.root, path, &how)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // EAGAIN: a rename raced with ".."
			continue
		case err != nil:
			return -1, &os.PathError{Op: "open", Path: "/proc/" + path, Err: err}
		}
		return fd, nil
	}
}

// read appends a file's content to buf, which it returns. Files of proc have
// no size; reading stops at maxProcFile.
func (p procfs) read(path string, buf []byte) ([]byte, error) {
	fd, err := p.open(path, unix.O_RDONLY)
	if err != nil {
		return buf, err
	}
	defer unix.Close(fd)
	for len(buf) < maxProcFile {
		if cap(buf)-len(buf) < 2048 {
			buf = append(make([]byte, 0, 2*cap(buf)+4096), buf...)
		}
		n, err := unix.Read(fd, buf[len(buf):cap(buf)])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return buf, &os.PathError{Op: "read", Path: "/proc/" + path, Err: err}
		}
		if n == 0 {
			return buf, nil
		}
		buf = buf[:len(buf)+n]
	}
	return buf, nil
}

// readOne is read for a file that the kernel gives in one piece, such as stat
// and status, where a look for more would find none.
func (p procfs) readOne(path string, buf []byte) ([]byte, error) {
	fd, err := p.open(path, unix.O_RDONLY)
	if err != nil {
		return buf, err
	}
	defer unix.Close(fd)
	const enough = 4 << 10 // a page: what the kernel makes room for
	if cap(buf) < enough {
		buf = make([]byte, 0, 2*enough)
	}
	for {
		n, err := unix.Read(fd, buf[:cap(buf)])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return buf[:0], &os.PathError{Op: "read", Path: "/proc/" + path, Err: err}
		}
		return buf[:n], nil
	}
}

// list returns the names in a directory that are numbers, in the order of the
// kernel, which for pids is ascending.
func (p procfs) list(path string, limit int) ([]int, error) {
	fd, err := p.open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	numbers, err := numbersIn(fd, limit)
	if err != nil {
		return nil, &os.PathError{Op: "getdents", Path: "/proc/" + path, Err: err}
	}
	return numbers, nil
}

// numbersIn is list for a directory that is open.
func numbersIn(fd, limit int) ([]int, error) {
	var numbers []int
	var buf [4 << 10]byte
	var names []string
	for len(numbers) < limit {
		n, err := unix.Getdents(fd, buf[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names[:0])
		for _, name := range names {
			if i, err := strconv.Atoi(name); err == nil && len(numbers) < limit {
				numbers = append(numbers, i)
			}
		}
	}
	return numbers, nil
}

// namespaces reads the inodes of the namespaces of a process. A type that the
// kernel does not have is missing from the answer.
func (p procfs) namespaces(pid int, types []snapshot.Type) (map[snapshot.Type]uint64, error) {
	dir, err := p.open(strconv.Itoa(pid)+"/ns", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	var buf [64]byte
	all := make(map[snapshot.Type]uint64, len(types))
	for _, t := range types {
		n, err := unix.Readlinkat(dir, string(t), buf[:])
		if errors.Is(err, unix.ENOENT) && t != snapshot.MNT {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "readlink", Path: fmt.Sprintf("/proc/%d/ns/%s", pid, t), Err: err}
		}
		if got, inode, ok := parseNSLink(buf[:n]); ok && got == t {
			all[t] = inode
		}
	}
	return all, nil
}

// parseNSLink reads "net:[4026531840]", the content of the links in
// /proc/<pid>/ns and of descriptors that refer to one. See namespaces(7).
func parseNSLink(link []byte) (snapshot.Type, uint64, bool) {
	name, rest, ok := bytes.Cut(link, []byte(":["))
	if !ok || len(rest) < 2 || rest[len(rest)-1] != ']' {
		return "", 0, false
	}
	t, ok := snapshot.ParseType(string(name))
	if !ok {
		return "", 0, false
	}
	inode, err := strconv.ParseUint(string(rest[:len(rest)-1]), 10, 64)
	return t, inode, err == nil
}
