//go:build linux

package sandbox

import (
	"example.org/nslab/sandbox/pid1"
	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// usage counts what the sandbox has taken of its limits.
func (r *reader) usage() {
	byUID, most := map[int]int{}, 0
	for _, p := range r.out.Processes {
		if p.PID != 1 { // init is not bound by the limit, but root is charged for it
			byUID[p.UID] += p.Threads
			most = max(most, byUID[p.UID])
		}
	}
	r.out.Usage = append(r.out.Usage, snapshot.Usage{Of: "processes", Used: uint64(most), Max: pid1.MaxProcesses})

	// The root of init, which a learner cannot make lead elsewhere without
	// changing init, and then only to their own sandbox's numbers.
	dir, err := r.s.proc.open("1", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(dir)
	root, err := unix.Openat(dir, "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(root)
	var fs unix.Statfs_t
	// Any other file system could be one that hangs.
	if err := unix.Fstatfs(root, &fs); err != nil || fs.Type != unix.TMPFS_MAGIC {
		return
	}
	r.out.Usage = append(r.out.Usage,
		snapshot.Usage{Of: "bytes", Used: (fs.Blocks - fs.Bfree) * uint64(fs.Bsize), Max: fs.Blocks * uint64(fs.Bsize)},
		snapshot.Usage{Of: "inodes", Used: fs.Files - fs.Ffree, Max: fs.Files})
}
