//go:build linux

package sandbox

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/nslab/sandbox/pid1"
)

// hostEtc names what a sandbox takes of the host's /etc: tables and settings
// that the tools in /usr want to find and that say nothing about the host. A
// pattern that matches nothing is passed over, and so is what is too large.
var hostEtc = []string{
	"alternatives/*", "ld.so.cache", "ld.so.conf", "ld.so.conf.d/*",
	"services", "protocols", "rpc", "ethertypes", "iproute2/*",
	"debian_version", "os-release", "login.defs", "shells", "inputrc", "terminfo/*/*",
	"pam.d/su", "pam.d/su-l", "pam.d/runuser", "pam.d/runuser-l", "pam.d/sudo", "pam.d/other", "pam.d/common-*",
	"pam.d/system-auth", "pam.d/postlogin", "security/limits.conf", "security/pam_env.conf", "xattr.conf",
}

// maxEtcFile bounds one copied file: the template holds it in memory.
const maxEtcFile = 256 << 10

//go:embed etc/bashrc
var bashrc string

//go:embed etc/sudo
var sudoShim string

// writeShared fills the template's directory of files that all sandboxes
// share: those of the host at root that hostEtc names.
func writeShared(dir, root string) error {
	if err := os.MkdirAll(filepath.Join(dir, "etc"), 0o755); err != nil {
		return err
	}
	for _, pattern := range hostEtc {
		matches, err := filepath.Glob(filepath.Join(root, "etc", pattern))
		if err != nil {
			return err
		}
		for _, from := range matches {
			if strings.HasSuffix(from, ".gz") || strings.HasSuffix(from, ".dpkg-old") {
				continue // manual pages' alternatives
			}
			rel, err := filepath.Rel(root, from)
			if err != nil {
				return err
			}
			if err := copyEtc(from, filepath.Join(dir, rel)); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFiles fills the template's directory of files that every sandbox gets a
// copy of.
func writeFiles(dir, hostname string, ids int) error {
	for name, content := range ownFiles(hostname, ids) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.Contains(name, "/bin/") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			return err
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}

// writeSetuid puts newuidmap and newgidmap among the shared files, owned by the
// sandboxes' root: those in a /usr that is owned by nobody are not setuid in a
// sandbox. Where sandboxes have separate ids, /usr is mapped and its own work.
func writeSetuid(dir, root string, owner int) error {
	for _, name := range []string{"newuidmap", "newgidmap"} {
		data, err := os.ReadFile(filepath.Join(root, "usr/bin", name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, pid1.SharedBin, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		// In this order: writing and chown both take the bit away.
		err = errors.Join(os.WriteFile(path, data, 0o755), os.Chown(path, owner, owner), os.Chmod(path, 0o755|os.ModeSetuid))
		if err != nil {
			return err
		}
	}
	return nil
}

// copyEtc copies a file or a link; what cannot be read or is too large is left
// out, since no lesson depends on a single file of the host's.
func copyEtc(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	switch {
	case info.Mode()&os.ModeSymlink != 0:
		link, err := os.Readlink(from)
		if err != nil {
			return nil
		}
		return os.Symlink(link, to)
	case info.Mode().IsRegular() && info.Size() <= maxEtcFile:
		data, err := os.ReadFile(from)
		if err != nil {
			return nil
		}
		return os.WriteFile(to, data, 0o644)
	}
	return nil
}

// ownFiles are the files that are the same on every host.
func ownFiles(hostname string, ids int) map[string]string {
	users := []struct {
		name, home, shell string
		id                int
	}{
		{"root", "/root", "/bin/bash", 0},
		{"daemon", "/usr/sbin", "/usr/sbin/nologin", 1},
		{"bin", "/bin", "/usr/sbin/nologin", 2},
		{"sys", "/dev", "/usr/sbin/nologin", 3},
		{"mail", "/var/mail", "/usr/sbin/nologin", 8},
		{"www-data", "/var/www", "/usr/sbin/nologin", 33},
		{"tcpdump", "/nonexistent", "/usr/sbin/nologin", 72},
		{"learner", "/home/learner", "/bin/bash", 1000},
		{"nobody", "/nonexistent", "/usr/sbin/nologin", 65534},
	}
	var passwd, group, shadow strings.Builder
	for _, u := range users {
		if u.id >= ids {
			continue // nobody could ever be that user here
		}
		fmt.Fprintf(&passwd, "%s:x:%d:%d::%s:%s\n", u.name, u.id, u.id, u.home, u.shell)
		fmt.Fprintf(&shadow, "%s:*:20000:0:99999:7:::\n", u.name)
		name := u.name
		if name == "nobody" {
			name = "nogroup"
		}
		fmt.Fprintf(&group, "%s:x:%d:\n", name, u.id)
	}
	if ids > 5 {
		group.WriteString("tty:x:5:\n")
	}
	if ids > 27 {
		group.WriteString("sudo:x:27:learner\n")
	}
	files := map[string]string{
		"etc/passwd":           passwd.String(),
		"etc/shadow":           shadow.String(),
		"etc/group":            group.String(),
		"etc/hostname":         hostname + "\n",
		"etc/hosts":            fmt.Sprintf("127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n", hostname),
		"etc/resolv.conf":      "# no network beyond this sandbox\n",
		"etc/nsswitch.conf":    "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n",
		"etc/environment":      "",
		"etc/profile":          "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n[ -n \"$BASH_VERSION\" ] && [ -f ~/.bashrc ] && . ~/.bashrc\n",
		"etc/sudoers":          "root ALL=(ALL:ALL) NOPASSWD: ALL\nlearner ALL=(ALL:ALL) NOPASSWD: ALL\n",
		"root/.bashrc":         bashrc,
		"home/learner/.bashrc": bashrc,
		"usr/local/bin/sudo":   sudoShim,
	}
	// Half of the ids are left for containers that a learner starts inside.
	if ids >= idsEach {
		sub := fmt.Sprintf("learner:%d:65536\n", ids-65536)
		files["etc/subuid"], files["etc/subgid"] = sub, sub
	} else if ids > 2*fewestIDs {
		// With 65536 ids: those above every system user and below nobody.
		sub := fmt.Sprintf("learner:%d:%d\n", 2000, min(ids-1, 65533)-2000)
		files["etc/subuid"], files["etc/subgid"] = sub, sub
	}
	return files
}
