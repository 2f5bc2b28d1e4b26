package labs

import (
	"fmt"
	"os"
	"path/filepath"
)

// Lint reads the lab in dir, or every lab in the folders of dir, and returns
// the ids of those and all mistakes in them. The files of the problems are
// named as dir is. The error says that
// there is nothing to read.
func Lint(dir string) (ids []string, problems []Problem, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("labs: find %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(abs, fileName)); err == nil {
		id := filepath.Base(abs)
		_, problems = Parse(os.DirFS(filepath.Dir(abs)), id)
		return []string{id}, relocate(problems, filepath.Join(dir, "..")), nil
	}
	c, err := Open(abs)
	if err != nil {
		return nil, nil, err
	}
	fsys := os.DirFS(abs)
	ids, err = labIDs(fsys)
	if err != nil {
		return nil, nil, fmt.Errorf("labs: the folder of labs cannot be read: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil, fmt.Errorf("labs: there is no lab in %s: a lab is a folder with a %s", dir, fileName)
	}
	_, problems = readTracks(fsys)
	for _, id := range ids {
		e, _ := c.Lab(id)
		problems = append(problems, e.Problems...)
	}
	return ids, relocate(problems, dir), nil
}

// relocate names the files of problems from where their reader stands.
func relocate(problems []Problem, dir string) []Problem {
	for i, p := range problems {
		if !filepath.IsAbs(p.File) {
			problems[i].File = filepath.Join(dir, filepath.FromSlash(p.File))
		}
	}
	return problems
}
