package doctor

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// containerFlags are what a container with nslab in it must be run with. They
// are the README's.
const containerFlags = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined -v /sys:/sys"

// podSettings are what the pod of an nslab needs, as lines of its manifest.
const podSettings = `spec:
  hostUsers: false
  containers:
    - name: nslab
      securityContext:
        procMount: Unmasked
        seccompProfile: {type: Unconfined}
        appArmorProfile: {type: Unconfined}`

// restrictions tries to make namespaces and, where that fails, says which of
// the causes of one and the same EPERM it is.
func (h Host) restrictions(where place) []Finding {
	const name = "user namespaces"
	entersTime, err := h.Clone()
	if err == nil {
		found := []Finding{ok(name, "%s", h.allowed())}
		if !entersTime {
			found = append(found, Finding{Missing, "time namespaces", "On this kernel exec does not enter a new time namespace: sandboxes have the host's, in which \"nsenter -a\" fails, and a shell cannot be born in a new one.", ""})
		}
		return found
	}
	var found []Finding
	add := func(fix, format string, a ...any) {
		found = append(found, Finding{Impossible, name, fmt.Sprintf(format, a...), fix})
	}
	if !h.Privileged && h.sysctl("kernel.unprivileged_userns_clone") == "0" {
		add(h.setSysctl("kernel.unprivileged_userns_clone", "1"), "kernel.unprivileged_userns_clone is 0: only root may make user namespaces.")
	}
	if !h.Privileged && h.sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1" {
		says, fix := h.apparmor()
		add(fix, "%s", says)
	}
	switch {
	case len(found) > 0:
	case errors.Is(err, syscall.ENOSPC):
		add("", "The kernel says \"No space left on device\": one of the limits above has been reached, or 32 levels of nested user namespaces.")
	case errors.Is(err, syscall.EINVAL):
		add("", "The kernel does not know one of the types of namespace: %v.", err)
	case where == docker || where == podman:
		add(fmt.Sprintf("%s run %s …", strings.ToLower(strings.Fields(where.String())[1]), containerFlags), "Namespaces cannot be made in this container: %v. Its seccomp or AppArmor profile forbids it. Run it with:", err)
	case where == pod:
		add(podSettings, "Namespaces cannot be made in this pod: %v. It needs these settings, which Pod Security allows at the level \"privileged\" only:", err)
	case strings.Contains(h.read("proc/self/status"), "Seccomp:\t2"):
		add("", "Namespaces cannot be made: %v. A seccomp filter is on this process; start nslab outside of what has set it (a service's SystemCallFilter or RestrictNamespaces, a container, a sandboxed terminal).", err)
	default:
		add("", "Namespaces cannot be made: %v. A security module (SELinux, AppArmor) or a chroot forbids it: a process in a chroot cannot make user namespaces.", err)
	}
	return found
}

// allowed is the sentence for a host on which namespaces can be made.
func (h Host) allowed() string {
	switch {
	case h.Privileged:
		return "They can be made; this user is privileged."
	case h.sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
		return "They can be made: AppArmor restricts them, but not for this program."
	}
	return "Ordinary users can make them."
}

// apparmor says how Ubuntu 23.10 and later let a program have user namespaces.
func (h Host) apparmor() (says, fix string) {
	says = "AppArmor lets no program have user namespaces unless a profile grants userns (kernel.apparmor_restrict_unprivileged_userns is 1). "
	if strings.Contains(h.Program, "go-build") || h.Program == "" {
		says += "This program was built by \"go run\", into the build cache, which no profile should name. Install it, and run doctor again from there; or lift the restriction for all programs, with the last command."
		return says, "go build -o nslab . && " + h.sudo() + "install nslab /usr/local/bin/ && nslab doctor\n" +
			h.sudo() + "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
	}
	says += "This one lets this program have them:"
	// Quoted, not a here-document: it is printed indented, and copied so.
	return says, `echo 'abi <abi/4.0>,
include <tunables/global>
profile nslab ` + h.Program + ` flags=(unconfined) {
  userns,
  include if exists <local/nslab>
}' | ` + h.sudo() + "tee /etc/apparmor.d/nslab\n" + h.sudo() + "apparmor_parser -r /etc/apparmor.d/nslab"
}
