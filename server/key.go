package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// keySize is that of HMAC-SHA-256's output.
const keySize = 32

// cookieKey returns the key that signs cookies, from the file "key" in dir, which
// is made at the first start. Who deletes the file signs everybody out.
func cookieKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, "key")
	text, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(dir, path); err != nil {
			return nil, fmt.Errorf("server: make the cookie key: %w", err)
		}
		text, err = readKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("server: read the cookie key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("server: %s is not a key of ours (delete it: a new one is made, and browsers must visit with the token again)", path)
	}
	return key, nil
}

// readKey reads a key's file, and no more than that: what is none of ours may be
// of any size, and a pipe would have no end.
func readKey(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // else the open waits for a pipe's writer
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file (delete it: a new one is made)", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 4*keySize))
	return string(text), err
}

// makeKey writes the whole key under another name first and then links it into
// place, so that of two servers that start at once both read the same.
func makeKey(dir, path string) error {
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	key := make([]byte, keySize)
	rand.Read(key)
	_, err = fmt.Fprintf(f, "%x\n", key)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
