package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxBody is the largest body of a request. The largest that makes sense is an
// answer of a few words.
const maxBody = 64 << 10

// readBody decodes the JSON object of a request into v, strictly: the right media
// type, one object, no keys that v does not have. An error is a *problem.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse("not-json", "The body must be JSON, with Content-Type: application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse("too-large", "The body is larger than %d bytes.", maxBody)
	}
	if err != nil {
		return refuse("bad-json", "The body ended too soon.")
	}
	return decode(body, v)
}

// decode is the part of readBody that needs no request. v points to a struct of
// strings, whole numbers and lists of strings.
func decode(body []byte, v any) error {
	if !utf8.Valid(body) {
		return refuse("bad-json", "The body is not valid UTF-8.")
	}
	if trimmed := bytes.TrimSpace(body); !json.Valid(trimmed) {
		return refuse("bad-json", "The body is not JSON.")
	} else if trimmed[0] != '{' {
		return refuse("bad-request", "The body must be a JSON object.")
	}
	types := fields(v)
	if err := checkKeys(body, types); err != nil {
		return err
	}
	err := json.Unmarshal(body, v)
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		name, _, _ := strings.Cut(te.Field, ".")
		return refuse("bad-request", "%q must be %s.", name, kind(types[name]))
	}
	if err != nil {
		return refuse("bad-json", "The body is not JSON.")
	}
	return nil
}

// fields returns the types of the fields of the struct that v points to, by their
// keys in JSON.
func fields(v any) map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for f := range reflect.TypeOf(v).Elem().Fields() {
		types[f.Tag.Get("json")] = f.Type
	}
	return types
}

// checkKeys demands of an object that it has no keys but these, in this case, and
// none twice: encoding/json takes "LAB" for "lab", and the last of two.
func checkKeys(object []byte, known map[string]reflect.Type) error {
	d := json.NewDecoder(bytes.NewReader(object))
	d.Token() // the brace
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return refuse("bad-json", "The body is not JSON.")
		}
		if known[key] == nil {
			return refuse("bad-request", "The body has an unknown field %q.", key)
		}
		if seen[key] {
			return refuse("bad-request", "The body has %q twice.", key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return refuse("bad-json", "The body is not JSON.")
		}
	}
	return nil
}

// kind is a type in words.
func kind(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list of strings"
	}
	return "a string"
}

// noBody demands a request without a body, or with {}, of whatever media type: it
// asks for nothing that could be said in one.
func noBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse("too-large", "The body is larger than %d bytes.", maxBody)
	}
	if err != nil {
		return refuse("bad-json", "The body ended too soon.")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	return decode(body, &struct{}{})
}
