//go:build linux

package pid1

import (
	"fmt"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// Template is what the server's boot thread prepares and every init finds as
// its root: mounts that only it could make, and files that are the same in
// every sandbox. Mounts that come with a clone into a new user namespace are
// locked: a learner cannot make /usr writable again.
// See mount_namespaces(7), "Restrictions on mount namespaces".
const (
	// TemplateUsr is the host's /usr (or that of --rootfs), read-only.
	TemplateUsr = "/usr"
	// TemplateTop holds what else belongs at the root beside /usr: links such
	// as bin -> usr/bin, or directories on hosts that have not merged them.
	TemplateTop = "/top"
	// TemplateFiles holds what is copied into each sandbox: files of /etc, the
	// home directories, /usr/local.
	TemplateFiles = "/files"
	// TemplateShared holds what all sandboxes share, read-only: the host's
	// tables for /etc, to which links lead. A copy of them would cost each
	// sandbox a quarter of a megabyte.
	TemplateShared = "/shared"
	// TemplateDev holds the device nodes.
	TemplateDev = "/dev"
)

// newRoot is where the sandbox's root is put together, in the template.
const newRoot = "/new"

// tmpfs sizes. They bound what a learner can take of the host's memory where
// no cgroup does; a lesson needs a few hundred KiB.
const (
	rootSize = "size=192m,nr_inodes=48k,mode=755"
	runSize  = "size=16m,nr_inodes=8k,mode=755"
	shmSize  = "size=64m,nr_inodes=8k,mode=1777"
	devSize  = "size=4m,nr_inodes=4k,mode=755"
)

const (
	// maxPID bounds the processes and threads of a sandbox.
	maxPID = 4096
	// MaxProcesses bounds those of one of its users (RLIMIT_NPROC): a fork bomb
	// of root's leaves room for init.
	MaxProcesses = 1024
	// MaxFiles bounds the open files of each process (RLIMIT_NOFILE); a shell
	// begins with softFiles, as on other machines.
	MaxFiles  = 4096
	softFiles = 1024
	// maxLocked bounds the memory that a user keeps from being swapped
	// (RLIMIT_MEMLOCK): the kernel's default, where the server has more.
	maxLocked = 8 << 20
	// maxSignals bounds what is queued for a user (RLIMIT_SIGPENDING), 640 KiB.
	maxSignals = 4096
	// maxData bounds what one process has of its own (RLIMIT_DATA) where there is
	// no cgroup: the server's watchdog needs a second to see who takes too much.
	// What is only reserved does not count, as a bound on addresses
	// (RLIMIT_AS) would have it.
	maxData = 1 << 30
	// OOM scores; see proc_pid_oom_score_adj(5).
	initOOMScore  = 300
	shellOOMScore = 600
)

// boot turns the cloned process into the init of a sandbox, in this order. It
// returns a detached procfs of the sandbox's pid namespace, for the server.
func boot(c Config) (procfs int, err error) {
	steps := []struct {
		name string
		do   func() error
	}{
		// Not cloned into: its root is the cgroup of whoever makes it, which must
		// be init's own by now.
		{"unshare the cgroup namespace", func() error { return unix.Unshare(unix.CLONE_NEWCGROUP) }},
		// Before all mounts: nothing that follows may propagate anywhere.
		{"make mounts private", func() error { return mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") }},
		{"mount the root tmpfs", func() error { return mount("tmpfs", newRoot, "tmpfs", 0, rootSize) }},
		{"attach /usr", attachUsr},
		{"attach the rest of the root", attachTop},
		{"make the writable directories", makeWritable},
		{"copy the files", func() error { return copyFiles(c) }},
		{"link the shared files", linkShared},
		{"fill /dev", func() error { return fillDev(c) }},
		// While the host's proc and sysfs are still in this mount namespace:
		// the kernel allows new ones in a user namespace only beside fully
		// visible old ones (mount_too_revealing in fs/namespace.c).
		{"mount /proc", func() error { return mountTwice("proc", "proc") }},
		{"mount /sys", func() error { return mountTwice("sys", "sysfs") }},
		{"detach a procfs for the server", func() error { procfs, err = detachedProc(); return err }},
		// After the hidden copies: this tmpfs is what hides them.
		{"mount /run", mountRun},
		{"enter the root", pivot},
		{"set the hostname", func() error { return unix.Sethostname([]byte(c.Hostname)) }},
		{"bring lo up", loopbackUp},
		// Last: nothing before it was the learner's.
		{"install the system call filter", func() error { return installFilter(c) }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return -1, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	openPing(c)
	bound()
	return procfs, nil
}

// attachUsr binds the template's /usr and gives it a /usr/local of its own.
func attachUsr() error {
	if err := bind(TemplateUsr, newRoot+"/usr"); err != nil {
		return err
	}
	return mount("tmpfs", newRoot+"/usr/local", "tmpfs", 0, runSize)
}

// attachTop repeats the template's links and binds its directories.
func attachTop() error {
	entries, err := os.ReadDir(TemplateTop)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, to := path.Join(TemplateTop, e.Name()), path.Join(newRoot, e.Name())
		if e.IsDir() {
			if err := bind(from, to); err != nil {
				return err
			}
			continue
		}
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, to); err != nil {
			return err
		}
	}
	return nil
}

// makeWritable makes the directories of the root tmpfs that a learner may
// expect to be there.
func makeWritable() error {
	for _, d := range []struct {
		path string
		mode os.FileMode
	}{
		{"root", 0o700},
		{"home", 0o755},
		{"home/learner", 0o750},
		{"etc", 0o755},
		{"mnt", 0o755},
		{"opt", 0o755},
		{"srv", 0o755},
		{"media", 0o755},
		{"tmp", 0o777 | os.ModeSticky},
		{"run", 0o755},
		{"proc", 0o555},
		{"sys", 0o555},
		{"var", 0o755},
		{"var/cache", 0o755},
		{"var/lib", 0o755},
		{"var/log", 0o755},
		{"var/spool", 0o755},
		{"var/tmp", 0o777 | os.ModeSticky},
	} {
		dir := path.Join(newRoot, d.path)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(dir, d.mode); err != nil {
			return err
		}
	}
	for link, target := range map[string]string{"var/run": "/run", "var/lock": "/run/lock"} {
		if err := os.Symlink(target, path.Join(newRoot, link)); err != nil {
			return err
		}
	}
	return nil
}

// mountTwice mounts a file system where it belongs and once more where /run
// will cover it. Tools such as `ip netns exec` unmount /sys and mount it
// again, which needs a second one that nothing is mounted on.
func mountTwice(dir, fstype string) error {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	hidden := path.Join(newRoot, "run", dir)
	if err := os.Mkdir(hidden, 0o555); err != nil {
		return err
	}
	for _, at := range []string{hidden, path.Join(newRoot, dir)} {
		err := unix.Mount(fstype, at, fstype, flags, "")
		if err == unix.EPERM { // in a Kubernetes pod sysfs can only be mounted read-only
			err = unix.Mount(fstype, at, fstype, flags|unix.MS_RDONLY, "")
		}
		if err == unix.EPERM {
			return fmt.Errorf("mount %s: %w (part of the host's /%s is covered by another mount, as container engines do; run \"nslab doctor\")", fstype, err, dir)
		}
		if err != nil {
			return fmt.Errorf("mount %s: %w", fstype, err)
		}
	}
	return nil
}

// detachedProc returns a procfs that is mounted nowhere, so that nothing in
// the sandbox can cover it or change its options.
func detachedProc() (int, error) {
	fs, err := unix.Fsopen("proc", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsopen proc: %w", err)
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("fsconfig proc: %w", err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fsmount proc: %w", err)
	}
	return fd, nil
}

// mountRun gives /run a tmpfs of its own: libmount keeps its utab and ip its
// netns directory there. Nothing is below it before `ip netns add`, as on a
// freshly booted machine.
func mountRun() error {
	run := newRoot + "/run"
	if err := mount("tmpfs", run, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, runSize); err != nil {
		return err
	}
	for _, d := range []string{"lock", "netns"} {
		if err := os.Mkdir(run+"/"+d, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// pivot makes newRoot the root and drops the template, and with it the last
// sight of the host. See pivot_root(2), "pivot_root(".", ".")".
func pivot() error {
	if err := unix.Chdir(newRoot); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	return unix.Chdir("/")
}

// loopbackUp sets IFF_UP on lo in the sandbox's own network namespace. See
// netdevice(7).
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr)
}

// openPing lets every group send ICMP echo without a raw socket, as Debian's
// ping expects. Where it cannot be set, ping still works for root.
func openPing(c Config) {
	_ = os.WriteFile("/proc/sys/net/ipv4/ping_group_range", fmt.Appendf(nil, "0 %d", c.IDs-1), 0)
}

// bound sets the limits that need no cgroup. Where one cannot be set, it is
// because an older kernel keeps it for the whole machine.
func bound() {
	// Of the pid namespace, since Linux 6.14. See pid_namespaces(7).
	_ = os.WriteFile("/proc/sys/kernel/pid_max", []byte(strconv.Itoa(maxPID)), 0)
	for _, l := range userLimits {
		_ = os.WriteFile("/proc/sys/user/max_"+l.of, []byte(strconv.Itoa(l.most)), 0)
	}
	// When the host runs out of memory, its own programs are not what goes
	// first. Shells are started with a higher one still.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte(strconv.Itoa(initOOMScore)), 0)
}

// userLimits bound what each user of the sandbox may have of what costs the
// kernel most, or is there for everybody; see namespaces(7), "The /proc/sys/user directory". They
// keep mistakes and storms small. They bind a learner who knows them only as
// far as the cgroup does: root in the sandbox may write there.
var userLimits = []struct {
	of   string
	most int
}{
	{"user_namespaces", 512},
	{"pid_namespaces", 512},
	{"mnt_namespaces", 512},
	// One costs the kernel 100 KiB and, afterwards, milliseconds in which no
	// other can end.
	{"net_namespaces", 128},
	// All sandboxes together have those of the user who runs the server: 128 on
	// most machines. tail -f needs one.
	{"inotify_instances", 16},
	{"inotify_watches", 4096},
}

// mount is mount(2) with the target in its error.
func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, fstype, flags, data); err != nil {
		return &os.PathError{Op: "mount", Path: target, Err: err}
	}
	return nil
}

// bind binds a file or directory of the template, with what is mounted below
// it, at a new directory. The source is read-only and stays so.
func bind(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	return mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}
