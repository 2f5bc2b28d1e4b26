//go:build linux

package pid1

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openPTY opens a new pty of the sandbox's own devpts. See ptmx(4).
//
// It is written out because init must import little: creack/pty needs os/exec
// and with it path/filepath, which the order of initialisation puts behind a
// hundred packages of the server's. That is 0.4 MB and 1 ms a sandbox.
func openPTY(cols, rows uint16) (master, tty int, err error) {
	master, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, -1, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	tty, err = openPeer(master)
	if err == nil {
		err = unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &unix.Winsize{Col: cols, Row: rows})
		if err == nil {
			return master, tty, nil
		}
		unix.Close(tty)
	}
	unix.Close(master)
	return -1, -1, err
}

// openPeer unlocks the other side of a pty and opens it. By number rather than
// by TIOCGPTPEER: `tty` then finds the name by which it was opened.
func openPeer(master int) (int, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return -1, fmt.Errorf("unlock the pty: %w", err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return -1, fmt.Errorf("number of the pty: %w", err)
	}
	path := fmt.Sprintf("/dev/pts/%d", n)
	tty, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return tty, nil
}
