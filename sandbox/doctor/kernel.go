package doctor

import (
	"fmt"
	"strconv"
	"strings"
)

// version is a kernel's: major and minor.
type version [2]int

// oldest is the kernel that sandboxes need: mount_setattr(2) came in it.
var oldest = version{5, 12}

func (v version) before(o version) bool {
	return v[0] < o[0] || v[0] == o[0] && v[1] < o[1]
}

// parseKernel reads the beginning of a release such as 6.8.0-31-generic.
func parseKernel(release string) (version, bool) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return version{}, false
	}
	digits := func(s string) string {
		if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
			return s[:i]
		}
		return s
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(digits(parts[1]))
	return version{major, minor}, err1 == nil && err2 == nil
}

func (h Host) kernel() []Finding {
	const name = "kernel"
	v, known := parseKernel(h.Kernel)
	switch {
	case !known:
		return []Finding{{Missing, name, fmt.Sprintf("%q is no release that can be compared; nslab needs Linux %d.%d or newer.", h.Kernel, oldest[0], oldest[1]), ""}}
	case v.before(oldest):
		return []Finding{{Impossible, name, fmt.Sprintf("Linux %s is too old: nslab needs %d.%d or newer, for mount_setattr. Install a newer kernel or distribution.", h.Kernel, oldest[0], oldest[1]), ""}}
	case v.before(version{6, 18}):
		return []Finding{ok(name, "Linux %s. Namespaces have ids that are never used again from 6.18 on; here nslab tells a dead one from a new one with the same inode by holding it open.", h.Kernel)}
	}
	return []Finding{ok(name, "Linux %s.", h.Kernel)}
}

// types are the eight types of namespace, by their names in /proc/self/ns.
var types = []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}

func (h Host) namespaces() []Finding {
	const name = "namespaces"
	var missing []string
	for _, t := range types {
		if !h.exists("proc/self/ns/" + t) {
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 {
		return []Finding{ok(name, "All eight types: %s.", strings.Join(types, ", "))}
	}
	if len(missing) == len(types) {
		return []Finding{{Impossible, name, "/proc/self/ns cannot be read. Is /proc mounted?", h.sudo() + "mount -t proc proc /proc"}}
	}
	return []Finding{{Impossible, name, fmt.Sprintf("This kernel was built without namespaces of type %s, which every sandbox has.", strings.Join(missing, ", ")), ""}}
}

// fewNamespaces is the limit below which a class would reach it: a sandbox
// takes one of each type, its shells and exercises some more.
const fewNamespaces = 256

func (h Host) limits() []Finding {
	var found []Finding
	for _, t := range types {
		name := "user.max_" + t + "_namespaces"
		n, err := strconv.Atoi(h.sysctl(name))
		switch {
		case err != nil: // not every kernel has each
		case n == 0:
			found = append(found, Finding{Impossible, "limit", name + " is 0: nobody may make such namespaces.", h.setSysctl(name, "15000")})
		case n < fewNamespaces:
			found = append(found, Finding{Missing, "limit", fmt.Sprintf("%s is %d: with some sandboxes open, unshare and clone will say \"No space left on device\".", name, n), h.setSysctl(name, "15000")})
		}
	}
	if found == nil {
		found = []Finding{ok("limits", "The sysctls user.max_*_namespaces leave room.")}
	}
	return found
}

func (h Host) memfd() []Finding {
	if h.sysctl("vm.memfd_noexec") == "2" {
		return []Finding{{Impossible, "memfd", "vm.memfd_noexec is 2: the kernel refuses to execute a memfd, and a sandbox's init is executed from one.", h.setSysctl("vm.memfd_noexec", "1")}}
	}
	return []Finding{ok("memfd", "The kernel executes memfds.")}
}
