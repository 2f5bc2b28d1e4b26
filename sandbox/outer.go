//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// outerEnv carries the state of entering a user namespace from one execution
// of the program to the next; init's and the shells' environments never have it.
const outerEnv = "NSLAB_USERNS"

// InUserNamespace makes the rest of the program run with CAP_SYS_ADMIN in its
// user namespace. It must be called first in main.
//
// Where the capability is there already (root, or a container that has it), it
// returns false at once. Otherwise it executes the program again in a user
// namespace of its own, waits for it, passes signals on, and returns true with
// the exit status to end with. That second run sees false.
//
// The ids of the new namespace come, in this order, from CAP_SETUID (all that
// there are), from newuidmap(1) and /etc/subuid, or are the caller's one.
func InUserNamespace() (done bool, status int, err error) {
	switch os.Getenv(outerEnv) {
	case "wait":
		return true, 1, becomeMapped()
	case "done":
		os.Unsetenv(outerEnv)
		// Once more: an exec that gains capabilities takes it away. If the parent
		// has died meanwhile, somebody else is the parent now.
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
			return false, 0, fmt.Errorf("sandbox: prctl: %w", err)
		}
		if parent := os.Getenv(outerEnv + "_PARENT"); parent != strconv.Itoa(os.Getppid()) {
			return true, 1, errors.New("sandbox: the process that started this one has ended")
		}
		os.Unsetenv(outerEnv + "_PARENT")
		if !has(unix.CAP_SYS_ADMIN) {
			return true, 1, errors.New("sandbox: no CAP_SYS_ADMIN in the new user namespace (does AppArmor restrict it? run \"nslab doctor\")")
		}
		return false, 0, nil
	}
	if has(unix.CAP_SYS_ADMIN) {
		return false, 0, nil
	}
	status, err = runInUserNamespace()
	return true, status, err
}

// has reports whether a capability is effective.
func has(capability uint) bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return false
	}
	return data[capability/32].Effective&(1<<(capability%32)) != 0
}

// becomeMapped waits until the parent has written the maps and executes the
// program once more: only exec gives root of a user namespace its capabilities.
func becomeMapped() error {
	if _, err := unix.Read(3, make([]byte, 1)); err != nil {
		return fmt.Errorf("sandbox: wait for the id maps: %w", err)
	}
	unix.Close(3)
	if err := os.Setenv(outerEnv, "done"); err != nil {
		return err
	}
	return os.NewSyscallError("execve", syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// runInUserNamespace is the parent's side.
func runInUserNamespace() (int, error) {
	// PR_SET_PDEATHSIG follows this thread, which must last.
	runtime.LockOSThread()
	read, write, err := os.Pipe()
	if err != nil {
		return 1, fmt.Errorf("sandbox: %w", err)
	}
	defer write.Close()
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), outerEnv+"=wait", fmt.Sprintf("%s_PARENT=%d", outerEnv, os.Getpid()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{read}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	_ = standAside() // both go; what it cannot do, Open says
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("sandbox: make a user namespace: %w (run \"nslab doctor\")", err)
	}
	read.Close()
	if err := writeMaps(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return 1, err
	}
	if _, err := write.Write([]byte{1}); err != nil {
		return 1, fmt.Errorf("sandbox: %w", err)
	}
	go func() {
		for s := range signals {
			// ^C reaches the child from the terminal as well.
			if s == unix.SIGINT && inForeground() {
				continue
			}
			_ = cmd.Process.Signal(s) // fails only when it has ended
		}
	}()
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, fmt.Errorf("sandbox: %w", err)
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// inForeground reports whether standard input is a terminal of which this is
// the foreground process group.
func inForeground() bool {
	pgrp, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
	return err == nil && pgrp == unix.Getpgrp()
}

// writeMaps gives the user namespace of pid its ids.
func writeMaps(pid int) error {
	proc := fmt.Sprintf("/proc/%d/", pid)
	if has(unix.CAP_SETUID) && has(unix.CAP_SETGID) {
		if err := writeAllIDs(proc); err == nil {
			return nil
		}
	}
	if writeSubIDs(pid) {
		return nil
	}
	// One uid and one gid, which need no privilege once setgroups is denied.
	for _, f := range []struct{ name, content string }{
		{"setgroups", "deny"},
		{"uid_map", fmt.Sprintf("0 %d 1", os.Geteuid())},
		{"gid_map", fmt.Sprintf("0 %d 1", os.Getegid())},
	} {
		if err := os.WriteFile(proc+f.name, []byte(f.content), 0); err != nil {
			return fmt.Errorf("sandbox: map one uid: %w (run \"nslab doctor\")", err)
		}
	}
	return nil
}

// writeAllIDs maps every id that this user namespace has to itself.
func writeAllIDs(proc string) error {
	for _, name := range []string{"uid_map", "gid_map"} {
		b, err := os.ReadFile("/proc/self/" + name)
		if err != nil {
			return err
		}
		var lines strings.Builder
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) == 3 {
				fmt.Fprintf(&lines, "%s %s %s\n", f[0], f[0], f[2])
			}
		}
		if err := os.WriteFile(proc+name, []byte(lines.String()), 0); err != nil {
			return err
		}
	}
	return nil
}

// writeSubIDs maps the caller to root and the range of /etc/subuid to what
// follows, with the setuid programs newuidmap(1) and newgidmap(1).
func writeSubIDs(pid int) bool {
	uid, gid := os.Geteuid(), os.Getegid()
	name := fmt.Sprint(uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	for _, m := range []struct {
		tool, file string
		id         int
	}{{"newuidmap", "/etc/subuid", uid}, {"newgidmap", "/etc/subgid", gid}} {
		b, err := os.ReadFile(m.file)
		if err != nil {
			return false
		}
		first, count, ok := subIDs(string(b), name, uid)
		if !ok {
			return false
		}
		args := []string{fmt.Sprint(pid), "0", fmt.Sprint(m.id), "1", "1", fmt.Sprint(first), fmt.Sprint(count)}
		if err := exec.Command(m.tool, args...).Run(); err != nil {
			return false
		}
	}
	return true
}

// subIDs finds the first range of a user in /etc/subuid or /etc/subgid. See
// subuid(5).
func subIDs(file, name string, uid int) (first, count int, ok bool) {
	for line := range strings.Lines(file) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) != 3 || (f[0] != name && f[0] != fmt.Sprint(uid)) {
			continue
		}
		if _, err := fmt.Sscan(f[1]+" "+f[2], &first, &count); err == nil && first > 0 && count > 0 {
			return first, count, true
		}
	}
	return 0, 0, false
}
