//go:build linux

package server

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented returns the codes of docs/api.md with their statuses, as its table of
// errors has them.
func documented(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	code := regexp.MustCompile("`([a-z-]+)`")
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9]{3}) \| (.*) \|$`).FindAllStringSubmatch(string(text), -1) {
		var status int
		if err := json.Unmarshal([]byte(row[1]), &status); err != nil {
			t.Fatal(err)
		}
		for _, c := range code.FindAllStringSubmatch(row[2], -1) {
			codes[c[1]] = status
		}
	}
	return codes
}

func TestTheTableOfErrorsIsTheDocumentedOne(t *testing.T) {
	doc := documented(t)
	for code, status := range statuses {
		if doc[code] != status {
			t.Errorf("%s is %d, but docs/api.md says %d", code, status, doc[code])
		}
	}
	for code, status := range doc {
		if statuses[code] != status {
			t.Errorf("docs/api.md says that %s is %d, but it is %d", code, status, statuses[code])
		}
	}
}

func TestErrors(t *testing.T) {
	h := openHouse(t)
	v := h.take(map[string]any{"lab": "hands"})
	bare := h.take(plain)
	gone := h.take(plain)
	h.call("DELETE", "/api/sandboxes/"+gone.ID, nil, http.StatusNoContent)
	box, nolab, ended := "/api/sandboxes/"+v.ID, "/api/sandboxes/"+bare.ID, "/api/sandboxes/"+gone.ID

	with := func(kv ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == "Host" {
					r.Host = kv[i+1]
				} else {
					r.Header.Set(kv[i], kv[i+1])
				}
			}
		}
	}
	without := func(key string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(key) } }
	tests := []struct {
		name, method, path, body string
		change                   func(*http.Request)
		code, detail             string
	}{
		{"half a body", "POST", "/api/sandboxes", `{"lab":`, nil, "bad-json", "The body is not JSON."},
		{"an empty body", "POST", "/api/sandboxes", ``, nil, "bad-json", ""},
		{"neither lab nor namespaces", "POST", "/api/sandboxes", `{}`, nil, "bad-request", `The body must have either "lab" or "namespaces".`},
		{"both lab and namespaces", "POST", "/api/sandboxes", `{"lab":"hands","namespaces":[]}`, nil, "bad-request", ""},
		{"an unknown key", "POST", "/api/sandboxes", `{"lbas":1}`, nil, "bad-request", `The body has an unknown field "lbas".`},
		{"a terminal without columns", "POST", "/api/sandboxes", `{"namespaces":[],"cols":0}`, nil, "bad-request", `"cols" is from 1 to 1000.`},
		{"a huge terminal", "POST", "/api/sandboxes", `{"namespaces":[],"rows":65537}`, nil, "bad-request", `"rows" is from 1 to 1000.`},
		{"an unknown namespace", "POST", "/api/sandboxes", `{"namespaces":["uts","pids"]}`, nil, "no-such-namespace", `There is no namespace type "pids". The types are mnt, uts, ipc, pid, net, user, cgroup and time.`},
		{"a namespace twice", "POST", "/api/sandboxes", `{"namespaces":["uts","uts"]}`, nil, "bad-request", `"uts" is there twice.`},
		{"an unknown lab", "POST", "/api/sandboxes", `{"lab":"utz"}`, nil, "no-such-lab", `There is no lab "utz". GET /api/labs lists those that there are.`},
		{"a broken lab", "POST", "/api/sandboxes", `{"lab":"broken"}`, nil, "lab-broken", ""},
		{"an empty lab", "POST", "/api/sandboxes", `{"lab":""}`, nil, "bad-request", ""},
		{"a huge body", "POST", "/api/sandboxes", `{"lab":"` + strings.Repeat("x", 1<<20) + `"}`, nil, "too-large", ""},
		{"a form", "POST", "/api/sandboxes", `lab=hands`, with("Content-Type", "application/x-www-form-urlencoded"), "not-json", ""},

		{"no token", "GET", "/api/labs", "", without("Authorization"), "no-token", ""},
		{"no token for metrics", "GET", "/metrics", "", without("Authorization"), "no-token", ""},
		{"a wrong token", "GET", "/api/labs", "", with("Authorization", "Bearer x"), "bad-token", ""},
		{"a wrong token in the address", "GET", "/?token=x", "", nil, "bad-token", ""},
		{"a forged cookie", "GET", "/api/labs", "", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.AddCookie(&http.Cookie{Name: h.server.gate.cookie.Name, Value: "ann.AAAA"})
		}, "bad-token", ""},
		{"a foreign Host", "GET", "/api/labs", "", with("Host", "evil.example"), "bad-host", `"evil.example" is not a name of this server. Start it with --public-url to give it one.`},
		{"a foreign Host for the page", "GET", "/", "", with("Host", "evil.example"), "bad-host", ""},
		{"a foreign Origin", "POST", "/api/sandboxes", `{"namespaces":[]}`, with("Origin", "http://evil.example"), "bad-origin", ""},
		{"a foreign Origin of a DELETE", "DELETE", box, "", with("Origin", "null"), "bad-origin", ""},

		{"an unknown lab to read", "GET", "/api/labs/utz", "", nil, "no-such-lab", ""},
		{"a broken lab to read", "GET", "/api/labs/broken", "", nil, "lab-broken", ""},
		{"an unknown sandbox", "GET", "/api/sandboxes/nope", "", nil, "no-such-sandbox", ""},
		{"an unknown shell", "GET", box + "/shells/s9/tty", "", nil, "no-such-shell", `There is no shell "s9" in this sandbox.`},
		{"an unknown question", "POST", box + "/answers", `{"question":"q9","answer":"1"}`, nil, "no-such-question", ""},
		{"an unknown block", "GET", box + "/lines/c9", "", nil, "no-such-block", ""},
		{"an unknown path", "GET", "/api/nothing", "", nil, "not-found", "There is nothing at /api/nothing."},
		{"an unknown path below a sandbox", "POST", box + "/nothing", "", nil, "not-found", ""},
		{"a wrong method", "DELETE", "/api/labs", "", nil, "bad-method", "/api/labs is answered to GET only."},
		{"a wrong method for a sandbox", "PUT", box, "{}", nil, "bad-method", box + " is answered to GET and DELETE only."},
		{"a GET of what is for POST", "GET", box + "/extend", "", nil, "bad-method", box + "/extend is answered to POST only."},
		{"a method that there is not", "FROB", "/api/labs", "", nil, "bad-method", "/api/labs is answered to GET only."},
		{"a method that there is not, for nothing", "FROB", "/api/nothing", "", nil, "not-found", ""},
		{"a wrong method for the page", "POST", "/labs/uts", "{}", nil, "bad-method", "/labs/uts is answered to GET only."},
		{"an extension by so much", "POST", box + "/extend", `{"hours":9}`, nil, "bad-request", `The body has an unknown field "hours".`},
		{"an extension that is no JSON", "POST", box + "/extend", `9 hours`, nil, "bad-json", ""},
		{"a reset to something else", "POST", box + "/reset", `{"lab":"uts"}`, nil, "bad-request", ""},

		{"no namespaces for a shell", "POST", box + "/shells", `{}`, nil, "bad-request", ""},
		{"an unknown namespace for a shell", "POST", box + "/shells", `{"namespaces":["x"]}`, nil, "no-such-namespace", ""},
		{"a title with a control character", "POST", box + "/shells", `{"namespaces":[],"title":"a\u001b[2J"}`, nil, "bad-request", ""},
		{"a title that is too long", "POST", box + "/shells", `{"namespaces":[],"title":"` + strings.Repeat("é", 33) + `"}`, nil, "bad-request", ""},
		{"half an answer", "POST", box + "/answers", `{"question":"inode"}`, nil, "bad-request", ""},
		{"an answer that is no number", "POST", box + "/answers", `{"question":"inode","answer":"x"}`, nil, "bad-request", "The answer is not a whole number."},
		{"a huge answer", "POST", box + "/answers", `{"question":"inode","answer":"` + strings.Repeat("1", 2000) + `"}`, nil, "bad-request", ""},
		{"an answer that cannot be read off the machine", "POST", box + "/answers", `{"question":"later","answer":"7"}`, nil, "not-yet", ""},
		{"an answer without a lab", "POST", nolab + "/answers", `{"question":"q","answer":"a"}`, nil, "no-lab", ""},
		{"lines without a lab", "GET", nolab + "/lines/c1", "", nil, "no-lab", ""},
		{"an answer after the end", "POST", ended + "/answers", `{"question":"q","answer":"a"}`, nil, "sandbox-ended", "This sandbox has ended. You ended it."},
		{"a shell after the end", "POST", ended + "/shells", `{"namespaces":[]}`, nil, "sandbox-ended", ""},
		{"a snapshot after the end", "GET", ended + "/snapshot", "", nil, "sandbox-ended", ""},
		{"an extension after the end", "POST", ended + "/extend", "", nil, "sandbox-ended", ""},
		{"a reset after the end", "POST", ended + "/reset", "", nil, "sandbox-ended", ""},

		{"no WebSocket", "GET", box + "/events", "", nil, "bad-request", "This is a WebSocket with the subprotocol nslab.events.v1."},
		{"a WebSocket of another version", "GET", box + "/events", "", with("Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "8", "Sec-WebSocket-Protocol", eventsProtocol), "bad-request", "The handshake must have Sec-WebSocket-Version: 13."},
		{"a WebSocket without a key", "GET", box + "/events", "", with("Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13"), "bad-request", "The handshake must have a Sec-WebSocket-Key."},
		{"an offset that is none", "GET", box + "/shells/s1/tty?offset=-1", "", nil, "bad-request", "offset is a whole number from 0."},
		{"an offset that is huge", "GET", box + "/shells/s1/tty?offset=99999999999999999999", "", nil, "bad-request", ""},
		{"a view that is none", "GET", box + "/shells/s1/tty?view=yes", "", nil, "bad-request", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var body any
			if tt.body != "" || tt.method == "POST" {
				body = tt.body
			}
			req := h.request(tt.method, tt.path, body)
			if tt.change != nil {
				tt.change(req)
			}
			checkProblem(t, h.do(req), tt.code, tt.detail)
		})
	}
	if got := h.host.Stats().Taken; got > 3 {
		t.Errorf("after all these %d sandboxes are taken, want 3", got)
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	for _, path := range []string{"/", "/healthz", "/readyz", "/metrics", "/api/labs", "/api/labs/hands", "/api/sandboxes", "/api/sandboxes/" + v.ID, "/api/sandboxes/" + v.ID + "/snapshot"} {
		if r := h.call("HEAD", path, nil, http.StatusOK); len(r.body) > 0 || r.header.Get("Content-Type") == "" {
			t.Errorf("HEAD %s is answered with %q, %v", path, r.body, r.header)
		}
	}
	h.call("HEAD", "/api/nothing", nil, http.StatusNotFound)
	h.call("HEAD", "/api/sandboxes/"+v.ID+"/extend", nil, http.StatusMethodNotAllowed)
}

func TestAPersonWithAWrongTokenReadsASentence(t *testing.T) {
	h := openHouse(t)
	req := h.request("GET", "/?token=x", nil)
	req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9")
	r := h.do(req)
	want := "The token in this address is not this server's. Open the address that nslab printed when it started.\n"
	if r.status != http.StatusUnauthorized || string(r.body) != want || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
		t.Errorf("got %d %s %q, want 401 and %q", r.status, r.header.Get("Content-Type"), r.body, want)
	}
}

// checkProblem demands a problem document.
func checkProblem(t *testing.T, r reply, code, detail string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	r.into(t, &p)
	if p.Code != code || (detail != "" && p.Detail != detail) {
		t.Errorf("got %s: %s; want %s: %s", p.Code, p.Detail, code, detail)
	}
	if want := statuses[code]; r.status != want || p.Status != want || p.Title != http.StatusText(want) || p.Type != "about:blank" {
		t.Errorf("got %d with %+v, want %d", r.status, p, want)
	}
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("the media type is %q", got)
	}
	if !strings.HasSuffix(p.Detail, ".") {
		t.Errorf("%q is no sentence", p.Detail)
	}
	if code == "bad-method" && r.header.Get("Allow") == "" {
		t.Error("it does not say what is allowed")
	}
}

func TestWebSocketsAreRefusedBeforeTheyAreOnes(t *testing.T) {
	h := openHouse(t)
	v := h.take(plain)
	tests := []struct {
		name, path, protocol string
		header               []string
		code                 string
	}{
		{"without the subprotocol", "/shells/s1/tty", "", nil, "bad-request"},
		{"with another subprotocol", "/shells/s1/tty", eventsProtocol, nil, "bad-request"},
		{"from elsewhere", "/shells/s1/tty", ttyProtocol, []string{"Origin", "http://evil.example"}, "bad-origin"},
		{"from elsewhere, for events", "/events", eventsProtocol, []string{"Origin", "null"}, "bad-origin"},
		{"with a wrong token", "/events", eventsProtocol, []string{"Authorization", "Bearer x"}, "bad-token"},
		{"of an unknown shell", "/shells/x/tty", ttyProtocol, nil, "no-such-shell"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, refused := h.dial("/api/sandboxes/"+v.ID+tt.path, tt.protocol, tt.header...)
			if conn != nil {
				t.Fatal("it is let in")
			}
			checkProblem(t, refused, tt.code, "")
		})
	}
	if conn, refused := h.dial("/api/sandboxes/"+v.ID+"/events", eventsProtocol, "Origin", h.http.URL); conn == nil {
		t.Errorf("one from the server's own page is refused: %s", refused.body)
	}
}

func TestNonsenseOnTheWire(t *testing.T) {
	h := openHouse(t)
	for _, text := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST /api/sandboxes HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if !strings.Contains(line, " 400 ") && !strings.Contains(line, " 403 ") {
			t.Errorf("%.30q is answered with %q", text, line)
		}
	}
}

func TestTheBasePath(t *testing.T) {
	h := openHouse(t, func(c *Config) { c.PublicURL = "https://example.org/nslab" })
	ok := map[string]int{
		"/nslab/healthz": 200, "/nslab/readyz": 200, "/nslab/metrics": 200, "/nslab/api/labs": 200, "/nslab/api/sandboxes": 200,
		"/nslab/": 200, "/nslab/labs/hands": 200,
		"/healthz": 404, "/api/labs": 404, "/": 404, "/nslabs": 404, "/nslab/api": 404,
	}
	for path, status := range ok {
		req := h.request("GET", path, nil)
		if slices.Contains([]string{"/nslab/healthz", "/nslab/readyz", "/nslab/"}, path) {
			req.Header.Del("Authorization")
		}
		req.Host = "example.org"
		if r := h.do(req); r.status != status {
			t.Errorf("GET %s is answered with %d %.200s, want %d", path, r.status, r.body, status)
		}
	}
	req := h.request("POST", "/nslab/api/sandboxes", plain)
	req.Host = "example.org"
	req.Header.Set("Origin", "https://example.org")
	r := h.do(req)
	if r.status != http.StatusCreated || !strings.HasPrefix(r.header.Get("Location"), "/nslab/api/sandboxes/") {
		t.Errorf("POST is answered with %d, Location %q, %s", r.status, r.header.Get("Location"), r.body)
	}
}
