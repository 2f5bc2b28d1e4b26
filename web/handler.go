package web

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Handler serves the page and its assets for a server whose base path is
// basePath: "" or "/" for the root, else like "/nslab".
//
// Requests must arrive with their whole path, base path included. Every path
// that does not look like a file (/, /labs/uts, /storybook) is answered with
// the page, which routes by itself; a path that looks like a file and is not
// there is a 404. The handler answers GET and HEAD only and needs no
// authorisation: it holds nothing of anybody.
//
// It panics when the embedded page cannot be read, which a test rules out.
func Handler(basePath string) http.Handler {
	base := "/" + strings.Trim(basePath, "/")
	if base != "/" {
		base += "/"
	}
	a, err := newAssets(embedded)
	if err != nil {
		panic(fmt.Sprintf("web: read the embedded page: %v", err))
	}
	p, err := newPage(a, base)
	if err != nil {
		panic(fmt.Sprintf("web: read the embedded page: %v", err))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The page answers GET and HEAD only.", http.StatusMethodNotAllowed)
			return
		}
		path, ok := strings.CutPrefix(r.URL.Path, base)
		if !ok && r.URL.Path+"/" != base {
			http.NotFound(w, r)
			return
		}
		switch {
		case strings.HasPrefix(path, "assets/"):
			a.serve(w, r, strings.TrimPrefix(path, "assets/"))
		case path == "favicon.ico":
			a.serve(w, r, a.hash+"/css/icon.svg")
		case strings.Contains(path[strings.LastIndex(path, "/")+1:], "."):
			http.NotFound(w, r)
		default:
			p.serve(w, r)
		}
	})
}

// page is index.html, ready to be filled in with a nonce for each response.
type page struct {
	tmpl      *template.Template
	base      string
	assets    string
	preload   []string
	styles    []string
	importMap template.HTML
}

func newPage(a *assets, base string) (*page, error) {
	index, err := embedded.ReadFile("index.html")
	if err != nil {
		return nil, err
	}
	tmpl, err := template.New("index.html").Parse(string(index))
	if err != nil {
		return nil, err
	}
	root := base + "assets/" + a.hash + "/"
	p := &page{tmpl: tmpl, base: base, assets: root, importMap: importMap(root)}
	for _, name := range a.names {
		switch {
		case strings.HasPrefix(name, "app/storybook/"), strings.HasPrefix(name, "vendor/addon-webgl/"):
			// Fetched only by those who want them.
		case strings.HasSuffix(name, ".js"), strings.HasSuffix(name, ".mjs"):
			p.preload = append(p.preload, root+name)
		case strings.HasSuffix(name, ".css") && name != "css/tokens.css" && name != "css/base.css":
			p.styles = append(p.styles, root+name)
		}
	}
	// The tokens and the ground rules come before what builds on them.
	p.styles = append([]string{root + "css/tokens.css", root + "css/base.css"}, p.styles...)
	return p, nil
}

// importMap names the vendored modules, so that the page's own modules import
// them by their usual names.
func importMap(root string) template.HTML {
	imports := map[string]string{
		"preact":                 "preact/preact.mjs",
		"preact/hooks":           "preact/hooks.mjs",
		"htm":                    "htm/htm.mjs",
		"@xterm/xterm":           "xterm/xterm.mjs",
		"@xterm/addon-fit":       "addon-fit/addon-fit.mjs",
		"@xterm/addon-search":    "addon-search/addon-search.mjs",
		"@xterm/addon-unicode11": "addon-unicode11/addon-unicode11.mjs",
		"@xterm/addon-web-links": "addon-web-links/addon-web-links.mjs",
		"@xterm/addon-webgl":     "addon-webgl/addon-webgl.mjs",
	}
	for name, file := range imports {
		imports[name] = root + "vendor/" + file
	}
	// json.Marshal writes "<" as an escape, so the map cannot end its element,
	// and strings alone always marshal.
	b, _ := json.Marshal(map[string]any{"imports": imports})
	return template.HTML(b)
}

func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	nonce := newNonce()
	var body bytes.Buffer
	err := p.tmpl.Execute(&body, map[string]any{
		"Nonce":     nonce,
		"Base":      p.base,
		"Assets":    p.assets,
		"Preload":   p.preload,
		"Styles":    p.styles,
		"ImportMap": p.importMap,
	})
	if err != nil {
		http.Error(w, "The page could not be put together.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	http.ServeContent(w, r, "", noTime, bytes.NewReader(body.Bytes()))
}

// policy is the page's content security policy.
//
// The nonce covers the import map, which must be inline, and the style
// elements that xterm.js makes for its measures and colours. Style attributes
// are allowed because xterm.js colours single cells by them; an attribute
// cannot reach beyond its element. connect-src names 'self', which in every
// browser that knows import maps covers WebSockets to the same host.
func policy(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'nonce-" + nonce + "'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"style-src-attr 'unsafe-inline'",
		"font-src 'self'",
		"img-src 'self' data:",
		"connect-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'self'",
		"require-trusted-types-for 'script'",
		"trusted-types nslab",
	}, "; ")
}

func newNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
