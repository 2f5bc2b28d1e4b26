package doctor

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// oneID is what a sandbox with a single uid cannot do.
const oneID = "Each sandbox has the one uid 0: there is no user learner in it, nobody to become with su or to chown to, and tcpdump wants -Z root. Everything else works."

// ids says how many user ids sandboxes will have, and from where.
func (h Host) ids(d distro, where place) []Finding {
	const name = "user ids"
	if h.Privileged || h.SetsIDs {
		n := h.mapped()
		if n <= 1 {
			return []Finding{{Missing, name, "This user namespace has a single uid. " + oneID, ""}}
		}
		return []Finding{ok(name, "This user namespace has %d of them to give.", n)}
	}
	owner := cmp.Or(h.User, strconv.Itoa(h.UID))
	inRange := h.subID("etc/subuid") && h.subID("etc/subgid")
	tools := h.hasProgram(h.FS, "newuidmap") && h.hasProgram(h.FS, "newgidmap")
	var fix []string
	var lacks []string
	if !tools {
		lacks = append(lacks, "newuidmap is not installed")
		fix = append(fix, h.install(d, []program{{"newuidmap", "uidmap", "shadow-utils"}}))
	}
	if !inRange {
		lacks = append(lacks, "/etc/subuid and /etc/subgid have no range for "+owner)
		fix = append(fix, h.sudo()+"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "+owner)
	}
	if len(lacks) > 0 {
		if where != machine || h.User == "" {
			fix = nil // an image is mended where it is built; usermod wants a name
		}
		return []Finding{{Missing, name, strings.Join(lacks, ", and ") + ". " + oneID, strings.Join(fix, "\n")}}
	}
	if strings.Contains(h.read("proc/self/status"), "NoNewPrivs:\t1") {
		return []Finding{{Missing, name, "newuidmap is there, but this process may gain no privileges (no_new_privs), so that it cannot work. " + oneID, ""}}
	}
	return []Finding{ok(name, "newuidmap and the ranges of %s in /etc/subuid and /etc/subgid.", owner)}
}

// mapped counts the uids of this user namespace. See user_namespaces(7).
func (h Host) mapped() int {
	n := 0
	for line := range strings.Lines(h.read("proc/self/uid_map")) {
		var inside, outside, length int
		if _, err := fmt.Sscan(line, &inside, &outside, &length); err == nil {
			n += length
		}
	}
	return n
}

// subID says whether a file has a range for the user. See subuid(5).
func (h Host) subID(path string) bool {
	for line := range strings.Lines(h.read(path)) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) == 3 && (f[0] == h.User && h.User != "" || f[0] == strconv.Itoa(h.UID)) {
			if n, err := strconv.Atoi(f[2]); err == nil && n > 0 {
				return true
			}
		}
	}
	return false
}

// programDirs are where a sandbox finds programs: it has its own /usr/local.
var programDirs = []string{"usr/bin", "usr/sbin", "bin", "sbin"}

func (h Host) hasProgram(tree fs.FS, name string) bool {
	return slices.ContainsFunc(programDirs, func(dir string) bool {
		_, err := fs.Stat(tree, dir+"/"+name)
		return err == nil
	})
}
