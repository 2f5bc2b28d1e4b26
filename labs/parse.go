package labs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFile is the most bytes of a lab.md. The longest lab that people finish in
// a quarter of an hour has a tenth of that.
const maxFile = 256 << 10

// fileName is the file that makes a folder a lab.
const fileName = "lab.md"

// site is what a lab may refer to outside itself.
type site struct {
	labs   []string // ids
	tracks []string // ids
}

// Parse reads the lab id below fsys, which may also hold the labs and tracks
// that it refers to, besides the built-in ones. It returns every mistake that
// it finds, from the top of the file to its end; the lab is nil if there is
// one.
func Parse(fsys fs.FS, id string) (*Lab, []Problem) {
	tracks, problems := readTracks(fsys)
	own, _ := labIDs(fsys)
	built, _ := labIDs(Builtin())
	lab, more := parse(fsys, id, site{labs: union(own, built), tracks: trackIDs(union(builtinTracks(), tracks))})
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, problems
	}
	return lab, nil
}

// parse is Parse with what the lab may refer to.
func parse(fsys fs.FS, id string, site site) (*Lab, []Problem) {
	name := path.Join(id, fileName)
	text, err := readFile(fsys, name)
	if err != nil {
		return nil, []Problem{{File: name, Line: 1, Column: 1, Message: capital(sentence(err.Error())) + "."}}
	}
	r := &report{src: newSource(name, text)}
	lab := r.lab(id, site)
	if len(r.problems) > 0 {
		return nil, r.sorted()
	}
	return lab, nil
}

// readFile reads a file of at most maxFile bytes.
func readFile(fsys fs.FS, name string) (string, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("there is no such file")
	case err == nil && !info.Mode().IsRegular():
		// Opening a FIFO would wait for ever.
		return "", errors.New("this is not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", err)
	}
	if len(text) > maxFile {
		return "", fmt.Errorf("the file is larger than %d KiB", maxFile>>10)
	}
	return string(text), nil
}

func (r *report) lab(id string, site site) *Lab {
	text := r.src.text
	if !ValidID(id) {
		r.add(0, fmt.Sprintf("The folder's name %q cannot be the id of a lab.", clip(id)), idFix)
	}
	if !r.clean(text) {
		return nil
	}
	front, body, at, ok := splitFrontMatter(text)
	if !ok {
		message := "There is no front matter."
		if at > 0 {
			message = "The front matter has no end."
		}
		r.add(at, message, "Begin the file with a line ---, then title: and the other keys, then a line ---.")
		return nil
	}
	lab := &Lab{ID: id, Version: version(text)}
	lab.Meta = r.meta(front, site)
	lab.Steps = r.steps(body, lab, site)
	return lab
}

// version is the name of a text.
func version(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// clean refuses bytes that are not text, before they confuse anything else.
func (r *report) clean(text string) bool {
	good := true
	for i, c := range text {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			r.add(i, "This byte is not valid UTF-8.", "Save the file as UTF-8.")
			return false
		case c < ' ' && c != '\n' && c != '\t' && c != '\r':
			r.add(i, fmt.Sprintf("There is a control character (%U) here.", c), "Delete it.")
			good = false
		case c == '\uFEFF':
			r.add(i, "There is a byte order mark here.", "Save the file without it.")
			good = false
		}
	}
	return good
}

// labIDs returns the names of the folders in fsys that hold a lab.md, sorted.
func labIDs(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if _, err := fs.Stat(fsys, path.Join(e.Name(), fileName)); err == nil {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// union returns the items of a, then those of b that a lacks.
func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, item := range b {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}
