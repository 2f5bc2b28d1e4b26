//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"example.org/nslab/sandbox/pid1"
	"golang.org/x/sys/unix"
)

// nodes are the devices of a sandbox, where the host has them. Each is bound:
// device nodes cannot be made in a user namespace.
var nodes = []string{"null", "zero", "full", "random", "urandom", "tty", "net/tun", "fuse"}

// nursery is the boot thread and its mount namespace. All sandboxes are
// cloned from it, one after another.
//
// It is one operating system thread for two reasons: its mount namespace is
// not that of the rest of the program, and the kernel sends a parent-death
// signal when the parent *thread* ends (prctl(2), PR_SET_PDEATHSIG).
type nursery struct {
	work chan func()
	done chan struct{}

	usr int // the template's detached /usr, before any id mapping
	// idmapped is true where each sandbox gets /usr with its own ids.
	idmapped bool
	// timens is true where each sandbox gets a time namespace.
	timens  bool
	without defences
}

// newNursery starts the boot thread and builds the template from the system at
// root.
func newNursery(root, hostname string, ids idPlan, wantIdmap bool, without defences) (*nursery, error) {
	n := &nursery{work: make(chan func()), done: make(chan struct{}), usr: -1, idmapped: wantIdmap, timens: true, without: without}
	ready := make(chan error)
	go n.run(ready, root, hostname, ids)
	if err := <-ready; err != nil {
		<-n.done
		return nil, err
	}
	return n, nil
}

// run is the boot thread. It is never unlocked: when run returns the thread
// ends, and with it the mount namespace and every sandbox still alive.
func (n *nursery) run(ready chan<- error, root, hostname string, ids idPlan) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread does not end with its goroutine. While this one has it,
		// another goroutine gets another.
		elsewhere := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(elsewhere)
			n.serve(ready, root, hostname, ids)
		}()
		<-elsewhere
		runtime.UnlockOSThread()
		return
	}
	n.serve(ready, root, hostname, ids)
}

// serve is run on the thread that it stays on.
func (n *nursery) serve(ready chan<- error, root, hostname string, ids idPlan) {
	defer close(n.done)
	err := n.build(root, hostname, ids)
	ready <- err
	if err != nil {
		return
	}
	for f := range n.work {
		f()
	}
	unix.Close(n.usr)
}

// do runs f on the boot thread and waits for it.
func (n *nursery) do(f func()) {
	done := make(chan struct{})
	n.work <- func() { defer close(done); f() }
	<-done
}

// close ends the boot thread. The kernel then kills whatever it cloned.
func (n *nursery) close() {
	close(n.work)
	<-n.done
}

// build makes the boot thread's mount namespace: a tmpfs with the template,
// and nothing else of the host but its proc and sysfs, which the kernel wants
// to see before it lets a user namespace mount new ones.
func (n *nursery) build(root, hostname string, ids idPlan) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("sandbox: unshare the boot thread's mount namespace: %w (run \"nslab doctor\")", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("sandbox: make the boot thread's mounts private: %w", err)
	}
	if err := n.leaveKeys(); err != nil {
		return err
	}
	stage, err := stagingDir()
	if err != nil {
		return err
	}
	// What is needed of the host is opened first: the tmpfs may cover it.
	tree, err := openHost(root)
	if err != nil {
		return err
	}
	defer tree.close()
	if err := unix.Mount("nslab", stage, "tmpfs", 0, "size=64m,mode=755"); err != nil {
		return fmt.Errorf("sandbox: mount the template's tmpfs on %s: %w", stage, err)
	}
	unix.Umask(0o022) // this thread's alone: its fs_struct came apart with CLONE_NEWNS
	at := func(parts ...string) string { return filepath.Join(append([]string{stage}, parts...)...) }
	for _, d := range []string{"usr", "top", "files", "shared", "dev/net", "proc", "sys", "new"} {
		if err := os.MkdirAll(at(d), 0o755); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	if err := tree.fill(at, hostname, ids, n.without); err != nil {
		return err
	}
	if err := pivotTo(stage); err != nil {
		return fmt.Errorf("sandbox: make the template the root of the boot thread: %w", err)
	}
	// Read-only from here on: what a sandbox inherits it can never make
	// writable, since the mounts of a more privileged namespace are locked.
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("sandbox: make the template read-only: %w", err)
	}
	n.usr, err = unix.OpenTree(unix.AT_FDCWD, pid1.TemplateUsr, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return fmt.Errorf("sandbox: clone the mount of /usr: %w", err)
	}
	return nil
}

