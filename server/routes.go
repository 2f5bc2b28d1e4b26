package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"example.org/nslab/sandbox"
	"example.org/nslab/web"
)

// handler answers a request, or returns why not: a *problem, or an error that
// becomes one.
type handler func(w http.ResponseWriter, r *http.Request) error

// routes is the whole HTTP interface of docs/api.md.
func (s *Server) routes() http.Handler {
	root := chi.NewRouter()
	root.Use(s.access, s.ownNames, heads)
	root.NotFound(s.serve(notFound))
	base := chi.NewRouter()
	root.MethodNotAllowed(s.serve(s.badMethod(base))) // of methods that nobody knows
	base.NotFound(s.serve(notFound))
	base.MethodNotAllowed(s.serve(s.badMethod(base)))

	base.Get("/healthz", s.serve(healthz))
	base.Get("/readyz", s.serve(s.readyz))
	base.Group(func(r chi.Router) {
		r.Use(s.learners)
		r.Get("/metrics", s.metrics.handler().ServeHTTP)
		r.Get("/api/labs", s.serve(s.listLabs))
		r.Get("/api/labs/{lab}", s.serve(s.showLab))
		r.Get("/api/sandboxes", s.serve(s.listSandboxes))
		r.Post("/api/sandboxes", s.serve(s.openSandbox))
		r.Get("/api/sandboxes/{id}", s.serve(s.showSandbox))
		r.Delete("/api/sandboxes/{id}", s.serve(s.endSandbox))
		r.Get("/api/sandboxes/{id}/snapshot", s.serve(s.showSnapshot))
		r.Post("/api/sandboxes/{id}/shells", s.serve(s.openShell))
		r.Post("/api/sandboxes/{id}/extend", s.serve(s.extend))
		r.Post("/api/sandboxes/{id}/reset", s.serve(s.reset))
		r.Post("/api/sandboxes/{id}/answers", s.serve(s.answer))
		r.Get("/api/sandboxes/{id}/lines/{block}", s.serve(s.lines))
		r.Get("/api/sandboxes/{id}/shells/{shell}/tty", s.serve(s.serveTTY))
		r.Get("/api/sandboxes/{id}/events", s.serve(s.serveEvents))
	})
	page := web.Handler(s.base)
	base.Get("/*", s.serve(s.page(page, s.badMethod(base))))

	if s.base == "" {
		root.Mount("/", base)
		return root
	}
	root.Mount(s.base, base)
	return root
}

// serve turns a handler's error into a problem document, and logs it if it is the
// server's fault.
func (s *Server) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, s.base+"/api/") {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Content-Type-Options", "nosniff")
		}
		err := h(w, r)
		if err == nil {
			return
		}
		p := problemOf(err)
		if p.code == "internal" && r.Context().Err() == nil {
			s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
		}
		writeProblem(w, p)
	}
}

// ownNames lets pass what is sent to one of the server's names, and, where it
// changes something or opens a WebSocket, from one of its own pages.
func (s *Server) ownNames(next http.Handler) http.Handler {
	return s.gated(next, func(r *http.Request) (*http.Request, error) {
		if !s.names.hostOK(r.Host) {
			return nil, refuse("bad-host", "%q is not a name of this server. Start it with --public-url to give it one.", r.Host)
		}
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if (!safe || r.Header.Get("Upgrade") != "") && !s.names.originOK(r) {
			return nil, refuse("bad-origin", "Requests of pages from elsewhere are not answered.")
		}
		return r, nil
	})
}

// learners lets pass whom the gate knows, and notes whom.
func (s *Server) learners(next http.Handler) http.Handler {
	return s.gated(next, func(r *http.Request) (*http.Request, error) {
		who, err := s.gate.ask(r)
		return r.WithContext(withLearner(r.Context(), who)), err
	})
}

// heads answers HEAD as GET; net/http leaves out the body.
func heads(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			chi.RouteContext(r.Context()).RouteMethod = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// gated is next for the requests that pass, as they come out.
func (s *Server) gated(next http.Handler, pass func(*http.Request) (*http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(func(w http.ResponseWriter, r *http.Request) error {
			passed, err := pass(r)
			if err != nil {
				return err
			}
			next.ServeHTTP(w, passed)
			return nil
		})(w, r)
	})
}

// page serves the page, and takes the token of those who bring one. Below /api/ is
// nothing of it; what is not answered to GET there is refused by noGet.
func (s *Server) page(page http.Handler, noGet handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if strings.HasPrefix(r.URL.Path+"/", s.base+"/api/") {
			return noGet(w, r)
		}
		if r.URL.Query().Has("token") {
			err := s.gate.admit(w, r)
			if err != nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
				p := problemOf(err)
				http.Error(w, p.detail, statuses[p.code]) // a person reads this one
				return nil
			}
			return err
		}
		page.ServeHTTP(w, r)
		return nil
	}
}

func notFound(_ http.ResponseWriter, r *http.Request) error {
	return refuse("not-found", "There is nothing at %s.", r.URL.Path)
}

// badMethod names the methods that there are.
func (s *Server) badMethod(routes chi.Routes) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		path, ours := strings.CutPrefix(r.URL.Path, s.base)
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			route := routes.Find(chi.NewRouteContext(), m, path)
			if route != "" && (route != "/*" || !strings.HasPrefix(path+"/", "/api/")) { // the page's routes are for the rest
				allowed = append(allowed, m)
			}
			if m == http.MethodGet && len(allowed) > 0 {
				allowed = append(allowed, http.MethodHead)
			}
		}
		if len(allowed) == 0 || !ours {
			return notFound(w, r)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refuse("bad-method", "%s is answered to %s only.", r.URL.Path, strings.Join(slices.DeleteFunc(allowed, func(m string) bool { return m == http.MethodHead }), " and "))
	}
}

func healthz(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if s.stopping() {
		return errStopping
	}
	if err := s.cfg.Host.Ready(); err != nil {
		return notReady(err)
	}
	return healthz(w, r)
}

// notReady says no more than that: anybody may ask.
func notReady(err error) *problem {
	p := refuse("not-ready", "%s", cannotStart)
	if errors.Is(err, sandbox.ErrNoCapacity) {
		p = refuse("not-ready", "%s", noRoom(err))
	}
	p.retry = askAgain
	return p
}

// seatOf returns the learner's own sandbox that the path names, and notes the sign
// of life.
func (s *Server) seatOf(r *http.Request) (*seat, error) {
	t, ok := s.seats.find(learnerOf(r), chi.URLParam(r, "id"))
	if !ok {
		return nil, refuse("no-such-sandbox", "There is no such sandbox, or it ended some time ago.")
	}
	t.seen()
	return t, nil
}

// running is seatOf for what needs a sandbox that runs.
func (s *Server) running(r *http.Request) (*seat, error) {
	t, err := s.seatOf(r)
	if err != nil {
		return nil, err
	}
	if reason, ended := t.ended(); ended {
		return nil, refuse("sandbox-ended", "This sandbox has ended. %s", reason.Detail)
	}
	return t, nil
}

// shellOf returns the shell that the path names.
func shellOf(t *seat, r *http.Request) (*sandbox.Shell, error) {
	sh, ok := t.sandbox.Shell(chi.URLParam(r, "shell"))
	if !ok {
		return nil, refuse("no-such-shell", "There is no shell %q in this sandbox.", chi.URLParam(r, "shell"))
	}
	return sh, nil
}
