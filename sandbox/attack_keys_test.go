//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// keysEnv says that the test's process has a session keyring with a secret in
// it, as a server has that was started from a login.
const keysEnv = "NSLAB_TEST_KEYS"

// keyName is the description of the server's secret key.
const keyName = "nslab-attack"

// withServerKeys executes the test again with a session keyring and a key: all
// threads of a program have the keyring that it was started with, and no other
// way gives it to them. Where there are no keys it does nothing.
func withServerKeys() error {
	if os.Getenv(keysEnv) != "" {
		return nil
	}
	if err := os.Setenv(keysEnv, "none"); err != nil {
		return err
	}
	runtime.LockOSThread() // what this thread joins is what exec keeps
	if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil {
		return nil
	}
	if _, err := unix.AddKey("user", keyName, []byte(secret), unix.KEY_SPEC_SESSION_KEYRING); err != nil {
		return nil
	}
	if err := os.Setenv(keysEnv, "done"); err != nil {
		return err
	}
	return fmt.Errorf("execute the test again: %w", syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// withKeys are attacks on the keys of a server that has some.
var withKeys = condition{"where the kernel keeps keys", func(g *grounds) string {
	if !g.key {
		return "no key can be added"
	}
	return ""
}}
