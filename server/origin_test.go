package server

import (
	"net/http/httptest"
	"testing"
)

func TestHostIsOneOfTheServersNames(t *testing.T) {
	tests := []struct {
		name           string
		public, listen string
		own, foreign   []string
	}{
		{
			name: "on the loopback", listen: "127.0.0.1:8080",
			own:     []string{"127.0.0.1:8080", "localhost:8080", "localhost", "LOCALHOST:9000", "[::1]:8080", "127.9.9.9"},
			foreign: []string{"evil.example", "evil.example:8080", "10.0.0.1:8080", "", "localhost.evil.example", "box"},
		},
		{
			name: "on all addresses", listen: ":8080",
			own:     []string{"10.0.0.1:8080", "[fe80::1]:8080", "192.168.1.2", "localhost:8080", "box:8080"},
			foreign: []string{"evil.example", "10.0.0.1.evil.example:8080", ""},
		},
		{
			name: "on all IPv4 addresses", listen: "0.0.0.0:8080",
			own:     []string{"10.0.0.1:8080"},
			foreign: []string{"evil.example"},
		},
		{
			name: "on one address", listen: "10.0.0.1:8080",
			own:     []string{"10.0.0.1:8080", "127.0.0.1:8080"},
			foreign: []string{"10.0.0.2:8080", "box:8080"},
		},
		{
			name: "on a name", listen: "box.lan:8080",
			own:     []string{"box.lan:8080"},
			foreign: []string{"box:8080"},
		},
		{
			name: "behind a proxy", public: "https://example.org/nslab", listen: "127.0.0.1:8080",
			own:     []string{"example.org", "example.org:443", "EXAMPLE.org", "127.0.0.1:8080"},
			foreign: []string{"www.example.org", "example.com"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := testNames(t, tt.public, tt.listen)
			for _, host := range tt.own {
				if !n.hostOK(host) {
					t.Errorf("Host %q is refused", host)
				}
			}
			for _, host := range tt.foreign {
				if n.hostOK(host) {
					t.Errorf("Host %q is taken for the server's own", host)
				}
			}
		})
	}
}

func TestOriginIsTheServersOwn(t *testing.T) {
	tests := []struct {
		name         string
		public, host string
		own, foreign []string
	}{
		{
			name: "as the Host says", host: "localhost:8080",
			own:     []string{"http://localhost:8080", "https://localhost:8080", "http://LOCALHOST:8080"},
			foreign: []string{"http://localhost:3000", "http://localhost", "http://evil.example", "null", "", "file://localhost:8080", "http://127.0.0.1:8080"},
		},
		{
			name: "with the scheme's port", host: "10.0.0.1",
			own:     []string{"http://10.0.0.1", "http://10.0.0.1:80"},
			foreign: []string{"http://10.0.0.1:8080", "http://10.0.0.1.evil.example"},
		},
		{
			name: "behind a proxy that changes Host", public: "https://example.org/nslab", host: "127.0.0.1:8080",
			own:     []string{"https://example.org", "https://example.org:443", "http://127.0.0.1:8080"},
			foreign: []string{"http://example.org", "https://example.org:8443", "https://example.org.evil.example"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := testNames(t, tt.public, "127.0.0.1:8080")
			r := httptest.NewRequest("POST", "/", nil)
			r.Host = tt.host
			if !n.originOK(r) {
				t.Error("no Origin is refused")
			}
			for _, origin := range tt.own {
				r.Header["Origin"] = []string{origin}
				if !n.originOK(r) {
					t.Errorf("Origin %q is refused", origin)
				}
				r.Header["Origin"] = []string{origin, "http://evil.example"}
				if n.originOK(r) {
					t.Errorf("Origin %q beside a foreign one is taken", origin)
				}
			}
			for _, origin := range tt.foreign {
				r.Header["Origin"] = []string{origin}
				if n.originOK(r) {
					t.Errorf("Origin %q is taken for the server's own", origin)
				}
			}
		})
	}
}

func testNames(t *testing.T, public, listen string) names {
	t.Helper()
	u, err := parsePublic(public)
	if err != nil {
		t.Fatalf("public URL %q: %v", public, err)
	}
	n := newNames(u, listen)
	n.machine = "box"
	return n
}

func TestPublicURL(t *testing.T) {
	good := map[string]string{ // to the base path
		"https://example.org":         "",
		"https://example.org/":        "",
		"http://example.org:8080/a/b": "/a/b",
		"https://example.org/nslab/":  "/nslab",
	}
	for text, base := range good {
		u, err := parsePublic(text)
		if err != nil || u.Path != base {
			t.Errorf("%q: base path %v, %v; want %q", text, u, err, base)
		}
	}
	for _, text := range []string{"example.org", "ftp://example.org", "https://", "https://a@example.org", "https://example.org/?x", "https://example.org/#x", "https://example.org/{x}", "https://example.org/a//b", "https://example.org/a/../b", "https://example.org/./a", "https://example.org/..", "https://example.org/a/%2e%2e/b", "https://example.org/;x", "://"} {
		if u, err := parsePublic(text); err == nil {
			t.Errorf("%q is taken as %v", text, u)
		}
	}
}
