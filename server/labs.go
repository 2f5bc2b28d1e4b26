package server

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox/snapshot"
)

// card is one lab in the reply of GET /api/labs.
type card struct {
	labs.Card
	Items  int  `json:"items"`
	Passed int  `json:"passed"`
	Broken bool `json:"broken"`
}

func (s *Server) listLabs(w http.ResponseWriter, r *http.Request) error {
	passed, err := s.store.Passed(r.Context(), string(learnerOf(r)))
	if err != nil {
		return err
	}
	cards := []card{}
	for _, e := range s.cfg.Catalog.Labs() {
		if e.Broken() {
			cards = append(cards, card{Broken: true, Card: labs.Card{
				ID: e.ID, Title: e.ID, Prerequisites: []string{}, Namespaces: []snapshot.Type{},
			}})
			continue
		}
		items := e.Lab.Items()
		cards = append(cards, card{Card: e.Lab.Card(), Items: len(items), Passed: len(among(passed[e.ID], items))})
	}
	tracks := append([]labs.Track{}, s.cfg.Catalog.Tracks()...)
	return writeJSON(w, http.StatusOK, map[string]any{"labs": cards, "tracks": tracks})
}

func (s *Server) showLab(w http.ResponseWriter, r *http.Request) error {
	lab, err := s.lab(chi.URLParam(r, "lab"))
	if err != nil {
		return err
	}
	passed, err := s.store.Passed(r.Context(), string(learnerOf(r)))
	if err != nil {
		return err
	}
	v := lab.View()
	v.Error = s.labNews(lab).Error
	v.Passed = among(passed[lab.ID], lab.Items())
	v.Next = s.cfg.Catalog.Next(lab.ID)
	return writeJSON(w, http.StatusOK, v)
}

// among returns those of ids that a lab still has, for its newer texts may have
// lost some.
func among(ids, items []string) []string {
	has := map[string]bool{}
	for _, i := range items {
		has[i] = true
	}
	kept := []string{}
	for _, id := range ids {
		if has[id] {
			kept = append(kept, id)
		}
	}
	return kept
}

// lab returns the last good version of a lab, or a *problem.
func (s *Server) lab(id string) (*labs.Lab, error) {
	e, ok := s.cfg.Catalog.Lab(id)
	switch {
	case !ok:
		return nil, refuse("no-such-lab", "There is no lab %q. GET /api/labs lists those that there are.", id)
	case e.Broken() && len(e.Problems) > 0:
		p := e.Problems[0]
		return nil, refuse("lab-broken", "The lab %q has a mistake in line %d: %s", id, p.Line, p.Message)
	case e.Broken():
		return nil, refuse("lab-broken", "The lab %q has mistakes.", id)
	}
	return e.Lab, nil
}

// labNews is what clients are told when the text of a lab has changed, or a change
// of it is broken.
type labNews struct {
	ID      string        `json:"id"`
	Version string        `json:"version"`
	Error   *labs.Problem `json:"error"`
}

func (s *Server) labNews(lab *labs.Lab) labNews {
	n := labNews{ID: lab.ID, Version: lab.Version}
	e, ok := s.cfg.Catalog.Lab(lab.ID)
	switch {
	case !ok:
		n.Error = &labs.Problem{
			File: lab.ID + "/lab.md", Line: 1, Column: 1,
			Message: "This lab is not there any more. The lesson goes on with the text that it had.",
			Fix:     "Put its folder back where it was.",
		}
	case len(e.Problems) > 0:
		n.Error = &e.Problems[0]
	}
	return n
}

// followLabs watches the folders of labs until the server stops, and hands newer
// texts to the sessions that are about them.
func (s *Server) followLabs() {
	changed, stop := s.cfg.Catalog.Subscribe()
	defer stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-changed:
		}
		for _, t := range s.seats.alive() {
			st := t.session.State()
			if st.Lab == nil {
				continue
			}
			if e, ok := s.cfg.Catalog.Lab(st.Lab.ID); ok && !e.Broken() && e.Lab != st.Lab {
				t.session.SetLab(e.Lab)
			}
			t.session.Notify() // of a mistake, or that it is mended
		}
	}
}

// watchLabs makes the catalogue notice changes until the server stops.
func (s *Server) watchLabs() {
	if err := s.cfg.Catalog.Watch(s.life); err != nil {
		s.log.Error("changes of labs are not noticed any more", "err", err)
	}
}
