package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"example.org/nslab/labs"
)

// Load reads the lab in dir, or every lab in the folders of dir, and returns them
// in the order of the catalogue with the folder that they are in. Labs with
// mistakes are not played: the problems say what they are.
func Load(dir string) (found []*labs.Lab, parent string, problems []labs.Problem, err error) {
	ids, problems, err := labs.Lint(dir)
	if err != nil || len(problems) > 0 {
		return nil, "", problems, err
	}
	parent = filepath.Clean(dir)
	if _, err := os.Stat(filepath.Join(parent, labFile)); err == nil {
		parent = filepath.Join(parent, "..")
	}
	catalog, err := labs.Open(parent)
	if err != nil {
		return nil, "", nil, err
	}
	for _, e := range catalog.Labs() {
		if !slices.Contains(ids, e.ID) {
			continue
		}
		if e.Broken() || len(e.Problems) > 0 {
			return nil, "", nil, fmt.Errorf("labtest: lab %s has changed while it was read", e.ID)
		}
		found = append(found, e.Lab)
	}
	return found, parent, nil, nil
}

// labFile is what makes a folder a lab.
const labFile = "lab.md"

// fileOf names a lab's file as its reader would.
func fileOf(parent, id string) string { return filepath.Join(parent, id, labFile) }
