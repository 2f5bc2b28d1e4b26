package store

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// TestAFullDiskIsNotTheDatabasesFault advises to make room, not to move the
// database away, when it is SQLite or the kernel that says that the disk is full.
func TestAFullDiskIsNotTheDatabasesFault(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.db.Exec("PRAGMA max_page_count = 1"); err != nil { // no more than there are
		t.Fatal(err)
	}
	_, full := s.db.Exec("CREATE TABLE large (x); INSERT INTO large VALUES (zeroblob(1000000))")
	if full == nil {
		t.Fatal("a full database takes a megabyte")
	}
	for _, err := range []error{full, fmt.Errorf("migrate: %w", full), &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}} {
		if got := advice(err, "(move it away)"); !strings.HasPrefix(got, "(the disk is full: make room on it") {
			t.Errorf("of %v the advice is %s", err, got)
		}
	}
	if got := advice(fs.ErrPermission, "(move it away)"); got != "(move it away)" {
		t.Errorf("of another error the advice is %s", got)
	}
}
