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
	if err := c.follow(watcher); err != nil {
		return err
	}
	// What changed between Open and now was not seen.
	c.Reload()

	var due <-chan time.Time
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
			due = nil
			// A new folder must be watched before it is read, or what is
			// written into it in between is lost.
			if err := c.follow(watcher); err != nil {
				return err
			}
			c.Reload()
		}
	}
}

// relevant leaves out what editors and reading do beside a save.
func relevant(event fsnotify.Event) bool {
	return event.Op&^fsnotify.Chmod != 0 && !strings.HasPrefix(filepath.Base(event.Name), ".#")
}

// follow watches each directory and each folder in it. To watch one again
// changes nothing.
func (c *Catalog) follow(watcher *fsnotify.Watcher) error {
	for _, s := range c.sources {
		if s.dir == "" {
			continue
		}
		// A directory that has gone may come back; its parent is not ours to watch.
		if err := watcher.Add(s.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("labs: watch %s: %w (is fs.inotify.max_user_watches reached?)", s.dir, err)
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
				return fmt.Errorf("labs: watch %s: %w (is fs.inotify.max_user_watches reached?)", path, err)
			}
		}
	}
	return nil
}
