package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
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

// decode is the part of readBody that needs no request.
func decode(body []byte, v any) error {
	if !utf8.Valid(body) {
		return refuse("bad-json", "The body is not valid UTF-8.")
	}
	if trimmed := bytes.TrimSpace(body); !json.Valid(trimmed) {
		return refuse("bad-json", "The body is not JSON.")
	} else if trimmed[0] != '{' {
		return refuse("bad-request", "The body must be a JSON object.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse("bad-request", "%q must not be a JSON %s.", te.Field, te.Value)
	}
	if err != nil {
		// encoding/json has no type for an unknown field.
		return refuse("bad-request", "The body has an %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
