package doctor

import (
	"slices"
	"strings"
)

// mount is a line of mountinfo. See proc_pid_mountinfo(5).
type mount struct {
	point, fstype, options string
}

// parseMounts reads a mountinfo file; lines that are none are passed over.
func parseMounts(text string) []mount {
	var all []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		b, a := strings.Fields(before), strings.Fields(after)
		if ok && len(b) >= 6 && len(a) >= 3 {
			all = append(all, mount{point: b[4], fstype: a[0], options: b[5] + "," + a[2]})
		}
	}
	return all
}

// emptyDirs are places in proc and sysfs that the kernel keeps empty for a
// mount; what is mounted there hides nothing. See mnt_already_visible in the
// kernel's fs/namespace.c.
var emptyDirs = []string{
	"/proc/sys/fs/binfmt_misc", "/sys/firmware/efi/efivars", "/sys/hypervisor",
	"/sys/kernel/config", "/sys/kernel/debug", "/sys/kernel/security", "/sys/kernel/tracing",
}

// covered looks for mounts over parts of /proc and /sys: as long as there are
// some the kernel lets nobody in a user namespace mount new ones.
func (h Host) covered(where place) []Finding {
	const name = "/proc and /sys"
	var over []string
	for _, m := range parseMounts(h.read("proc/self/mountinfo")) {
		below := strings.HasPrefix(m.point, "/proc/") || strings.HasPrefix(m.point, "/sys/")
		// Below /sys/fs are mount points of file systems' own, all empty.
		if below && !slices.Contains(emptyDirs, m.point) && !strings.HasPrefix(m.point, "/sys/fs/") && !slices.Contains(over, m.point) {
			over = append(over, m.point)
		}
	}
	if len(over) == 0 {
		return []Finding{ok(name, "Nothing covers parts of them, so that new ones can be mounted in sandboxes.")}
	}
	some := strings.Join(over[:min(len(over), 4)], ", ")
	if len(over) > 4 {
		some += " and others"
	}
	f := Finding{Impossible, name, "Mounts cover parts of them (" + some + "): the kernel then lets no sandbox mount a new /proc. ", ""}
	switch where {
	case docker:
		f.Says += "Run the container with --security-opt systempaths=unconfined:"
		f.Fix = "docker run " + containerFlags + " …"
	case podman:
		f.Says += "Run the container with --security-opt unmask=ALL:"
		f.Fix = "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL …"
	case pod:
		f.Says += "The pod needs procMount: Unmasked, which wants hostUsers: false:"
		f.Fix = podSettings
	default:
		f.Says += "Unmount them:"
		f.Fix = h.sudo() + "umount " + strings.Join(over, " ")
	}
	return []Finding{f}
}

// readOnly looks for a sysfs that is read-only, as in containers: then those in
// sandboxes can be nothing else.
func (h Host) readOnly(where place) []Finding {
	var options string
	for _, m := range parseMounts(h.read("proc/self/mountinfo")) {
		if m.point == "/sys" && m.fstype == "sysfs" {
			options = m.options // the last is on top
		}
	}
	if !slices.Contains(strings.Split(options, ","), "ro") {
		return nil
	}
	f := Finding{Missing, "read-only /sys", "/sys is read-only, and so it is in sandboxes. \"ip netns exec\", which mounts one that is not, fails there.", ""}
	switch where {
	case docker:
		f.Fix = "docker run -v /sys:/sys …"
	case podman:
		f.Fix = "podman run -v /sys:/sys …"
	case pod: // nothing that a pod may ask for
	case machine:
		f.Fix = h.sudo() + "mount -o remount,rw /sys"
	}
	return []Finding{f}
}

// hidden looks for a /proc that shows a user only some of it.
func (h Host) hidden() []Finding {
	var options string
	for _, m := range parseMounts(h.read("proc/self/mountinfo")) {
		if m.point == "/proc" && m.fstype == "proc" {
			options = m.options // the last is on top
		}
	}
	for option := range strings.SplitSeq(options, ",") {
		key, value, _ := strings.Cut(option, "=")
		switch {
		case key == "hidepid" && value != "0" && value != "off":
			return []Finding{{Missing, "hidepid", "/proc is mounted with " + option + ", which hides other users' processes: with several uids in a sandbox the server may not see them all.", h.sudo() + "mount -o remount,hidepid=0 /proc"}}
		case key == "subset":
			return []Finding{{Impossible, "hidepid", "/proc is mounted with " + option + " and shows processes only; nslab reads more of it.", h.sudo() + "mount -t proc proc /proc"}}
		}
	}
	return nil
}
