package doctor

import (
	"cmp"
	"slices"
	"strings"
)

// distro is the distribution at hand. See os-release(5).
type distro struct {
	name string
	// family is debian, ubuntu, fedora or "": how packages are called and
	// installed.
	family string
}

func (h Host) distro() distro {
	text := cmp.Or(h.read("etc/os-release"), h.read("usr/lib/os-release"))
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"'`)
		}
	}
	d := distro{name: cmp.Or(values["PRETTY_NAME"], "an unknown distribution")}
	like := append([]string{values["ID"]}, strings.Fields(values["ID_LIKE"])...)
	for _, known := range []struct {
		family string
		ids    []string
	}{
		{"ubuntu", []string{"ubuntu"}}, // before debian, which Ubuntu is like
		{"debian", []string{"debian"}},
		{"fedora", []string{"fedora", "rhel", "centos"}},
	} {
		if d.family == "" && slices.ContainsFunc(known.ids, func(id string) bool { return slices.Contains(like, id) }) {
			d.family = known.family
		}
	}
	return d
}

// install is the command that installs programs; for an unknown distribution,
// the advice.
func (h Host) install(d distro, programs []program) string {
	var packages []string
	for _, p := range programs {
		name := p.debian
		if d.family == "fedora" {
			name = p.fedora
		}
		if !slices.Contains(packages, name) {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	list := strings.Join(packages, " ")
	switch d.family {
	case "debian", "ubuntu":
		return h.sudo() + "apt-get update && " + h.sudo() + "apt-get install -y --no-install-recommends " + list
	case "fedora":
		return h.sudo() + "dnf install -y " + list
	}
	return "install, with the package manager at hand, what Debian calls " + list
}
