package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func testGate(t *testing.T, public string) gate {
	t.Helper()
	u, err := parsePublic(public)
	if err != nil {
		t.Fatal(err)
	}
	base := ""
	if u != nil {
		base = u.Path
	}
	return newGate("secret", []byte("key"), base, "8080", u)
}

// visit returns where a visit of target leads, and the cookie that it gets, if any.
func visit(t *testing.T, g gate, target string, cookies ...*http.Cookie) (location string, got *http.Cookie, err error) {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	if err := g.admit(w, r); err != nil {
		return "", nil, err
	}
	if w.Code != http.StatusSeeOther {
		t.Errorf("the visit of %s is answered with %d, not with a redirect", target, w.Code)
	}
	if cs := w.Result().Cookies(); len(cs) > 0 {
		got = cs[0]
	}
	return w.Header().Get("Location"), got, nil
}

func TestAVisitWithTheTokenMakesALearner(t *testing.T) {
	g := testGate(t, "")
	to, c, err := visit(t, g, "/labs/uts?token=secret&sandbox=x")
	if err != nil {
		t.Fatal(err)
	}
	if to != "/labs/uts?sandbox=x" {
		t.Errorf("it leads to %q", to)
	}
	if c == nil || c.Name != "nslab_8080" || c.Path != "/" || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %v", c)
	}
	_, other, _ := visit(t, g, "/?token=secret")
	if other.Value == c.Value {
		t.Error("two browsers are the same learner")
	}

	r := httptest.NewRequest("GET", "/api/labs", nil)
	r.AddCookie(c)
	who, err := g.ask(r)
	if err != nil || who == "" || who == bearer {
		t.Errorf("the cookie's learner is %q, %v", who, err)
	}

	to, again, err := visit(t, g, "/?token=secret", c)
	if err != nil || again != nil || to != "/" {
		t.Errorf("a second visit gets the cookie %v and leads to %q, %v; want the old cookie", again, to, err)
	}
	if to, again, err = visit(t, g, "/?token=of+an+earlier+start", c); err != nil || again != nil || to != "/" {
		t.Errorf("a visit with an old token and a good cookie gets the cookie %v and leads to %q, %v", again, to, err)
	}
}

func TestAVisitBehindAProxy(t *testing.T) {
	g := testGate(t, "https://example.org/nslab/")
	to, c, err := visit(t, g, "/nslab/?token=secret")
	if err != nil || to != "/nslab/" {
		t.Errorf("it leads to %q, %v", to, err)
	}
	if c == nil || c.Name != "nslab" || c.Path != "/nslab/" || !c.Secure {
		t.Errorf("the cookie is %v", c)
	}
}

func TestAVisitStaysOnThisHost(t *testing.T) {
	r := &http.Request{URL: &url.URL{Path: "//evil.example/x", RawQuery: "token=secret"}, Header: http.Header{}}
	w := httptest.NewRecorder()
	if err := testGate(t, "").admit(w, r); err != nil {
		t.Fatal(err)
	}
	if to := w.Header().Get("Location"); to != "/evil.example/x" {
		t.Errorf("it leads to %q", to)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	g := testGate(t, "")
	good := g.sign("ann")
	id, sig, _ := strings.Cut(good, ".")
	tests := []struct{ name, header, cookie, code string }{
		{"without anything", "", "", "no-token"},
		{"with the token", "Bearer secret", "", ""},
		{"with the token, in lower case", "bearer secret", "", ""},
		{"with another token", "Bearer secret2", "", "bad-token"},
		{"with part of the token", "Bearer secre", "", "bad-token"},
		{"with an empty token", "Bearer ", "", "bad-token"},
		{"with a password", "Basic c2VjcmV0OnNlY3JldA==", "", "bad-token"},
		{"with a cookie", "", good, ""},
		{"with a cookie and a wrong token", "Bearer x", good, "bad-token"},
		{"with a cookie of somebody else's name", "", "bob." + sig, "bad-token"},
		{"with an unsigned cookie", "", id, "bad-token"},
		{"with an empty signature", "", id + ".", "bad-token"},
		{"with a signature that is too short", "", good[:len(good)-4], "bad-token"},
		{"with nonsense", "", ".", "bad-token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/api/labs", nil)
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			if tt.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "nslab_8080", Value: tt.cookie})
			}
			who, err := g.ask(r)
			switch {
			case tt.code == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.code != "" && (err == nil || problemOf(err).code != tt.code):
				t.Errorf("got %q, %v; want %s", who, err, tt.code)
			}
		})
	}
	if _, _, err := visit(t, g, "/?token=wrong"); err == nil || problemOf(err).code != "bad-token" {
		t.Errorf("a visit with a wrong token: %v, want bad-token", err)
	}
	if _, _, err := visit(t, g, "/?token="); err == nil {
		t.Error("a visit with an empty token is let in")
	}
}

func TestTheKeyStays(t *testing.T) {
	dir := t.TempDir()
	first, err := cookieKey(dir)
	if err != nil || len(first) != keySize {
		t.Fatalf("the key is %x, %v", first, err)
	}
	second, err := cookieKey(dir)
	if err != nil || string(second) != string(first) {
		t.Errorf("at the second start it is %x, %v; at the first it was %x", second, err, first)
	}
	path := filepath.Join(dir, "key")
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("its file is %v, %v; want mode 0600", fi.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cookieKey(dir); err == nil || !strings.Contains(err.Error(), "is not a key of ours (delete it") {
		t.Errorf("a broken key file: %v", err)
	}
}

func TestAKeyThatIsNoFileIsRefused(t *testing.T) {
	for name, place := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := place(filepath.Join(dir, "key")); err != nil {
				t.Fatal(err)
			}
			if _, err := cookieKey(dir); err == nil || !strings.Contains(err.Error(), "is not a regular file (delete it: a new one is made)") {
				t.Errorf("it is read with %v", err)
			}
		})
	}
}
