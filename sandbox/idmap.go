//go:build linux

package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Ranges of ids, in the server's own user namespace, that sandboxes map.
const (
	// firstID and lastID bound what a privileged server takes: where systemd
	// too puts containers, above every user and service
	// (systemd.io/UIDS-GIDS).
	firstID = 524288
	lastID  = 1879048191
	// idsEach is twice what a system needs, so that inside too there is a
	// range left for /etc/subuid and containers in the sandbox.
	idsEach = 2 * 65536
	// fewestIDs makes the ordinary user 1000 possible.
	fewestIDs = 1001
)

// idPlan says which ids of the server's user namespace a sandbox maps.
type idPlan struct {
	first, each int
	// slots is how many separate ranges there are; with one, all sandboxes
	// share it.
	slots int
}

// planIDs chooses from what the server's own user namespace has.
func planIDs() (idPlan, error) {
	n := lastID + 1
	for _, file := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		f, err := os.Open(file)
		if err != nil {
			return idPlan{}, fmt.Errorf("sandbox: %w", err)
		}
		top, err := parseIDsFromZero(f)
		f.Close()
		if err != nil {
			return idPlan{}, fmt.Errorf("sandbox: read %s: %w", file, err)
		}
		n = min(n, top)
	}
	return planFor(n), nil
}

// planFor chooses for a user namespace that has the ids 0 to n-1.
func planFor(n int) idPlan {
	switch {
	case n >= lastID:
		return idPlan{first: firstID, each: idsEach, slots: (lastID + 1 - firstID) / idsEach}
	case n > fewestIDs:
		// 0 is the user who runs the server: a sandbox's root is somebody else.
		return idPlan{first: 1, each: min(n-1, idsEach), slots: 1}
	default:
		return idPlan{first: 0, each: 1, slots: 1}
	}
}

// parseIDsFromZero reads a uid_map or gid_map and returns how many ids it maps
// without a gap from 0. See user_namespaces(7).
func parseIDsFromZero(r io.Reader) (int, error) {
	ranges := map[int]int{}
	s := bufio.NewScanner(r)
	for s.Scan() {
		var inside, outside, length int
		if _, err := fmt.Sscan(s.Text(), &inside, &outside, &length); err != nil {
			return 0, fmt.Errorf("line %q: %w", s.Text(), err)
		}
		if length <= 0 {
			return 0, fmt.Errorf("line %q: the length is not positive", s.Text())
		}
		ranges[inside] = length
	}
	if err := s.Err(); err != nil {
		return 0, err
	}
	n := 0
	for ranges[n] > 0 {
		n += ranges[n]
	}
	return n, nil
}

// mapping is the uid_map, and gid_map, of the sandbox in that slot.
func (p idPlan) mapping(slot int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{{ContainerID: 0, HostID: p.first + slot%p.slots*p.each, Size: p.each}}
}
