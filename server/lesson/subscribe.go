package lesson

// Subscription tells one reader that there is something new. It never holds up the
// session: a reader that is slow finds the newest state, not every one in between.
type Subscription struct {
	// C has a value in it when there is something new since the last receive.
	// It is never closed.
	C <-chan struct{}

	c chan struct{}
	s *Session
}

// Subscribe returns a subscription whose C is ready at once. Close it.
func (s *Session) Subscribe() *Subscription {
	c := make(chan struct{}, 1)
	c <- struct{}{}
	sub := &Subscription{C: c, c: c, s: s}
	s.mu.Lock()
	s.subs[sub] = struct{}{}
	s.mu.Unlock()
	s.Look() // somebody looks: so does the session, more often from now on
	return sub
}

// Close ends the subscription.
func (sub *Subscription) Close() {
	sub.s.mu.Lock()
	delete(sub.s.subs, sub)
	sub.s.mu.Unlock()
}

// Notify tells the subscribers to look, for something beside the state that they
// show (the clock, the shells, the lab's text) has changed.
func (s *Session) Notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked()
}

func (s *Session) tellLocked() {
	for sub := range s.subs {
		select {
		case sub.c <- struct{}{}:
		default:
		}
	}
}

func (s *Session) watched() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.subs) > 0
}
