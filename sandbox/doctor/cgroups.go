package doctor

import (
	"slices"
	"strings"
)

// unbounded is what follows where sandboxes have no control groups.
const unbounded = " Sandboxes are bounded by rlimits, by pid_max and by the sizes of their file systems; in memory and processor time one can take from the others."

// cgroups tells which of the three shapes the host has: version 2, version 1,
// or none that this user may divide. See cgroups(7).
func (h Host) cgroups() []Finding {
	const name = "cgroups"
	groups := h.read("proc/self/cgroup")
	if h.exists("sys/fs/cgroup/cgroup.controllers") {
		path := groupOf(groups, "")
		if path != "" && h.Writable("/sys/fs/cgroup"+path) == nil {
			return []Finding{ok(name, "Version 2, and this user may make some below %s: each sandbox has limits of its own.", path)}
		}
		return []Finding{{Missing, name, "Version 2, and this user may make none." + unbounded + " Where systemd runs, it can delegate some:", "systemd-run --user --scope -p Delegate=yes nslab"}}
	}
	if path := groupOf(groups, "memory"); path != "" {
		if h.UID == 0 && h.Writable("/sys/fs/cgroup/memory"+path) == nil {
			return []Finding{ok(name, "Version 1, and root may make some: each sandbox has limits of its own.")}
		}
		return []Finding{ok(name, "Version 1, which only root may divide."+unbounded)}
	}
	return []Finding{ok(name, "None."+unbounded)}
}

// groupOf finds the path of a process's group in /proc/<pid>/cgroup: in version
// 2 for the controller "", else in the hierarchy that has the controller.
func groupOf(text, controller string) string {
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && slices.Contains(strings.Split(parts[1], ","), controller) {
			return parts[2]
		}
	}
	return ""
}