// leaveKeys gives the boot thread, and with it every sandbox, an empty session
// keyring in place of the server's. One for all: they cannot use it, since the
// filter refuses keyctl(2), and one for each would soon reach the limit of a
// server that is an ordinary user. See session-keyring(7).
func (n *nursery) leaveKeys() error {
	if n.without.keyring {
		return nil
	}
	_, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) // 0: one without a name
	// ENOSYS: a kernel without keys. EPERM: a container engine's filter, and
	// then there are none to leave.
	if err != nil && err != unix.ENOSYS && err != unix.EPERM {
		return fmt.Errorf("sandbox: leave the session keyring: %w", err)
	}
	return nil
}

// stagingDir is a directory to mount the template on; what is below it stays
// visible to everybody but the boot thread.
func stagingDir() (string, error) {
	for _, d := range []string{"/tmp", "/run", "/mnt", "/var"} {
		if info, err := os.Stat(d); err == nil && info.IsDir() {
			return d, nil
		}
	}
	return "", fmt.Errorf("sandbox: none of /tmp, /run, /mnt and /var is there to build the template on")
}

// pivotTo makes dir, a mount point, the root of the calling thread's mount
// namespace and drops the old one. See pivot_root(2).
func pivotTo(dir string) error {
	if err := unix.Chdir(dir); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the old root: %w", err)
	}
	return unix.Chdir("/")
}

// withUsr runs f while /usr of the template shows the files of the host's
// root as owned by the root of the user namespace userns. Without idmapped
// mounts it just runs f. Boot thread only. See mount_setattr(2), "ID-mapped
// mounts".
func (n *nursery) withUsr(userns int, f func() error) error {
	if !n.idmapped {
		return f()
	}
	fd, err := unix.OpenTree(n.usr, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH)
	if err != nil {
		return fmt.Errorf("clone the mount of /usr: %w", err)
	}
	defer unix.Close(fd)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP | n.without.usrAttr(), Userns_fd: uint64(userns)}
	if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr); err != nil {
		return fmt.Errorf("map the ids of /usr: %w", err)
	}
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, pid1.TemplateUsr, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mount the id-mapped /usr: %w", err)
	}
	ferr := f()
	if err := unix.Unmount(pid1.TemplateUsr, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the id-mapped /usr: %w", err)
	}
	return ferr
}

// environment is init's: nothing of the server's.
func (n *nursery) environment() []string {
	if n.without.environment {
		return append(os.Environ(), pid1.Environment...)
	}
	return pid1.Environment
}

// clone starts init on the boot thread: nslab from the memfd, with every
// namespace new, and control as its end of the socket pair. box is the cgroup
// of version 2 to be born in; nil for the server's own.
func (n *nursery) clone(memfd, control *os.File, null *os.File, ids []syscall.SysProcIDMap, setgroups bool, box *os.File) (pid, pidfd int, err error) {
	pidfd = -1
	attr := &syscall.ProcAttr{
		Dir:   "/",
		Env:   n.environment(),
		Files: []uintptr{null.Fd(), null.Fd(), null.Fd(), control.Fd()},
		Sys: &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
				unix.CLONE_NEWUTS | unix.CLONE_NEWIPC, // and init unshares NEWCGROUP
			UidMappings:                ids,
			GidMappings:                ids,
			GidMappingsEnableSetgroups: setgroups,
			Credential:                 &syscall.Credential{Uid: 0, Gid: 0, NoSetGroups: !setgroups},
			Pdeathsig:                  unix.SIGKILL,
			Setsid:                     true,
			PidFD:                      &pidfd,
		},
	}
	if n.timens {
		// In the child, before exec, which enters it since Linux 6.2 or so.
		// Without a time namespace of its own, one cannot be joined inside.
		attr.Sys.Unshareflags = unix.CLONE_NEWTIME
	}
	if box != nil { // born in its cgroup; see clone(2), CLONE_INTO_CGROUP
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, int(box.Fd())
	}
	path := fmt.Sprintf("/proc/self/fd/%d", memfd.Fd())
	pid, err = syscall.ForkExec(path, []string{pid1.Argv0}, attr)
	return pid, pidfd, err
}
