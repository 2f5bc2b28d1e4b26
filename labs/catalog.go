package labs

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Catalog holds all labs: the built-in ones and those of further directories.
// It is safe for concurrent use. A lab that was changed into one that does not
// parse keeps its last good version, beside the problems of the new text.
type Catalog struct {
	sources []labSource

	reading sync.Mutex // held while Reload runs; guards where
	where   site       // what the labs may refer to

	mu sync.RWMutex // guards what follows
	// entries are in the order of the catalogue; they are replaced, never changed.
	entries []Entry
	tracks  []Track
	// problems are those that belong to no lab: tracks.yaml, folders.
	problems    []Problem
	subscribers map[chan struct{}]bool
}

// labSource is a folder of labs.
type labSource struct {
	fsys fs.FS
	// dir is where fsys is on disk, to be watched; "" for the built-in labs.
	dir string
}

// Entry is one lab of a Catalog.
type Entry struct {
	ID string
	// Lab is the last good version; nil if there never was one.
	Lab *Lab
	// Problems are those of the newest text; none if Lab is the newest.
	Problems []Problem
}

// Broken says whether there is no version to serve.
func (e Entry) Broken() bool { return e.Lab == nil }

// Open reads the built-in labs and those in dirs. A directory that cannot be
// read is an error; a lab with mistakes is not: see Problems. A lab in a later
// directory takes the place of an earlier one with its id.
func Open(dirs ...string) (*Catalog, error) {
	sources := []labSource{{fsys: builtin}}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return nil, fmt.Errorf("labs: the folder of labs cannot be read: %w", err)
		case !info.IsDir():
			return nil, fmt.Errorf("labs: %s is not a folder of labs", dir)
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("labs: the folder of labs cannot be found: %w", err)
		}
		sources = append(sources, labSource{os.DirFS(abs), abs})
	}
	return newCatalog(sources...), nil
}

func newCatalog(sources ...labSource) *Catalog {
	c := &Catalog{sources: sources, subscribers: map[chan struct{}]bool{}}
	c.Reload()
	return c
}

// Labs returns the entries, by track and by their order in it; broken ones
// that never parsed come last.
func (c *Catalog) Labs() []Entry {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.entries
}

// Lab returns the entry with that id, or false.
func (c *Catalog) Lab(id string) (Entry, bool) {
	e := find(c.Labs(), id)
	return e, e.ID != ""
}

// Tracks returns the tracks in order.
func (c *Catalog) Tracks() []Track {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tracks
}

// Problems returns all mistakes in the newest texts of all labs.
func (c *Catalog) Problems() []Problem {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := slices.Clone(c.problems)
	for _, e := range c.entries {
		out = append(out, e.Problems...)
	}
	return out
}

// Next returns the id of the lab after that one in its track; "" at the end.
func (c *Catalog) Next(id string) string {
	entries := c.Labs()
	for i, e := range entries {
		if e.ID != id || i+1 == len(entries) || e.Broken() || entries[i+1].Broken() {
			continue
		}
		if next := entries[i+1]; next.Lab.Track == e.Lab.Track {
			return next.ID
		}
	}
	return ""
}

// Reload reads all labs again and tells the subscribers if anything is new.
func (c *Catalog) Reload() {
	c.reading.Lock()
	defer c.reading.Unlock()
	old := c.Labs()
	entries, tracks, problems, where := c.read(old)
	c.where = where
	for i, e := range entries {
		if e.Lab == nil {
			entries[i].Lab = find(old, e.ID).Lab
		}
	}
	sortEntries(entries, tracks)

	c.mu.Lock()
	defer c.mu.Unlock()
	changed := !slices.EqualFunc(entries, c.entries, sameEntry) ||
		!slices.Equal(tracks, c.tracks) || !slices.Equal(problems, c.problems)
	c.entries, c.tracks, c.problems = entries, tracks, problems
	if !changed {
		return
	}
	for ch := range c.subscribers {
		select {
		case ch <- struct{}{}:
		default: // it has been told and has not looked yet
		}
	}
}

