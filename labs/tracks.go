package labs

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"go.yaml.in/yaml/v3"
)

//go:embed tracks.yaml */lab.md
var builtin embed.FS

// Builtin returns the labs that are part of the program, and their tracks.
func Builtin() fs.FS { return builtin }

// Track is an ordered set of labs.
type Track struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// tracksFile lists the tracks of a folder of labs.
const tracksFile = "tracks.yaml"

// builtinTracks returns the tracks of the program itself.
func builtinTracks() []Track {
	tracks, _ := readTracks(builtin)
	return tracks
}

// readTracks reads the tracks.yaml of a folder of labs; none if there is none.
func readTracks(fsys fs.FS) ([]Track, []Problem) {
	if _, err := fs.Stat(fsys, tracksFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	text, err := readFile(fsys, tracksFile)
	if err != nil {
		return nil, []Problem{{File: tracksFile, Line: 1, Column: 1, Message: capital(sentence(err.Error())) + "."}}
	}
	r := &report{src: newSource(tracksFile, text)}
	if !r.clean(text) {
		return nil, r.sorted()
	}
	var tracks []Track
	for _, n := range r.sequence(text) {
		m, ok := n.mapping(n.node, "a track", "id", "title")
		if !ok || !m.require("id", "title") {
			continue
		}
		id, _ := m.text("id")
		if !ValidID(id.value) {
			m.add(id.at(0), fmt.Sprintf("%q cannot be the id of a track.", clip(id.value)), idFix)
		}
		if slices.Contains(trackIDs(tracks), id.value) {
			m.add(id.at(0), fmt.Sprintf("There are two tracks %q.", clip(id.value)), "")
		}
		tracks = append(tracks, Track{ID: id.value, Title: m.plainText("title", maxTitle)})
	}
	return tracks, r.sorted()
}

// item is one item of a YAML sequence.
type item struct {
	*document
	node *yaml.Node
}

// sequence reads a whole file that is one YAML list.
func (r *report) sequence(text string) []item {
	d := newDocument(r, span{value: text})
	root, ok := d.root()
	if !ok || root == nil {
		return nil
	}
	if root.Kind != yaml.SequenceNode {
		d.add(d.at(root), "This must be a list.", "Begin each item with \"- \".")
		return nil
	}
	var out []item
	for _, n := range root.Content {
		out = append(out, item{d, n})
	}
	return out
}

func trackIDs(tracks []Track) []string {
	var out []string
	for _, t := range tracks {
		out = append(out, t.ID)
	}
	return out
}
