//go:build linux

package pid1

import (
	"fmt"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxPTYs bounds those of the sandbox's own devpts: all sandboxes together have
// the 3072 that the kernel keeps for other than the host's. See pty(7).
const maxPTYs = 256

// fillDev makes a small /dev: the template's nodes bound one by one (a user
// namespace cannot mknod), a devpts of its own, shared memory and queues.
func fillDev(c Config) error {
	dev := newRoot + "/dev"
	if err := os.Mkdir(dev, 0o755); err != nil {
		return err
	}
	if err := mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, devSize); err != nil {
		return err
	}
	if err := bindNodes(TemplateDev, dev); err != nil {
		return err
	}

	for _, d := range []string{"pts", "shm", "mqueue"} {
		if err := os.Mkdir(path.Join(dev, d), 0o755); err != nil {
			return err
		}
	}
	// gid 5 is tty; with a single id there is no such group. See pts(4).
	options := "newinstance,ptmxmode=0666,mode=620,max=" + strconv.Itoa(maxPTYs)
	if c.IDs > 5 {
		options += ",gid=5"
	}
	if err := mount("devpts", dev+"/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, options); err != nil {
		return err
	}
	if err := mount("tmpfs", dev+"/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, shmSize); err != nil {
		return err
	}
	if err := mount("mqueue", dev+"/mqueue", "mqueue", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}

	for link, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "core": "/proc/kcore",
		"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, path.Join(dev, link)); err != nil {
			return err
		}
	}
	return nil
}

// bindNodes binds every file below from at the same place below to.
func bindNodes(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		source, target := path.Join(from, e.Name()), path.Join(to, e.Name())
		if e.IsDir() {
			if err := os.Mkdir(target, 0o755); err != nil {
				return err
			}
			if err := bindNodes(source, target); err != nil {
				return err
			}
			continue
		}
		f, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		f.Close()
		if err := mount(source, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind the device node: %w", err)
		}
	}
	return nil
}