// find returns the entry with that id, else an empty one.
func find(entries []Entry, id string) Entry {
	for _, e := range entries {
		if e.ID == id {
			return e
		}
	}
	return Entry{}
}

func sameEntry(a, b Entry) bool {
	if a.ID != b.ID || a.Broken() != b.Broken() || !slices.Equal(a.Problems, b.Problems) {
		return false
	}
	return a.Broken() || a.Lab.Version == b.Lab.Version
}

// read parses everything there is now. A good lab whose text is the old one is
// kept as it is, unless what labs may refer to has changed.
func (c *Catalog) read(old []Entry) (entries []Entry, tracks []Track, problems []Problem, where site) {
	from := map[string]fs.FS{} // the last source that has the lab
	var ids []string
	for _, s := range c.sources {
		more, faults := readTracks(s.fsys)
		tracks, problems = union(tracks, more), append(problems, faults...)
		found, err := labIDs(s.fsys)
		if err != nil {
			problems = append(problems, Problem{
				File: s.dir, Line: 1, Column: 1,
				Message: "This folder of labs cannot be read: " + sentence(err.Error()) + ".",
			})
		}
		for _, id := range found {
			from[id] = s.fsys
		}
		ids = union(ids, found)
	}
	where = site{labs: ids, tracks: trackIDs(tracks)}
	known := slices.Equal(where.labs, c.where.labs) && slices.Equal(where.tracks, c.where.tracks)
	for _, id := range ids {
		if e := find(old, id); known && e.Lab != nil && len(e.Problems) == 0 {
			if text, err := readFile(from[id], path.Join(id, fileName)); err == nil && version(text) == e.Lab.Version {
				entries = append(entries, e)
				continue
			}
		}
		lab, faults := parse(from[id], id, where)
		entries = append(entries, Entry{ID: id, Lab: lab, Problems: faults})
	}
	markCircles(entries)
	return entries, tracks, problems, where
}

// markCircles breaks labs that are, by others, their own prerequisite.
func markCircles(entries []Entry) {
	needs := map[string][]string{}
	for _, e := range entries {
		if e.Lab != nil {
			needs[e.ID] = e.Lab.Prerequisites
		}
	}
	for i, e := range entries {
		if circle := pathTo(needs, e.ID, e.ID, map[string]bool{}); circle != nil {
			entries[i].Lab = nil
			entries[i].Problems = append(e.Problems, Problem{
				File: e.ID + "/" + fileName, Line: 1, Column: 1,
				Message: fmt.Sprintf("The lab is its own prerequisite: %s.", strings.Join(append([]string{e.ID}, circle...), " needs ")),
				Fix:     "Take one of them out of \"prerequisites\".",
			})
		}
	}
}

// pathTo returns the way from one lab to another along prerequisites, or nil.
func pathTo(needs map[string][]string, from, to string, seen map[string]bool) []string {
	for _, next := range needs[from] {
		if next == to {
			return []string{to}
		}
		if seen[next] {
			continue
		}
		seen[next] = true
		if rest := pathTo(needs, next, to, seen); rest != nil {
			return append([]string{next}, rest...)
		}
	}
	return nil
}

func sortEntries(entries []Entry, tracks []Track) {
	ids := trackIDs(tracks)
	place := func(e Entry) (track, order int) {
		if e.Broken() {
			return len(ids), 0
		}
		return slices.Index(ids, e.Lab.Track), e.Lab.Order
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		trackA, orderA := place(a)
		trackB, orderB := place(b)
		return cmp.Or(cmp.Compare(trackA, trackB), cmp.Compare(orderA, orderB), cmp.Compare(a.ID, b.ID))
	})
}

// Subscribe returns a channel that gets a value after the labs have changed;
// several changes may be one value. A subscriber that does not look holds up
// nobody. Call stop when done; it closes the channel.
func (c *Catalog) Subscribe() (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers[ch] = true
	return ch, sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subscribers, ch)
		close(ch)
	})
}
