package server

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/go-chi/chi/v5"

	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/snapshot"
)

// openBody is the body of POST /api/sandboxes.
type openBody struct {
	Lab        *string   `json:"lab"`
	Namespaces *[]string `json:"namespaces"`
	Cols       *int      `json:"cols"`
	Rows       *int      `json:"rows"`
}

func (b openBody) order() (order, error) {
	o := order{cols: 80, rows: 24}
	if (b.Lab == nil) == (b.Namespaces == nil) {
		return o, refuse("bad-request", `The body must have either "lab" or "namespaces".`)
	}
	for _, side := range []struct {
		name string
		from *int
		to   *uint16
	}{{"cols", b.Cols, &o.cols}, {"rows", b.Rows, &o.rows}} {
		if side.from == nil {
			continue
		}
		if !cells(int64(*side.from)) {
			return o, refuse("bad-request", "%q is from 1 to %d.", side.name, maxCells)
		}
		*side.to = uint16(*side.from)
	}
	if b.Lab != nil {
		if *b.Lab == "" {
			return o, refuse("bad-request", `"lab" is the id of a lab. GET /api/labs lists them.`)
		}
		o.lab = *b.Lab
		return o, nil
	}
	var err error
	o.namespaces, err = namespaces(*b.Namespaces)
	return o, err
}

// namespaces turns names into types, each at most once.
func namespaces(list []string) ([]snapshot.Type, error) {
	types := []snapshot.Type{}
	for _, name := range list {
		t, ok := snapshot.ParseType(name)
		if !ok {
			return nil, refuse("no-such-namespace", "There is no namespace type %q. The types are mnt, uts, ipc, pid, net, user, cgroup and time.", name)
		}
		if slices.Contains(types, t) {
			return nil, refuse("bad-request", "%q is there twice.", name)
		}
		types = append(types, t)
	}
	return types, nil
}

func (s *Server) openSandbox(w http.ResponseWriter, r *http.Request) error {
	var body openBody
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	o, err := body.order()
	if err != nil {
		return err
	}
	leave, err := s.seats.enter(learnerOf(r))
	if err != nil {
		return err
	}
	defer leave()
	t, err := s.open(r.Context(), learnerOf(r), o, s.takeInTurn)
	if err != nil {
		return err
	}
	return s.created(w, t)
}

func (s *Server) created(w http.ResponseWriter, t *seat) error {
	w.Header().Set("Location", s.base+"/api/sandboxes/"+t.id())
	return writeJSON(w, http.StatusCreated, t.view(t.session.State()))
}

func (s *Server) listSandboxes(w http.ResponseWriter, r *http.Request) error {
	list := []sandboxView{}
	for _, t := range s.seats.alive() {
		if t.owner == learnerOf(r) {
			list = append(list, t.view(t.session.State()))
		}
	}
	return writeJSON(w, http.StatusOK, map[string]any{"sandboxes": list})
}

func (s *Server) showSandbox(w http.ResponseWriter, r *http.Request) error {
	t, err := s.seatOf(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, t.view(t.session.State()))
}

func (s *Server) endSandbox(w http.ResponseWriter, r *http.Request) error {
	t, err := s.seatOf(r)
	if err != nil {
		return err
	}
	t.sandbox.End(sandbox.Reason{Code: "deleted", Detail: "You ended it."})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) showSnapshot(w http.ResponseWriter, r *http.Request) error {
	t, err := s.running(r)
	if err != nil {
		return err
	}
	snap, err := t.sandbox.Snapshot(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, snap)
}

// shellBody is the body of POST …/shells.
type shellBody struct {
	Namespaces *[]string `json:"namespaces"`
	Title      string    `json:"title"`
}

// maxTitle is the longest title of a shell, in bytes: it stands in a tab and in a
// prompt.
const maxTitle = 64

