//go:build linux

package pid1

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// learnerID is the uid and gid of the ordinary user beside root.
const learnerID = 1000

// learnerHome is given to that user.
const learnerHome = newRoot + "/home/learner"

// copyFiles copies the template's files into the new root and gives the
// ordinary user its home.
func copyFiles(c Config) error {
	if err := copyTree(TemplateFiles, newRoot, make([]byte, copyBuffer)); err != nil {
		return err
	}
	if c.IDs <= learnerID {
		return nil
	}
	for _, p := range []string{learnerHome, learnerHome + "/.bashrc"} {
		if err := os.Lchown(p, learnerID, learnerID); err != nil {
			return err
		}
	}
	return nil
}

// sharedRoot is where a sandbox has the shared files; `ls /` does not show it.
const sharedRoot = "/.nslab"

// SharedBin is where the shared files have programs, to which links in
// /usr/local/bin lead.
const SharedBin = "/bin"

// linkShared binds the shared files and leads links there.
func linkShared() error {
	if err := bind(TemplateShared, newRoot+sharedRoot); err != nil {
		return err
	}
	for dir, to := range map[string]string{"/etc": "/etc", SharedBin: "/usr/local/bin"} {
		entries, err := os.ReadDir(TemplateShared + dir)
		if os.IsNotExist(err) {
			continue // nothing to share there
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := os.Symlink(sharedRoot+dir+"/"+e.Name(), newRoot+to+"/"+e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyBuffer is the size of the one buffer that copies everything: the files
// are small.
const copyBuffer = 4 << 10

// copyTree copies the files below from to where to has not got them;
// directories that exist are kept.
func copyTree(from, to string, buf []byte) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		source, target := path.Join(from, e.Name()), path.Join(to, e.Name())
		if !e.IsDir() {
			if err := copyFile(source, target, buf); err != nil {
				return err
			}
			continue
		}
		if err := os.Mkdir(target, 0o755); err != nil && !os.IsExist(err) {
			return err
		}
		if err := copyTree(source, target, buf); err != nil {
			return err
		}
	}
	return nil
}

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
