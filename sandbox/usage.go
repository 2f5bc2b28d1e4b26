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

	// Of the tmpfs that was the root at boot: whatever the learner has made the
	// root since, this one does not hang.
	var fs unix.Statfs_t
	if err := unix.Fstatfs(r.s.root, &fs); err != nil {
		return
	}
	r.out.Usage = append(r.out.Usage,
		snapshot.Usage{Of: "bytes", Used: (fs.Blocks - fs.Bfree) * uint64(fs.Bsize), Max: fs.Blocks * uint64(fs.Bsize)},
		snapshot.Usage{Of: "inodes", Used: fs.Files - fs.Ffree, Max: fs.Files})
}
