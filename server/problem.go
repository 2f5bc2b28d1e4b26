package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/server/lesson"
)

// problem is an error that a client is told as an RFC 9457 document. Its code is
// for programs and fixes the status; its detail is a sentence or two for people.
type problem struct {
	code   string
	detail string
	// retry is sent as Retry-After where it is not zero.
	retry time.Duration
	// position is the place in the line of who must wait for a sandbox, from 1,
	// and wait how long that will take; 0 where nobody waits or nothing tells.
	position int
	wait     time.Duration
}

func (p *problem) Error() string { return p.code + ": " + p.detail }

// statuses is the one table from codes to HTTP.
var statuses = map[string]int{
	"bad-json":           http.StatusBadRequest,
	"bad-request":        http.StatusBadRequest,
	"no-such-namespace":  http.StatusBadRequest,
	"no-token":           http.StatusUnauthorized,
	"bad-token":          http.StatusUnauthorized,
	"bad-host":           http.StatusForbidden,
	"bad-origin":         http.StatusForbidden,
	"no-such-lab":        http.StatusNotFound,
	"no-such-sandbox":    http.StatusNotFound,
	"no-such-shell":      http.StatusNotFound,
	"no-such-question":   http.StatusNotFound,
	"no-such-block":      http.StatusNotFound,
	"not-found":          http.StatusNotFound,
	"bad-method":         http.StatusMethodNotAllowed,
	"sandbox-ended":      http.StatusConflict,
	"lifetime-reached":   http.StatusConflict,
	"no-lab":             http.StatusConflict,
	"not-yet":            http.StatusConflict,
	"too-large":          http.StatusRequestEntityTooLarge,
	"not-json":           http.StatusUnsupportedMediaType,
	"lab-broken":         http.StatusUnprocessableEntity,
	"no-shell":           http.StatusConflict,
	"too-many-shells":    http.StatusTooManyRequests,
	"too-many-sandboxes": http.StatusTooManyRequests,
	"too-many-sockets":   http.StatusTooManyRequests,
	"no-capacity":        http.StatusServiceUnavailable,
	"not-ready":          http.StatusServiceUnavailable,
	"stopping":           http.StatusServiceUnavailable,
	"internal":           http.StatusInternalServerError,
}

// refuse is a problem with a detail made by fmt.Sprintf.
func refuse(code, format string, args ...any) *problem {
	return &problem{code: code, detail: fmt.Sprintf(format, args...)}
}

// problemOf turns what a handler returned into what the client is told. Errors
// that are nobody's business become "internal".
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	switch {
	case errors.Is(err, sandbox.ErrEnded), errors.Is(err, lesson.ErrEnded):
		return refuse("sandbox-ended", "This sandbox has ended.")
	case errors.Is(err, sandbox.ErrTooManyShells):
		return refuse("too-many-shells", "This sandbox has as many shells as it may have. Close one first.")
	case errors.Is(err, lesson.ErrNoLab):
		return refuse("no-lab", "This sandbox was started without a lab.")
	case errors.Is(err, lesson.ErrNoQuestion):
		return refuse("no-such-question", "There is no such question in this lab.")
	case errors.Is(err, lesson.ErrNoBlock):
		return refuse("no-such-block", "There is no such command or check in this lab.")
	case errors.Is(err, labs.ErrAnswer):
		return refuse("bad-request", "%s", sentence(err, labs.ErrAnswer))
	case errors.Is(err, labs.ErrNotNow):
		return refuse("not-yet", "%s", sentence(err, labs.ErrNotNow))
	case errors.Is(err, context.Canceled):
		return refuse("internal", "The request was given up before it was answered.")
	}
	return refuse("internal", "Something failed in the server. Its log says what.")
}

// sentence is what err says for people: without the package, without the sentinel
// that it wraps.
func sentence(err, sentinel error) string {
	text := strings.TrimPrefix(err.Error(), "labs: ")
	for _, frame := range []string{": %s", " (%s)"} {
		text = strings.TrimSuffix(text, fmt.Sprintf(frame, sentinel))
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}

// writeProblem sends p. A response that has begun cannot be taken back; then
// nothing is sent.
func writeProblem(w http.ResponseWriter, p *problem) {
	status := statuses[p.code]
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(p.retry)))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`

		Position int `json:"position,omitempty"`
		Wait     int `json:"wait_seconds,omitempty"`
	}{"about:blank", http.StatusText(status), status, p.detail, p.code, p.position, seconds(p.wait)})
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// writeJSON sends v with that status.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("server: encode a reply: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) // a client that has gone is no error of ours
	return nil
}
