//go:build linux

package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"example.org/nslab/sandbox"
)

// bootLimit bounds the attempt to boot a sandbox; one takes 10 ms.
const bootLimit = 30 * time.Second

// This is the host that the program runs on; sandboxes have the root file
// system rootfs, or the host's own if that is "". boot is the command line with
// which the program executes TryBoot.
func This(rootfs string, boot ...string) Host {
	h := Host{
		FS: os.DirFS("/"), UID: os.Geteuid(), Env: os.Getenv,
		Privileged: capable(unix.CAP_SYS_ADMIN), SetsIDs: capable(unix.CAP_SETUID) && capable(unix.CAP_SETGID),
		Clone: clone, Writable: writable,
		Boot: func(ctx context.Context) (Times, error) { return runBoot(ctx, boot) },
	}
	h.Tree = h.FS
	if rootfs != "" {
		h.Tree = os.DirFS(rootfs)
	}
	if u, err := user.LookupId(strconv.Itoa(h.UID)); err == nil {
		h.User = u.Username
	}
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		h.Kernel = unix.ByteSliceToString(uts.Release[:])
	}
	if exe, err := os.Executable(); err == nil {
		h.Program = exe
	}
	return h
}

// capable reports whether a capability, one of the first 32, is effective.
func capable(capability uint) bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&hdr, &data[0]) == nil && data[0].Effective&(1<<capability) != 0
}

// clone makes a process with the namespaces of a sandbox, as sandboxes are
// made. The user namespace alone says little: where AppArmor restricts them it
// can be made, but gives no capabilities, and the others cannot. The process
// stops right after its exec, when it is in its time namespace or will never be.
func clone() (entersTime bool, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"nslab: doctor"}, &syscall.ProcAttr{
		Sys: &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
				unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP,
			Unshareflags: unix.CLONE_NEWTIME,
			// Traced, it stops at its exec and is ended before it has begun.
			Ptrace:    true,
			Pdeathsig: unix.SIGKILL,
		},
	})
	if err != nil {
		return false, err
	}
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err == nil && status.Stopped():
			ns := fmt.Sprintf("/proc/%d/ns/", pid)
			own, err1 := os.Readlink(ns + "time")
			children, err2 := os.Readlink(ns + "time_for_children")
			entersTime = err1 == nil && err2 == nil && own == children
			_ = unix.Kill(pid, unix.SIGKILL) // a child not yet reaped
		default:
			return entersTime, nil
		}
	}
}

// writable makes a directory in dir, or in the nearest parent that there is, and
// removes it: permission bits are not all that can forbid it.
func writable(dir string) error {
	for {
		info, err := os.Stat(dir)
		switch {
		case os.IsNotExist(err) && dir != filepath.Dir(dir):
			dir = filepath.Dir(dir)
		case err != nil:
			return bare(err)
		case !info.IsDir():
			return fmt.Errorf("%s is not a directory", dir)
		default:
			probe, err := os.MkdirTemp(dir, ".nslab-doctor-*")
			if err != nil {
				return bare(err)
			}
			return os.Remove(probe)
		}
	}
}

// bare is an error without the operation and the path, which are known.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// runBoot executes the program again for TryBoot: who is no root must enter a
// user namespace for it, and doctor itself looks at the host from outside.
func runBoot(ctx context.Context, args []string) (Times, error) {
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			first, _, _ := strings.Cut(said, "\n")
			return Times{}, errors.New(strings.NewReplacer("nslab: ", "", ` (run "nslab doctor")`, "", `; run "nslab doctor"`, "").Replace(first))
		}
		return Times{}, err
	}
	var t Times
	if err := json.Unmarshal([]byte(stdout.String()), &t); err != nil {
		return Times{}, fmt.Errorf("read the times of the start: %w", err)
	}
	return t, nil
}

// TryBoot boots a sandbox, starts a shell in it and waits for its prompt. It
// needs CAP_SYS_ADMIN: see sandbox.InUserNamespace.
func TryBoot(ctx context.Context, rootfs string) (t Times, err error) {
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	start := time.Now()
	h, err := sandbox.Open(ctx, sandbox.Options{Rootfs: rootfs, MaxSandboxes: 2})
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	t.Open = time.Since(start)
	// The first was booted by Open, as a proof that it can be done.
	if _, err := h.Take(ctx); err != nil {
		return t, err
	}
	start = time.Now()
	s, err := h.Take(ctx)
	if err != nil {
		return t, err
	}
	t.Boot = time.Since(start)
	start = time.Now()
	shell, err := s.StartShell(ctx, sandbox.ShellSpec{Title: "doctor"})
	if err != nil {
		return t, err
	}
	a := shell.Terminal().Attach(sandbox.AttachOptions{Offset: -1})
	defer a.Close()
	var seen strings.Builder
	for !strings.Contains(seen.String(), "# ") {
		c, err := a.Next(ctx)
		if err != nil {
			return t, fmt.Errorf("sandbox: the shell showed no prompt: %w (its output: %q)", err, seen.String())
		}
		seen.Write(c.Data)
		a.Ack(c.Offset + int64(len(c.Data)))
	}
	t.Shell = time.Since(start)
	return t, nil
}
