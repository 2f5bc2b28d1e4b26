//go:build linux

package sandbox

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// controllers are those that bound a sandbox. Without cpu it works too.
var controllers = []string{"memory", "pids", "cpu"}

// place is where a process is in one cgroup hierarchy.
type place struct {
	// version is 1 or 2.
	version int
	// dir is the directory of the process's own group.
	dir string
	// controllers are those of the three that the hierarchy has; of version 2
	// all that dir itself has are found later.
	controllers []string
}

// findPlaces reads /proc/<pid>/cgroup and /proc/<pid>/mountinfo. Memory decides:
// a machine with both versions has each controller in one of them. See cgroups(7).
func findPlaces(cgroup, mounts []byte) ([]place, error) {
	infos, err := mountinfo.GetMountsFromReader(bytes.NewReader(mounts), func(m *mountinfo.Info) (skip, stop bool) {
		return m.FSType != "cgroup" && m.FSType != "cgroup2", false
	})
	if err != nil {
		return nil, err
	}
	var v1, v2 []place
	for line := range strings.Lines(string(cgroup)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("the line %q does not have three parts", line)
		}
		var ours []string
		for c := range strings.SplitSeq(f[1], ",") {
			if slices.Contains(controllers, c) {
				ours = append(ours, c)
			}
		}
		unified := f[0] == "0" && f[1] == ""
		if !unified && len(ours) == 0 {
			continue
		}
		for _, m := range infos {
			if unified != (m.FSType == "cgroup2") || !unified && !slices.Contains(strings.Split(m.VFSOptions, ","), ours[0]) {
				continue
			}
			dir, ok := below(m, f[2])
			if !ok {
				continue
			}
			if unified {
				v2 = append(v2, place{version: 2, dir: dir})
			} else {
				v1 = append(v1, place{version: 1, dir: dir, controllers: ours})
			}
			break
		}
	}
	switch {
	case slices.ContainsFunc(v1, func(p place) bool { return slices.Contains(p.controllers, "memory") }):
		return v1, nil
	case len(v2) > 0:
		return v2, nil
	}
	return nil, fmt.Errorf("no cgroups are mounted here")
}

// below is the directory of a group that a mount shows; false when it lies
// outside of what is mounted, as in a container that sees a part.
func below(m *mountinfo.Info, group string) (string, bool) {
	rest, ok := strings.CutPrefix(group, m.Root)
	if m.Root == "/" {
		rest, ok = group, !strings.HasPrefix(group, "/..")
	}
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return path.Join(m.Mountpoint, rest), true
}
