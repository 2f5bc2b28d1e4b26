package labs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long Watch waits after a change for the next one: an editor
// writes, renames and removes several files for one save. A page must show the
// change within a second.
const settle = 100 * time.Millisecond

// retry is how soon Watch looks again for a directory that has gone: somebody
// is probably putting another in its place.
const retry = time.Second

// longest is how long changes without a pause can put off reading.
const longest = 500 * time.Millisecond

// Watch follows the further directories of the catalogue and reloads when a
// lab in them changes. It returns when ctx ends, with nil, or when watching is
// not possible. Without further directories it only waits.
func (c *Catalog) Watch(ctx context.Context) error {
	if !slices.ContainsFunc(c.sources, func(s labSource) bool { return s.dir != "" }) {
		<-ctx.Done()
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("labs: watch for changes: %w (is fs.inotify.max_user_instances reached?)", err)
	}
	defer watcher.Close()
	var due <-chan time.Time
	look := func() error {
		// A new folder must be watched before it is read, or what is written
		// into it in between is lost.
		gone, err := c.follow(watcher)
		if due = nil; gone {
			due = time.After(retry)
		}
		c.Reload()
		return err
	}
	// What changed between Open and now was not seen.
	if err := look(); err != nil {
		return err
	}
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return fmt.Errorf("labs: watch for changes: %w", err)
			}
			due = time.After(settle)
		case event := <-watcher.Events:
			if !relevant(event) {
				continue
			}
			if due == nil {
				first = time.Now()
			}
			due = time.After(min(settle, max(0, longest-time.Since(first))))
		case <-due:
			if err := look(); err != nil {
				return err
			}
		}
	}
}

// relevant leaves out what editors and reading do beside a save.
func relevant(event fsnotify.Event) bool {
	return event.Op&^fsnotify.Chmod != 0 && !strings.HasPrefix(filepath.Base(event.Name), ".#")
}

// follow watches each directory and each folder in it. To watch one again
// changes nothing. It says whether a directory is not there.
func (c *Catalog) follow(watcher *fsnotify.Watcher) (gone bool, err error) {
	for _, s := range c.sources {
		if s.dir == "" {
			continue
		}
		err := watcher.Add(s.dir)
		if errors.Is(err, fs.ErrNotExist) {
			gone = true
			continue
		}
		if err != nil {
			return gone, fmt.Errorf("labs: watch %s: %w (is fs.inotify.max_user_watches reached?)", s.dir, err)
		}
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			// Stat, not the entry's type: a lab may be a link to a folder.
			path := filepath.Join(s.dir, e.Name())
			info, err := os.Stat(path)
			if err != nil || !info.IsDir() || !ValidID(e.Name()) {
				continue
			}
			if err := watcher.Add(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return gone, fmt.Errorf("labs: watch %s: %w (is fs.inotify.max_user_watches reached?)", path, err)
			}
		}
	}
	return gone, nil
}
