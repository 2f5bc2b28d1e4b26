package server

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/gorilla/websocket"

	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server/lesson"
)

const eventsProtocol = "nslab.events.v1"

// events is one client that follows one sandbox. What was sent last is kept, so
// that only what has changed is sent.
type events struct {
	*socket
	server *Server
	seat   *seat

	first    bool
	sandbox  sandboxView // without its checks
	checks   map[string]checkView
	snapshot *snapshot.Snapshot
	lab      labNews
	noticed  int
}

// serveEvents serves docs/api.md, "Events".
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) error {
	t, err := s.seatOf(r)
	if err != nil {
		return err
	}
	c, err := s.upgrade(w, r, t, eventsProtocol)
	if c == nil {
		return err
	}
	defer s.metrics.socket("events")()
	e := &events{socket: c, server: s, seat: t, first: true, checks: map[string]checkView{}}
	c.conn.SetReadLimit(maxControl)
	c.run(e.read, e.write)
	return nil
}

// read waits for the peer's end. It has nothing to say.
func (e *events) read() error {
	if err := e.alive(); err != nil {
		return hangupOf(err)
	}
	if _, _, err := e.conn.NextReader(); err != nil {
		return hangupOf(err)
	}
	return broke("The client sends nothing here.")
}

// write sends what has changed whenever something has.
func (e *events) write() error {
	sub := e.seat.session.Subscribe()
	defer sub.Close()
	for {
		select {
		case <-sub.C:
		case <-e.seat.sandbox.Done():
		case <-e.ctx.Done():
			if e.server.stopping() {
				e.say("ended", endedView{serverStops.Code, serverStops.Detail})
			}
			return context.Cause(e.ctx)
		}
		if err := e.news(); err != nil {
			return err
		}
		if reason, ended := e.seat.ended(); ended {
			if err := e.say("ended", endedView{reason.Code, reason.Detail}); err != nil {
				return err
			}
			return &hangup{websocket.CloseNormalClosure, "The sandbox has ended."}
		}
	}
}

// news sends the parts that differ from what was sent last.
func (e *events) news() error {
	st := e.seat.session.State()
	if err := e.sandboxNews(st); err != nil {
		return err
	}
	if st.Snapshot != e.snapshot {
		e.snapshot = st.Snapshot
		if err := e.say("snapshot", st.Snapshot); err != nil {
			return err
		}
	}
	if st.Lab != nil {
		if lab := e.server.labNews(st.Lab); !reflect.DeepEqual(lab, e.lab) {
			known := e.lab.ID != ""
			e.lab = lab
			// The page has just fetched the lab; only a change is news.
			if known || lab.Error != nil {
				if err := e.say("lab", lab); err != nil {
					return err
				}
			}
		}
	}
	for i := max(0, len(st.Notices)-(st.Noticed-e.noticed)); i < len(st.Notices); i++ {
		if err := e.say("notice", map[string]string{"text": st.Notices[i]}); err != nil {
			return err
		}
	}
	e.noticed = st.Noticed
	return nil
}

// sandboxNews sends the sandbox, whole at first and when something of it but the
// checks has changed; else the checks that have changed.
func (e *events) sandboxNews(st lesson.State) error {
	v := e.seat.view(st)
	bare := v
	bare.Checks = nil
	if e.first || !reflect.DeepEqual(bare, e.sandbox) {
		e.first, e.sandbox = false, bare
		for _, c := range v.Checks {
			e.checks[c.ID] = c
		}
		return e.say("sandbox", v)
	}
	for _, c := range v.Checks {
		if reflect.DeepEqual(e.checks[c.ID], c) {
			continue
		}
		e.checks[c.ID] = c
		if err := e.say("check", c); err != nil {
			return err
		}
	}
	return nil
}

// say sends one frame with one key.
func (e *events) say(key string, v any) error {
	text, err := json.Marshal(map[string]any{key: v})
	if err != nil {
		return err
	}
	return e.send(websocket.TextMessage, text)
}
