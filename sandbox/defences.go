//go:build linux

package sandbox

// defences are those that a test can leave out of a Host, to prove that the
// attack which each stops succeeds without it. Nothing but this package's own
// tests can set one: the zero value, and so every Host of the program, has
// them all.
type defences struct {
	// filter: without it the system call filter allows everything.
	filter bool
	// keyring: without it sandboxes inherit the server's session keyring.
	keyring bool
}
