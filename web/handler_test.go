package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// get asks h for path and returns the response with its body read.
func get(t *testing.T, h http.Handler, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("GET %s: read the body: %v", path, err)
	}
	return res, string(body)
}

func TestHandlerAnswersWith(t *testing.T) {
	for _, tt := range []struct {
		name, base, path string
		status           int
		mediaType        string
	}{
		{"the page at the root", "/", "/", 200, "text/html; charset=utf-8"},
		{"the page for a lab", "/", "/labs/uts", 200, "text/html; charset=utf-8"},
		{"the page for a lab with a sandbox", "", "/labs/uts?sandbox=abc", 200, "text/html; charset=utf-8"},
		{"the page below a base path", "/nslab", "/nslab/labs/uts", 200, "text/html; charset=utf-8"},
		{"the page at the base path without its slash", "/nslab/", "/nslab", 200, "text/html; charset=utf-8"},
		{"the icon for browsers that do not read", "/", "/favicon.ico", 200, "image/svg+xml"},
		{"nothing outside the base path", "/nslab", "/labs/uts", 404, "text/plain; charset=utf-8"},
		{"nothing for a file that is not there", "/", "/robots.txt", 404, "text/plain; charset=utf-8"},
		{"nothing for assets of another version", "/", "/assets/0000000000000000/app/main.js", 404, "text/plain; charset=utf-8"},
		{"nothing for what is embedded but no asset", "/", "/assets/../index.html", 404, "text/plain; charset=utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, _ := get(t, Handler(tt.base), tt.path)
			if res.StatusCode != tt.status || res.Header.Get("Content-Type") != tt.mediaType {
				t.Errorf("GET %s: got %d %s, want %d %s", tt.path, res.StatusCode, res.Header.Get("Content-Type"), tt.status, tt.mediaType)
			}
		})
	}
}

func TestHandlerRefusesOtherMethods(t *testing.T) {
	w := httptest.NewRecorder()
	Handler("/").ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST /: got %d with Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestEveryAddressInThePageIsThere(t *testing.T) {
	for _, base := range []string{"/", "/deep/nslab"} {
		h := Handler(base)
		_, page := get(t, h, strings.TrimSuffix(base, "/")+"/labs/uts")
		addresses := regexp.MustCompile(`(?:src|href)="([^"]+)"|: ?"(/[^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(addresses) < 40 {
			t.Fatalf("base %s: the page names only %d addresses:\n%s", base, len(addresses), page)
		}
		for _, m := range addresses {
			address := m[1] + m[2]
			res, _ := get(t, h, address)
			if res.StatusCode != 200 {
				t.Errorf("base %s: %s: got %d", base, address, res.StatusCode)
			}
			if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("base %s: %s: Cache-Control is %q", base, address, got)
			}
		}
	}
}

func TestEveryModuleImportsWhatIsThere(t *testing.T) {
	a, err := newAssets(embedded)
	if err != nil {
		t.Fatal(err)
	}
	relative := regexp.MustCompile(`(?:from|import\()\s*'(\.[^']+)'`)
	for _, name := range a.names {
		if !strings.HasPrefix(name, "app/") || !strings.HasSuffix(name, ".js") {
			continue
		}
		// Comments import types, from files that are there as well.
		for _, m := range relative.FindAllStringSubmatch(string(a.files[name].body), -1) {
			target := resolve(name, m[1])
			if a.files[target] == nil {
				t.Errorf("%s imports %s, which is not embedded", name, target)
			}
		}
	}
}

// resolve returns the file that a relative import in the file from names.
func resolve(from, rel string) string {
	parts := strings.Split(from, "/")
	parts = parts[:len(parts)-1]
	for _, p := range strings.Split(rel, "/") {
		switch p {
		case ".":
		case "..":
			parts = parts[:len(parts)-1]
		default:
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "/")
}

func TestThePolicyCoversWhatIsInline(t *testing.T) {
	h := Handler("/")
	res, page := get(t, h, "/")
	csp := res.Header.Get("Content-Security-Policy")
	nonce := regexp.MustCompile(`'nonce-([^']+)'`).FindStringSubmatch(csp)
	if nonce == nil {
		t.Fatalf("the policy has no nonce: %s", csp)
	}
	for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(page, -1) {
		if !strings.Contains(script, `nonce="`+nonce[1]+`"`) {
			t.Errorf("%s lacks the policy's nonce %s", script, nonce[1])
		}
	}
	for _, want := range []string{"default-src 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("the policy lacks %s: %s", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "script-src 'self' 'unsafe-inline'") {
		t.Errorf("the policy lets scripts in: %s", csp)
	}
	if res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a page with a nonce must not be kept, but Cache-Control is %q", res.Header.Get("Cache-Control"))
	}
	again, _ := get(t, h, "/")
	if again.Header.Get("Content-Security-Policy") == csp {
		t.Error("two pages have the same nonce")
	}
}

func TestAssetsArePackedForThoseWhoAsk(t *testing.T) {
	h := Handler("/")
	_, page := get(t, h, "/")
	address := regexp.MustCompile(`src="([^"]+main\.js)"`).FindStringSubmatch(page)[1]
	_, plain := get(t, h, address)
	res, packed := get(t, h, address, "Accept-Encoding", "gzip, br")
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding is %q", res.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if string(unpacked) != plain {
		t.Errorf("packed and plain differ: %d and %d bytes", len(unpacked), len(plain))
	}
}

func TestNothingInThePageNamesAnotherHost(t *testing.T) {
	a, err := newAssets(embedded)
	if err != nil {
		t.Fatal(err)
	}
	// Links that a person may follow are fine; what a browser would load is not.
	loads := regexp.MustCompile(`(?i)(@import|url\(|\bsrc=|importScripts\(|\bfetch\()\s*["'(]*https?:`)
	for _, name := range a.names {
		if m := loads.FindString(string(a.files[name].body)); m != "" {
			t.Errorf("%s loads from another host: %s", name, m)
		}
	}
}
