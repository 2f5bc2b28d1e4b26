//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// host holds detached copies of what the template takes from the host, opened
// before anything is mounted over them.
type host struct {
	root  string
	usr   int
	top   map[string]int // directories such as /lib on hosts that have not merged /usr
	links map[string]string
	nodes map[string]int
	proc  int
	sys   int
	etc   int // the host's root, for reading /etc after the tmpfs is mounted
}

// openHost clones the mounts that the template needs.
func openHost(root string) (*host, error) {
	h := &host{root: root, usr: -1, proc: -1, sys: -1, etc: -1, top: map[string]int{}, links: map[string]string{}, nodes: map[string]int{}}
	if err := h.open(); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *host) open() (err error) {
	if h.etc, err = unix.Open(h.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("sandbox: open the root %s: %w", h.root, err)
	}
	if h.usr, err = cloneMount(filepath.Join(h.root, "usr")); err != nil {
		return err
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"} {
		path := filepath.Join(h.root, name)
		info, err := os.Lstat(path)
		switch {
		case os.IsNotExist(err):
		case err != nil:
			return fmt.Errorf("sandbox: %w", err)
		case info.Mode()&os.ModeSymlink != 0:
			if h.links[name], err = os.Readlink(path); err != nil {
				return fmt.Errorf("sandbox: %w", err)
			}
		default:
			if h.top[name], err = cloneMount(path); err != nil {
				return err
			}
		}
	}
	for _, name := range nodes {
		fd, err := cloneMount(filepath.Join("/dev", name))
		if err == nil {
			h.nodes[name] = fd
		} else if !errors.Is(err, fs.ErrNotExist) { // containers have no tun and no fuse
			return err
		}
	}
	if h.proc, err = cloneMount("/proc"); err != nil {
		return err
	}
	h.sys, err = cloneMount("/sys")
	return err
}

func (h *host) close() {
	for _, fd := range []int{h.usr, h.proc, h.sys, h.etc} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	for _, m := range []map[string]int{h.top, h.nodes} {
		for _, fd := range m {
			unix.Close(fd)
		}
	}
}

// cloneMount returns a detached copy of the mount at path: alone if possible,
// else with the mounts below it, which the kernel demands where they are
// locked. See open_tree(2).
func cloneMount(path string) (int, error) {
	const flags = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, flags)
	if err == unix.EINVAL {
		fd, err = unix.OpenTree(unix.AT_FDCWD, path, flags|unix.AT_RECURSIVE)
	}
	if err == unix.ENOSYS {
		return -1, fmt.Errorf("sandbox: open_tree: %w (nslab needs Linux 5.12 or newer)", err)
	}
	if err != nil {
		return -1, fmt.Errorf("sandbox: clone the mount of %s: %w", path, err)
	}
	return fd, nil
}

// fill attaches the mounts and writes the files. at names a place in the
// template.
func (h *host) fill(at func(...string) string, hostname string, ids idPlan, without defences) error {
	readOnly := &unix.MountAttr{Attr_set: without.usrAttr()}
	// At the template's own root too: a program built with cgo, such as one
	// built for the race detector, looks for its loader in /lib64.
	for name, target := range h.links {
		if err := errors.Join(os.Symlink(target, at("top", name)), os.Symlink(target, at(name))); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	trees := map[string]int{"usr": h.usr}
	for name, fd := range h.top {
		trees[filepath.Join("top", name)] = fd
		if err := os.Symlink(filepath.Join("top", name), at(name)); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		if err := os.Mkdir(at("top", name), 0o755); err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
	}
	for name, fd := range trees {
		if err := unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, readOnly); err != nil {
			return fmt.Errorf("sandbox: make /%s read-only: %w", name, err)
		}
		if err := attach(fd, at(name)); err != nil {
			return err
		}
	}
	for name, fd := range h.nodes {
		f, err := os.Create(at("dev", name)) // in our own tmpfs, nobody else's
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		f.Close()
		if err := attach(fd, at("dev", name)); err != nil {
			return err
		}
	}
	for name, fd := range map[string]int{"proc": h.proc, "sys": h.sys} {
		if err := attach(fd, at(name)); err != nil {
			return err
		}
	}
	// The boot thread's own /proc is covered by nothing yet, so the host's
	// /etc is still reached through the descriptor.
	root := fmt.Sprintf("/proc/thread-self/fd/%d", h.etc)
	if err := errors.Join(writeShared(at("shared"), root), writeFiles(at("files"), hostname, ids.each)); err != nil {
		return fmt.Errorf("sandbox: write the files of the template: %w", err)
	}
	if ids.slots == 1 && ids.each > 1 {
		if err := writeSetuid(at("shared"), root, ids.first); err != nil {
			return fmt.Errorf("sandbox: copy newuidmap: %w", err)
		}
	}
	return nil
}

func attach(fd int, path string) error {
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("sandbox: attach %s in the template: %w", strings.TrimPrefix(path, "/"), err)
	}
	return nil
}