func (b shellBody) spec(o order) (sandbox.ShellSpec, error) {
	spec := sandbox.ShellSpec{Title: b.Title, Cols: o.cols, Rows: o.rows}
	if b.Namespaces == nil {
		return spec, refuse("bad-request", `The body must have "namespaces", a list that may be empty.`)
	}
	var err error
	if spec.Namespaces, err = namespaces(*b.Namespaces); err != nil {
		return spec, err
	}
	if spec.Title == "" {
		spec.Title = shellTitle(spec.Namespaces)
	}
	for _, c := range spec.Title {
		if len(spec.Title) > maxTitle || !(unicode.IsLetter(c) || unicode.IsDigit(c) || c == ' ' || c == '-' || c == '_' || c == '.') {
			return spec, refuse("bad-request", `"title" is at most %d bytes of letters, digits, spaces, "-", "_" and ".".`, maxTitle)
		}
	}
	return spec, nil
}

func (s *Server) openShell(w http.ResponseWriter, r *http.Request) error {
	t, err := s.running(r)
	if err != nil {
		return err
	}
	var body shellBody
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	spec, err := body.spec(t.order)
	if err != nil {
		return err
	}
	sh, err := s.startShell(r.Context(), t.sandbox, spec)
	if errors.Is(err, sandbox.ErrRefused) {
		s.log.Info("a sandbox starts no shell", "sandbox", t.id(), "err", err)
		return refuse("no-shell", "This sandbox cannot start a shell any more (%s). Start it anew.", refusal(err))
	}
	if err != nil {
		return err
	}
	t.session.Look()
	t.session.Notify()
	w.Header().Set("Location", s.base+"/api/sandboxes/"+t.id()+"/shells/"+sh.ID())
	return writeJSON(w, http.StatusCreated, viewShell(sh))
}

// maxRefusal is how much of init's reason a learner is told, in bytes.
const maxRefusal = 200

// refusal is the reason in a sandbox.ErrRefused. Who has broken their sandbox may
// have put anything there.
func refusal(err error) string {
	_, reason, ok := strings.Cut(err.Error(), sandbox.ErrRefused.Error()+": ")
	if !ok {
		return "for no reason that it gave"
	}
	return clip(strings.ToValidUTF8(reason, "\ufffd"), maxRefusal)
}

func (s *Server) extend(w http.ResponseWriter, r *http.Request) error {
	t, err := s.running(r)
	if err != nil {
		return err
	}
	if err := noBody(w, r); err != nil {
		return err
	}
	if !t.extend() {
		return refuse("lifetime-reached", "A sandbox lasts at most %s.", span(s.cfg.MaxLifetime))
	}
	return writeJSON(w, http.StatusOK, t.view(t.session.State()))
}

// maxAnswer is the longest answer, in bytes.
const maxAnswer = 1000

func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	t, err := s.running(r)
	if err != nil {
		return err
	}
	var body struct {
		Question *string `json:"question"`
		Answer   *string `json:"answer"`
	}
	if err := readBody(w, r, &body); err != nil {
		return err
	}
	if body.Question == nil || body.Answer == nil {
		return refuse("bad-request", `The body must have "question" and "answer".`)
	}
	if len(*body.Answer) > maxAnswer {
		return refuse("bad-request", "An answer has at most %d bytes.", maxAnswer)
	}
	j, err := t.session.Answer(r.Context(), *body.Question, *body.Answer)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		answerView
		Explain string `json:"explain"`
	}{viewAnswer(j.Answer), j.Explain})
}

func (s *Server) lines(w http.ResponseWriter, r *http.Request) error {
	t, err := s.running(r)
	if err != nil {
		return err
	}
	lines, err := t.session.Lines(r.Context(), chi.URLParam(r, "block"))
	if err != nil {
		return err
	}
	views := []lineView{}
	for _, l := range lines {
		views = append(views, lineView(l))
	}
	return writeJSON(w, http.StatusOK, map[string][]lineView{"lines": views})
}
