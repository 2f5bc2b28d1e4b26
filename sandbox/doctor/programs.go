package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// program is one that lessons use, with the package that brings it.
type program struct{ name, debian, fedora string }

// programs are what the lessons and the examples of the manual pages use. Their
// Debian packages are those of deploy/tools.txt.
var programs = []program{
	{"bash", "bash", "bash"},
	{"capsh", "libcap2-bin", "libcap"},
	{"cat", "coreutils", "coreutils"},
	{"chroot", "coreutils", "coreutils"},
	{"ethtool", "ethtool", "ethtool"},
	{"findmnt", "mount", "util-linux"},
	{"gcc", "gcc", "gcc"},
	{"getpcaps", "libcap2-bin", "libcap"},
	{"hostname", "hostname", "hostname"},
	{"ip", "iproute2", "iproute"},
	{"ipcmk", "util-linux-extra", "util-linux"},
	{"ipcs", "util-linux", "util-linux"},
	{"iptables", "iptables", "iptables-nft"},
	{"less", "less", "less"},
	{"ls", "coreutils", "coreutils"},
	{"lsns", "util-linux", "util-linux"},
	{"mount", "mount", "util-linux"},
	{"mountpoint", "util-linux", "util-linux"},
	{"nc", "netcat-openbsd", "nmap-ncat"},
	{"newuidmap", "uidmap", "shadow-utils"},
	{"nft", "nftables", "nftables"},
	{"nsenter", "util-linux", "util-linux"},
	{"ping", "iputils-ping", "iputils"},
	{"pivot_root", "util-linux", "util-linux"},
	{"ps", "procps", "procps-ng"},
	{"pstree", "psmisc", "psmisc"},
	{"readlink", "coreutils", "coreutils"},
	{"setpriv", "util-linux", "util-linux"},
	{"ss", "iproute2", "iproute"},
	{"stat", "coreutils", "coreutils"},
	{"strace", "strace", "strace"},
	{"sysctl", "procps", "procps-ng"},
	{"tcpdump", "tcpdump", "tcpdump"},
	{"umount", "mount", "util-linux"},
	{"unshare", "util-linux", "util-linux"},
	{"vi", "vim-tiny", "vim-minimal"},
}

// programs looks for what the lessons use in the tree that sandboxes will see.
func (h Host) programs(d distro, needs map[string][]string) []Finding {
	var found []Finding
	known := map[string]bool{}
	var extra []program // missing, and no lab is lost by it
	for _, p := range programs {
		known[p.name] = true
		switch {
		case h.hasProgram(h.Tree, p.name):
		case p.name == "bash":
			found = append(found, Finding{Impossible, "programs", "There is no bash, which is the shell of every lesson.", h.install(d, []program{p})})
		case len(needs[p.name]) > 0:
			found = append(found, h.lacks(d, p, needs[p.name]))
		default:
			extra = append(extra, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		if !known[name] && !h.hasProgram(h.Tree, name) {
			found = append(found, h.lacks(d, program{name: name}, needs[name]))
		}
	}
	if len(found) == 0 {
		found = append(found, ok("programs", "All that the labs need are there."))
	}
	if len(extra) > 0 {
		var names []string
		for _, p := range extra {
			names = append(names, p.name)
		}
		found = append(found, Finding{Missing, "more programs", "No lab needs them, but tutorials and manual pages use them: " + strings.Join(names, ", ") + ".", h.install(d, extra)})
	}
	if !h.completes() {
		found = append(found, Finding{Missing, "completion", "Without bash-completion, Tab completes file names only.", h.install(d, []program{{"", "bash-completion", "bash-completion"}})})
	}
	return found
}

// lacks is the finding for a program that labs need.
func (h Host) lacks(d distro, p program, labs []string) Finding {
	word := "labs"
	if len(labs) == 1 {
		word = "lab"
	}
	f := Finding{State: Missing, Name: "programs", Says: fmt.Sprintf("There is no %s, which the %s %s cannot do without.", p.name, word, strings.Join(labs, ", "))}
	if cmp.Or(p.debian, p.fedora) != "" {
		f.Fix = h.install(d, []program{p})
	}
	return f
}

func (h Host) completes() bool {
	return (Host{FS: h.Tree}).exists("usr/share/bash-completion/bash_completion")
}

// devices looks for device nodes that sandboxes get where the host has them.
func (h Host) devices(where place) []Finding {
	if h.exists("dev/net/tun") {
		return nil
	}
	f := Finding{Missing, "/dev/net/tun", "Without it nobody can make tun and tap interfaces in a sandbox.", h.sudo() + "modprobe tun"}
	switch where {
	case docker, podman:
		f.Fix = strings.ToLower(strings.Fields(where.String())[1]) + " run --device /dev/net/tun …"
	case pod:
		f.Fix = ""
	case machine:
	}
	return []Finding{f}
}

// dataName is the name of findings about the data directory.
const dataName = "data directory"

func (h Host) data(dir string) []Finding {
	if err := h.Writable(dir); err != nil {
		return []Finding{{Impossible, dataName, fmt.Sprintf("Files cannot be made in %s: %v. Give another one with --data, or let this user have it:", dir, err), fmt.Sprintf("%sinstall -d -m 700 -o %s %s", h.sudo(), cmp.Or(h.User, fmt.Sprint(h.UID)), dir)}}
	}
	return []Finding{ok(dataName, "%s can be written.", dir)}
}
