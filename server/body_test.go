package server

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBodiesAreReadStrictly(t *testing.T) {
	const asJSON = "application/json"
	long := `{"lab":"` + strings.Repeat("x", maxBody) + `"}`
	tests := []struct{ name, media, body, code, detail string }{
		{"takes an object", asJSON, `{"lab":"uts","cols":100}`, "", ""},
		{"takes a charset", "application/json; charset=utf-8", `{"lab":"uts"}`, "", ""},
		{"takes white space around it", asJSON, "\n {} \n", "", ""},
		{"refuses a form", "application/x-www-form-urlencoded", `{}`, "not-json", "The body must be JSON, with Content-Type: application/json."},
		{"refuses text, which other sites' pages may send", "text/plain", `{}`, "not-json", ""},
		{"refuses no media type", "", `{}`, "not-json", ""},
		{"refuses nothing", asJSON, "", "bad-json", "The body is not JSON."},
		{"refuses half an object", asJSON, `{"lab":"uts"`, "bad-json", "The body is not JSON."},
		{"refuses two objects", asJSON, `{}{}`, "bad-json", ""},
		{"refuses what is not UTF-8", asJSON, "{\"lab\":\"\xff\"}", "bad-json", "The body is not valid UTF-8."},
		{"refuses a list", asJSON, `[]`, "bad-request", "The body must be a JSON object."},
		{"refuses null", asJSON, `null`, "bad-request", ""},
		{"refuses a key that there is not", asJSON, `{"lbas":1}`, "bad-request", `The body has an unknown field "lbas".`},
		{"refuses another type", asJSON, `{"lab":1}`, "bad-request", `"lab" must be a string.`},
		{"refuses a fraction", asJSON, `{"cols":1.5}`, "bad-request", `"cols" must be a whole number.`},
		{"refuses a number that is too large", asJSON, `{"cols":99999999999999999999}`, "bad-request", `"cols" must be a whole number.`},
		{"refuses a list of something else", asJSON, `{"namespaces":[1]}`, "bad-request", `"namespaces" must be a list of strings.`},
		{"refuses a key in another case", asJSON, `{"LAB":"uts"}`, "bad-request", `The body has an unknown field "LAB".`},
		{"refuses a key twice", asJSON, `{"lab":"uts","lab":"pid"}`, "bad-request", `The body has "lab" twice.`},
		{"refuses a key twice that is written in two ways", asJSON, `{"lab":"uts","l\u0061b":"pid"}`, "bad-request", `The body has "lab" twice.`},
		{"refuses too much", asJSON, long, "too-large", "The body is larger than 65536 bytes."},
		{"refuses too much of what is not JSON", asJSON, strings.Repeat("[", maxBody+1), "too-large", ""},
		{"refuses depth", asJSON, strings.Repeat("[", maxBody-1), "bad-json", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.media)
			var body openBody
			err := readBody(httptest.NewRecorder(), r, &body)
			p, _ := errors.AsType[*problem](err)
			if tt.code == "" {
				if err != nil {
					t.Errorf("it does not: %v", err)
				}
				return
			}
			if p == nil || p.code != tt.code || (tt.detail != "" && p.detail != tt.detail) {
				t.Errorf("got %v, want %s: %s", err, tt.code, tt.detail)
			}
		})
	}
}

func TestABodyThatEndsTooSoon(t *testing.T) {
	r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(`{"lab":`), brokenReader{}))
	r.Header.Set("Content-Type", "application/json")
	var body openBody
	if p := problemOf(readBody(httptest.NewRecorder(), r, &body)); p.code != "bad-json" {
		t.Errorf("got %v, want bad-json", p)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func FuzzOpenBody(f *testing.F) {
	for _, s := range []string{`{"lab":"uts"}`, `{"namespaces":["uts","pid"],"cols":80,"rows":24}`, `{"namespaces":[]}`, `{"lab":null}`, `{"lab":"","namespaces":[null]}`, `{"cols":-1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var body openBody
		if err := decode(data, &body); err != nil {
			if p, ok := errors.AsType[*problem](err); !ok || statuses[p.code] != 400 {
				t.Fatalf("%q is refused with %v, which is not 400", data, err)
			}
			return
		}
		o, err := body.order()
		if err != nil {
			if p, ok := errors.AsType[*problem](err); !ok || statuses[p.code] != 400 {
				t.Fatalf("%q is refused with %v, which is not 400", data, err)
			}
			return
		}
		if (o.lab == "") == (o.namespaces == nil) || !cells(int64(o.cols)) || !cells(int64(o.rows)) || len(o.namespaces) > 8 {
			t.Fatalf("%q became %+v", data, o)
		}
	})
}
