//go:build linux

package pid1

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// learnerID is the uid and gid of the ordinary user beside root.
const learnerID = 1000

// copyFiles copies the template's files into the new root and gives the
// ordinary user its home.
func copyFiles(c Config) error {
	if err := copyTree(TemplateFiles, newRoot, make([]byte, copyBuffer)); err != nil {
		return err
	}
	if c.IDs <= learnerID {
		return nil
	}
	return filepath.WalkDir(newRoot+"/home/learner", func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, learnerID, learnerID)
	})
}

// copyTree copies the files and links below from to where to has not got them;
// directories that exist are kept. /etc/alternatives with its hundreds of links is
// bound instead: each link's copy would cost every sandbox a kilobyte of the
// kernel's memory.
func copyTree(from, to string, buf []byte) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		switch {
		case e.IsDir():
			if err := os.Mkdir(target, 0o755); err != nil && !os.IsExist(err) {
				return err
			}
			if e.Name() == boundDir {
				err = mount(source, target, "", unix.MS_BIND, "")
			} else {
				err = copyTree(source, target, buf)
			}
			if err != nil {
				return err
			}
		case e.Type()&os.ModeSymlink != 0:
			link, err := os.Readlink(source)
			if err != nil {
				return err
			}
			if err := os.Symlink(link, target); err != nil {
				return err
			}
		default:
			if err := copyFile(source, target, buf); err != nil {
				return err
			}
		}
	}
	return nil
}

const (
	// boundDir is the directory of /etc that is bound and not copied.
	boundDir = "alternatives"
	// copyBuffer is the size of the one buffer that copies everything.
	copyBuffer = 32 << 10
)

// copyFile copies a file with its permissions. It makes no garbage, unlike
// io.Copy: init never collects any, and each page of it would stay.
func copyFile(from, to string, buf []byte) error {
	r, err := unix.Open(from, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: from, Err: err}
	}
	defer unix.Close(r)
	var st unix.Stat_t
	if err := unix.Fstat(r, &st); err != nil {
		return &os.PathError{Op: "stat", Path: from, Err: err}
	}
	w, err := unix.Open(to, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC, st.Mode&0o777)
	if err != nil {
		return &os.PathError{Op: "create", Path: to, Err: err}
	}
	defer unix.Close(w)
	for {
		n, err := unix.Read(r, buf)
		if n == 0 && err == nil {
			return nil
		}
		if err == nil {
			_, err = unix.Write(w, buf[:n])
		}
		if err != nil {
			return &os.PathError{Op: "copy", Path: to, Err: err}
		}
	}
}
