//go:build linux

package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

const (
	ownRoot  = "a root file system of its own"
	locked   = "mounts that were read-only before its user namespace was"
	readOnly = "the system's /usr is mounted read-only"
)

var (
	// writable is for the copy of a system, of which nothing is read-only.
	writable = leaving("mounted writable", defences{readOnly: true})
	// madeInside is a read-only mount that the learner's own namespaces own.
	madeInside = naively("on a mount made read-only inside")
)

// attacksOnFiles read and write what is on the host's disk.
var attacksOnFiles = []attack{
	{name: "reads a file of the host that everybody may read", defence: ownRoot, without: outOf(snapshot.MNT), command: "grep -q {secret} {file}"},
	{name: "writes into a directory of the host that everybody may write", defence: ownRoot, without: outOf(snapshot.MNT), command: "touch {drop}/planted"},
	{name: "reads the host's shared memory by its file", defence: ownRoot, without: outOf(snapshot.MNT), command: "grep -q {secret} {shmfile}"},
	{name: "connects to a socket file of the host", defence: ownRoot, without: outOf(snapshot.MNT), command: "{hosttool} abstract {socket}"},
	{name: "mounts something where the host sees it", defence: ownRoot + " and of its own users", without: outOf(snapshot.MNT, snapshot.USER), where: asRoot, try: mountOnHost},
	{name: "remounts /usr writable", defence: locked, without: madeInside, try: remount("/usr", "mount -o remount,bind,rw {}")},
	{name: "remounts a copy of /usr writable with mount_setattr(2)", defence: locked, without: madeInside, try: remount("/usr", "{tool} remount {}")},
	{name: "binds /usr elsewhere and remounts that", defence: locked, without: madeInside, try: remount("/usr", "mkdir /tmp/b && mount --bind {} /tmp/b && mount -o remount,bind,rw /tmp/b && touch /tmp/b/planted")},
	{name: "remounts the files that all sandboxes share", defence: locked, without: madeInside, try: remount("/.nslab", "mount -o remount,bind,rw {}")},
	{name: "writes to /usr", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "echo x >/usr/planted"},
	{name: "writes to /usr through /proc/1/root", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "echo x >/proc/1/root/usr/planted"},
	{name: "writes to /usr from a mount namespace of its own", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "{tool} remount /usr"},
	{name: "writes to /usr through an overlay's upper layer", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "{tool} overlay /usr"},
	{name: "makes a program of /usr setuid", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "{tool} chmod /usr/bin/bash"},
	{name: "removes a program of /usr", defence: readOnly, without: writable, system: true, where: ownsUsr, command: "{tool} remove /usr/bin/spare"},
}

// ownsUsr are attacks by whom the files of /usr belong to: the root of a
// server that is root, through a mapped mount, or the user with one id, in a
// root file system that is theirs.
var ownsUsr = condition{"as root; rootless, one id", func(g *grounds) string {
	if g.ids.first != firstID && g.ids.each != 1 {
		return "the files belong to nobody in the sandbox"
	}
	return ""
}}

// remount tries to make a mount writable and to write there: dir, or where the
// defence is missing one that was made read-only in the sandbox.
func remount(dir, command string) func(*scene) bool {
	return func(sc *scene) bool {
		at := dir
		if sc.weak {
			at = "/tmp/own"
			sc.run("mkdir /tmp/own; mount --bind /tmp/own /tmp/own; mount -o remount,bind,ro /tmp/own")
			if out := sc.run("touch /tmp/own/x"); !strings.Contains(out, "Read-only") {
				sc.t.Fatalf("the learner's own mount is not read-only: %q", out)
			}
		}
		command := strings.ReplaceAll(command, "{}", at)
		if strings.HasPrefix(command, "mount -o") {
			command += " && touch " + at + "/planted"
		}
		out := sc.run("if " + command + "; then echo got in; fi")
		in := strings.Contains(out, "got in")
		if in != sc.weak {
			sc.t.Logf("it says %q", out)
		}
		return in
	}
}

// mountOnHost mounts a tmpfs on a path of the host's.
func mountOnHost(sc *scene) bool {
	sc.run("mkdir -p {drop}; mount -t tmpfs none {drop}")
	drop := sc.fill("{drop}")
	var at, parent unix.Stat_t
	sc.must(unix.Stat(drop, &at))
	sc.must(unix.Stat(filepath.Dir(drop), &parent))
	if at.Dev == parent.Dev {
		return false
	}
	sc.must(unix.Unmount(drop, unix.MNT_DETACH))
	return true
}

// systemCopy is a small system that may be broken: bash and what it and the
// tool are linked with.
func (g *grounds) systemCopy() string {
	g.t.Helper()
	if g.system != "" {
		return g.system
	}
	root := filepath.Join(g.dir, "system")
	g.must(os.MkdirAll(root+"/usr/bin", 0o755))
	for _, name := range []string{"bin", "sbin", "lib", "lib64", "local"} {
		g.must(os.MkdirAll(root+"/usr/"+name, 0o755))
		if name != "local" {
			g.must(os.Symlink("usr/"+name, root+"/"+name))
		}
	}
	files := []string{"/usr/bin/bash"}
	for _, program := range []string{"/usr/bin/bash", executable(g.t)} {
		out, err := exec.Command("ldd", program).Output()
		if err != nil {
			continue // linked with nothing
		}
		for _, word := range strings.Fields(string(out)) {
			if strings.HasPrefix(word, "/") {
				files = append(files, word)
			}
		}
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		g.must(err)
		to := root + "/usr/" + strings.TrimPrefix(strings.TrimPrefix(f, "/usr"), "/")
		g.must(os.MkdirAll(filepath.Dir(to), 0o755))
		g.must(os.WriteFile(to, data, 0o755))
	}
	g.must(os.WriteFile(root+"/usr/bin/spare", []byte("#!/bin/sh\n"), 0o755))
	g.system = root
	return root
}
