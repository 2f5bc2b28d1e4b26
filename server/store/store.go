// Package store keeps what must outlive the server: which items of which labs
// each learner has passed, and what they answered.
//
// It is SQLite in one file of the data directory. The statements are such that
// PostgreSQL takes them too: $1 placeholders, ON CONFLICT … RETURNING, and the
// time is always the database's own (CURRENT_TIMESTAMP).
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// file is the database's name in the data directory; SQLite adds -wal and -shm.
const file = "nslab.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. It is safe for concurrent use. Close it.
type Store struct {
	db *sql.DB
}

// Open opens the database in dir, which is made (mode 0700) where it is
// missing, and brings its tables up to date. An error names the directory and
// says what to do.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := writable(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, file)
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	// One connection: SQLite has one writer anyway, and a transaction that
	// reads first and writes later would fail at once with "locked" beside
	// another, whatever busy_timeout says. Reads take microseconds.
	db.SetMaxOpenConns(1)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %s: %w %s", path, err, advice(err, "(move it away to start with an empty one)")), db.Close())
	}
	return &Store{db: db}, nil
}

// Close closes the database. Calls that are under way fail.
func (s *Store) Close() error { return s.db.Close() }

// writable makes dir and proves that files can be made and filled in it.
func writable(dir string) error {
	const fix = "(give a directory that this user can write with --data DIR)"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store: the data directory %s cannot be made: %w %s", dir, cause(err), advice(err, fix))
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("store: the data directory %s cannot be written: %w %s", dir, cause(err), advice(err, fix))
	}
	_, err = probe.Write(make([]byte, 4096)) // on a full disk files can be made, but not filled
	if err := errors.Join(err, probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("store: the data directory %s cannot be written: %w %s", dir, cause(err), advice(err, fix))
	}
	return nil
}

// advice is what to do about err: otherwise, unless the disk is full.
func advice(err error, otherwise string) string {
	full := errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		full = full || e.Code()&0xff == sqlite3.SQLITE_FULL
	}
	if full {
		return "(the disk is full: make room on it, or give a directory elsewhere with --data DIR)"
	}
	return otherwise
}

// cause is err without the operation and the path, which the caller has named.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// dsn is the driver's address of the file: write-ahead log, so that a crash
// loses at most the last moments and never the file; five seconds' patience with
// another process that writes.
func dsn(path string) string {
	q := url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(5000)", "synchronous(NORMAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
