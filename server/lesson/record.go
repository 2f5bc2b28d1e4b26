package lesson

import (
	"context"

	"example.org/nslab/server/store"
)

// unkept is what the learner is told when the store takes nothing.
const unkept = "Your progress cannot be saved just now. The lesson goes on, and it is tried again."

// owe notes that the store must be told that the item is passed.
func (s *Session) owe(item store.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed[item] = struct{}{}
}

// record writes to the store what is owed to it, and leaves for the next look what
// it does not take. The learner sees a passed check all the same.
func (s *Session) record(ctx context.Context) {
	s.mu.Lock()
	items := make([]store.Item, 0, len(s.owed))
	for item := range s.owed {
		items = append(items, item)
	}
	s.mu.Unlock()
	for _, item := range items {
		if err := s.cfg.Store.Pass(ctx, item); err != nil {
			s.notKept(item, err)
			return
		}
		s.mu.Lock()
		delete(s.owed, item)
		s.keeps = true
		s.mu.Unlock()
	}
}

// recordAnswer writes an answer to the store. That a question is passed is owed to
// the store if it does not take it.
func (s *Session) recordAnswer(ctx context.Context, item store.Item, answer string, correct bool) {
	if _, err := s.cfg.Store.Answer(ctx, item, answer, correct); err != nil {
		if correct {
			s.owe(item)
		}
		s.notKept(item, err)
		return
	}
	s.mu.Lock()
	s.keeps = true
	s.mu.Unlock()
}

// notKept tells the log and the learner, once until the store takes something
// again, that it does not.
func (s *Session) notKept(item store.Item, err error) {
	s.mu.Lock()
	first := s.keeps
	s.keeps = false
	s.mu.Unlock()
	if !first {
		return
	}
	s.cfg.Log.Error("cannot record progress", "sandbox", s.cfg.Sandbox.ID(), "lab", item.Lab, "item", item.ID, "err", err)
	s.update(func(st *State) { st.notice(unkept) })
}
