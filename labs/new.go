package labs

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed new.md
var newLab []byte

// New writes a lab to begin with into dir/id and returns the path of its file.
// The lab passes lint and its own test. An existing lab is not touched.
func New(dir, id string) (string, error) {
	if !ValidID(id) {
		return "", fmt.Errorf("labs: %q cannot be the id of a lab. %s", clip(id), idFix)
	}
	folder := filepath.Join(dir, id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("labs: make a folder for the lab: %w", err)
	}
	name := filepath.Join(folder, fileName)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("labs: there is a lab in %s already", folder)
	}
	if err != nil {
		return "", fmt.Errorf("labs: write a new lab: %w", err)
	}
	_, err = f.Write(newLab)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("labs: write a new lab: %w", err), os.Remove(name))
	}
	return name, nil
}
