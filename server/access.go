package server

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// watched is a ResponseWriter that remembers the status. It hands on Hijack, which
// WebSockets need.
type watched struct {
	http.ResponseWriter
	status   int
	hijacked bool
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.hijacked, w.status = true, http.StatusSwitchingProtocols
	}
	return conn, rw, err
}

// access counts and logs each request when it is over. Queries are left out, for
// one may hold the token. Assets and probes are for the debug level.
func (s *Server) access(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := &watched{ResponseWriter: rw}
		began := time.Now()
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				s.log.Error("panic in a handler", "method", r.Method, "path", r.URL.Path, "err", v, "stack", string(debug.Stack()))
				if w.status == 0 {
					writeProblem(w, refuse("internal", "Something failed in the server. Its log says what."))
				}
			}
			s.account(w, r, time.Since(began))
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) account(w *watched, r *http.Request, took time.Duration) {
	route := "none"
	if rc := chi.RouteContext(r.Context()); rc != nil && rc.RoutePattern() != "" {
		route = rc.RoutePattern()
	}
	if !w.hijacked {
		s.metrics.requests.WithLabelValues(method(r.Method), route, strconv.Itoa(w.status)).Observe(took.Seconds())
	}
	level := slog.LevelDebug
	if strings.HasPrefix(r.URL.Path, s.base+"/api/") {
		level = slog.LevelInfo
	}
	s.log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", w.status, "took", took.Round(time.Microsecond))
}

// method is m if it is one that exists: a label must not have as many values as
// strangers can think of.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
