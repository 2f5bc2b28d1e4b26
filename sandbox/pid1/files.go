//go:build linux

package pid1

import (
	"io"
	"os"
	"path/filepath"
)

// learnerID is the uid and gid of the ordinary user beside root.
const learnerID = 1000

// copyFiles copies the template's files into the new root and gives the
// ordinary user its home.
func copyFiles(c Config) error {
	if err := copyTree(TemplateFiles, newRoot); err != nil {
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
// directories that exist are kept.
func copyTree(from, to string) error {
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
			if err := copyTree(source, target); err != nil {
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
			if err := copyFile(source, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFile copies a file with its permissions.
func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return err
	}
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
