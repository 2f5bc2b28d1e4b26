//go:build linux

package sandbox

import "golang.org/x/sys/unix"

// defences are those that a test can leave out of a Host, to prove that the
// attack which each stops succeeds without it. Nothing but this package's own
// tests can set one: the zero value, and so every Host of the program, has
// them all.
type defences struct {
	// filter: without it the system call filter allows everything.
	filter bool
	// keyring: without it sandboxes inherit the server's session keyring.
	keyring bool
	// readOnly: without it /usr is as writable as it is on the host.
	readOnly bool
	// seals: without them the memfd that init runs from can be changed.
	seals bool
	// environment: without it init inherits the server's.
	environment bool
	// messages: without it whatever init sends for a terminal is one.
	messages bool
}

// usrAttr are the attributes of the mounts of /usr.
func (d defences) usrAttr() uint64 {
	if d.readOnly {
		return 0
	}
	return unix.MOUNT_ATTR_RDONLY
}
