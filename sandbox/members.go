//go:build linux

package sandbox

import (
	"fmt"
	"strconv"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// membership reads the namespaces of a process and counts it as their holder.
// A zombie has none any more.
func (r *reader) membership(p *snapshot.Process) {
	p.NS = map[snapshot.Type]uint64{}
	dir, err := r.s.proc.open(strconv.Itoa(p.PID)+"/ns", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	for _, t := range snapshot.Types() {
		if inode, ok := r.link(dir, string(t)); ok {
			p.NS[t] = inode
			if sp := r.space(t, inode); sp != nil {
				sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByProcess, PID: p.PID})
				sp.member = p.PID
			}
		}
	}
	for t, name := range map[snapshot.Type]string{snapshot.PID: "pid_for_children", snapshot.TIME: "time_for_children"} {
		inode, ok := r.link(dir, name)
		if !ok || inode == p.NS[t] || p.PID == 1 {
			continue
		}
		if p.Children == nil {
			p.Children = map[snapshot.Type]uint64{}
		}
		p.Children[t] = inode
		if sp := r.space(t, inode); sp != nil {
			sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByChildren, PID: p.PID})
			if sp.fd < 0 {
				sp.fd, _ = unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0) // -1: it has just ended
			}
		}
	}
}

// link reads the inode in one link of a directory /proc/<pid>/ns.
func (r *reader) link(dir int, name string) (uint64, bool) {
	var buf [64]byte
	n, err := unix.Readlinkat(dir, name, buf[:])
	if err != nil {
		return 0, false
	}
	_, inode, ok := parseNSLink(buf[:n])
	return inode, ok
}

// threads finds threads that are in other namespaces than their process.
func (r *reader) threads(p snapshot.Process) {
	task := strconv.Itoa(p.PID) + "/task"
	tids, err := r.s.proc.list(task, maxThreads)
	if err != nil {
		return
	}
	for _, tid := range tids {
		if tid == p.PID {
			continue
		}
		dir, err := r.s.proc.open(fmt.Sprintf("%s/%d/ns", task, tid), unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			continue
		}
		for _, t := range snapshot.Types() {
			inode, ok := r.link(dir, string(t))
			if !ok || inode == p.NS[t] {
				continue
			}
			if sp := r.space(t, inode); sp != nil {
				sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByThread, PID: p.PID, TID: tid})
				if sp.fd < 0 {
					sp.fd, _ = unix.Openat(dir, string(t), unix.O_RDONLY|unix.O_CLOEXEC, 0) // -1: it has just ended
				}
			}
		}
		unix.Close(dir)
	}
}

// descriptors finds open files of a process that are namespaces, and sockets
// that belong to another net namespace than the process.
func (r *reader) descriptors(p snapshot.Process) (holds bool) {
	dir, err := r.s.proc.open(strconv.Itoa(p.PID)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return true
	}
	defer unix.Close(dir)
	fds, err := numbersIn(dir, maxFDs)
	if err != nil {
		return true
	}
	var buf [128]byte
	for _, fd := range fds {
		n, err := unix.Readlinkat(dir, strconv.Itoa(fd), buf[:])
		if err != nil {
			continue
		}
		t, inode, ok := parseNSLink(buf[:n])
		if !ok {
			continue
		}
		if _, known := r.spaces[nsKey{t, inode}]; !known && !r.isNamespace(dir, fd, inode) {
			continue // a file that is merely called like one
		}
		sp := r.space(t, inode)
		if sp == nil {
			continue
		}
		holds = true
		sp.Holders = append(sp.Holders, snapshot.Holder{Kind: snapshot.ByFD, PID: p.PID, FD: fd})
		if sp.fd < 0 {
			sp.fd = r.openDescriptor(dir, fd)
		}
	}
	return holds
}

// isNamespace reports whether a descriptor of a process is a namespace file of
// that inode. The look does not open what may hang.
func (r *reader) isNamespace(dir, fd int, inode uint64) bool {
	path, err := unix.Openat(dir, strconv.Itoa(fd), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(path)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(path, &fs); err != nil || fs.Type != unix.NSFS_MAGIC {
		return false
	}
	got, err := nsInode(path)
	return err == nil && got == inode
}

// openDescriptor opens the namespace behind a descriptor; -1 if it has gone.
func (r *reader) openDescriptor(dir, fd int) int {
	path, err := unix.Openat(dir, strconv.Itoa(fd), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	defer unix.Close(path)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(path, &fs); err != nil || fs.Type != unix.NSFS_MAGIC {
		return -1
	}
	opened, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", path), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return opened
}
