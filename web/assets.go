package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// assets is every embedded file but index.html, under one hash. It is
// immutable and safe for concurrent use.
type assets struct {
	hash  string
	names []string // sorted
	files map[string]*asset
}

// asset is one file. packed compresses it when first asked for, once; it is
// nil where that would not pay.
type asset struct {
	body   []byte
	packed func() []byte
}

// noTime makes http.ServeContent send no Last-Modified: embedded files have
// no time of their own.
var noTime time.Time

// types names the media types here, since the host's mime.types may be
// missing or wrong.
var types = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func newAssets(fsys fs.FS) (*assets, error) {
	a := &assets{files: map[string]*asset{}}
	sum := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || types[path.Ext(name)] == "" {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f := &asset{body: body}
		if path.Ext(name) != ".woff2" { // already compressed
			f.packed = sync.OnceValue(func() []byte { return pack(body) })
		}
		a.files[name] = f
		a.names = append(a.names, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(a.names)
	for _, name := range a.names {
		sum.Write([]byte(name + "\x00"))
		sum.Write(a.files[name].body)
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:16]
	return a, nil
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// serve answers with the asset at rest, "<hash>/<name>". Another hash is that
// of another version, whose files are not here.
func (a *assets) serve(w http.ResponseWriter, r *http.Request, rest string) {
	name, ok := strings.CutPrefix(rest, a.hash+"/")
	f := a.files[name]
	if !ok || f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", types[path.Ext(name)])
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.body
	if f.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
			h.Set("Content-Encoding", "gzip")
			body = f.packed()
		}
	}
	http.ServeContent(w, r, "", noTime, bytes.NewReader(body))
}
