package doctor

import (
	"cmp"
	"context"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Host is the machine, container or pod that is examined.
type Host struct {
	// FS is its root file system, its /proc among the rest.
	FS fs.FS
	// Tree is the root file system of the sandboxes: FS, or that of --rootfs.
	Tree fs.FS
	// Kernel is its release, as uname(2) tells it.
	Kernel string
	// UID is the caller's, User the name of it; "" if it has none.
	UID  int
	User string
	// Privileged is true with CAP_SYS_ADMIN in the caller's user namespace:
	// then nslab needs no user namespace of its own around it.
	Privileged bool
	// SetsIDs is true with CAP_SETUID and CAP_SETGID: then a user namespace gets
	// all the ids that there are, without newuidmap.
	SetsIDs bool
	// Program is the path of nslab itself.
	Program string
	// Env looks up an environment variable.
	Env func(string) string
	// Clone makes a process in new namespaces of every type and ends it. It tells
	// whether exec has put that into its new time namespace.
	Clone func() (entersTime bool, err error)
	// Writable says why files cannot be made in a directory, which need not
	// exist yet; nil if they can.
	Writable func(dir string) error
	// Boot boots a sandbox and starts a shell in it.
	Boot func(context.Context) (Times, error)
}

// Times is how long the parts of a start took.
type Times struct {
	// Open is the preparation, once for a server; Boot that of a sandbox; Shell
	// the time from the request to the prompt.
	Open, Boot, Shell time.Duration
}

// Wants says what the host is to be good for.
type Wants struct {
	// Needs has, for each program that lessons use, the ids of their labs.
	Needs map[string][]string
	// Data is the directory for progress and keys.
	Data string
}

// Examine asks everything. It always returns a whole report: what cannot be
// read is a finding as well.
func Examine(ctx context.Context, h Host, w Wants) Report {
	d := h.distro()
	where := h.place()
	r := Report{Host: h.title(d, where)}
	for _, f := range [][]Finding{
		h.kernel(), h.namespaces(), h.limits(), h.restrictions(where), h.ids(d, where),
		h.memfd(), h.covered(where), h.readOnly(where), h.hidden(), h.cgroups(), h.devices(where), h.programs(d, w.Needs), h.data(w.Data),
	} {
		r.Findings = append(r.Findings, f...)
	}
	r.Works = h.boots(ctx, &r)
	return r
}

// place is where the host is: what mends it differs.
type place int

const (
	machine place = iota
	docker
	podman
	pod
)

// String continues the sentence "this is …".
func (p place) String() string {
	return [...]string{"a machine", "a Docker container", "a Podman container", "a Kubernetes pod"}[p]
}

// place looks for what container engines leave in their containers.
func (h Host) place() place {
	switch {
	case h.Env("KUBERNETES_SERVICE_HOST") != "" || h.exists("var/run/secrets/kubernetes.io"):
		return pod
	case h.exists("run/.containerenv"):
		return podman
	case h.exists(".dockerenv") && h.layered():
		return docker
	}
	return machine
}

// layered reports whether the root is of a kind that engines stack images on. A
// machine whose disk was made from an image has its /.dockerenv, too.
func (h Host) layered() bool {
	var root string
	for _, m := range parseMounts(h.read("proc/self/mountinfo")) {
		if m.point == "/" {
			root = m.fstype
		}
	}
	return slices.Contains([]string{"overlay", "fuse.fuse-overlayfs", "btrfs", "zfs"}, root)
}

// sudo is the prefix of commands that need root.
func (h Host) sudo() string {
	if h.UID == 0 {
		return ""
	}
	return "sudo "
}

func (h Host) title(d distro, where place) string {
	who := "as " + cmp.Or(h.User, "a user without a name")
	if h.UID != 0 && h.Privileged {
		who += ", privileged"
	}
	parts := []string{d.name, "Linux " + h.Kernel, where.String(), who}
	if where == machine {
		parts = slices.Delete(parts, 2, 3)
	}
	return "nslab doctor: " + strings.Join(parts, ", ")
}

func (h Host) exists(path string) bool {
	_, err := fs.Stat(h.FS, path)
	return err == nil
}

// read returns a file's text without the space around it; "" if it cannot be
// read.
func (h Host) read(path string) string {
	b, err := fs.ReadFile(h.FS, path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// sysctl returns the value of a sysctl such as user.max_user_namespaces; "" if
// the kernel has no such one.
func (h Host) sysctl(name string) string {
	return h.read("proc/sys/" + strings.ReplaceAll(name, ".", "/"))
}

// setSysctl is the commands that set a sysctl now and after the next boot.
func (h Host) setSysctl(name, value string) string {
	setting := name + "=" + value
	return h.sudo() + "sysctl -w " + setting + "\n" +
		"echo " + setting + " | " + h.sudo() + "tee -a /etc/sysctl.d/60-nslab.conf"
}
