package labtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
)

const (
	// quiet is how long a prompt must stand alone at the end of the output
	// before the shell counts as waiting: a shell that has more to read goes
	// on within a millisecond, on a busy machine in some tens of them.
	quiet = 80 * time.Millisecond
	// patience is how long a line may take to give the prompt back. After
	// that its program counts as one that goes on, such as ping, and what is
	// typed next is for it, as at any terminal.
	patience = 3 * time.Second
	// writing bounds the typing of a line into a shell that does not read.
	writing = 10 * time.Second
	// kept is how much output of one line is remembered.
	kept = 64 << 10
)

// mood is what a shell does once it has come to rest.
type mood int

const (
	waiting    mood = iota // at its prompt
	incomplete             // at its prompt for the rest of a command
	running                // a program has the terminal
	ended                  // there is no shell any more
)

// screen is the terminal of one shell, seen by somebody who types a line, waits
// for the shell to come to rest, and types the next. It is for one goroutine, and
// needs closing.
type screen struct {
	shell *sandbox.Shell
	a     *sandbox.Attachment
	out   []byte // since the last line was typed
	fresh bool   // a line was typed since the shell started
	long  bool   // patience with that line has run out
	ended bool
}

// look attaches to a shell that has just been started.
func look(sh *sandbox.Shell) *screen {
	return &screen{shell: sh, a: sh.Terminal().Attach(sandbox.AttachOptions{Offset: -1})}
}

func (s *screen) close() { s.a.Close() }

// typeText types text as a click does, each of its lines with Enter.
func (s *screen) typeText(ctx context.Context, text string) error {
	if s.ended {
		return fmt.Errorf("shell %q has ended", s.shell.Title())
	}
	s.out, s.fresh, s.long = nil, true, false
	ctx, cancel := context.WithTimeout(ctx, writing)
	defer cancel()
	if err := s.a.Write(ctx, []byte(labs.Keys(text))); err != nil {
		return fmt.Errorf("shell %q takes no input: %w", s.shell.Title(), err)
	}
	return nil
}

// rest waits until the shell has come to rest, at most for patience after a line.
// The error is ctx's.
func (s *screen) rest(ctx context.Context) (mood, error) {
	late := time.Now()
	if !s.long {
		late = late.Add(patience)
	}
	for !s.ended {
		got, err := s.read(ctx)
		switch {
		case err != nil:
			return ended, err
		case !got && s.atPrompt(prompts):
			return waiting, nil
		case !got && s.atPrompt(continuation):
			return incomplete, nil
		case time.Now().After(late):
			s.long = true
			return running, nil
		}
	}
	return ended, nil
}

// read takes what the terminal prints next; false if it prints nothing for a
// while, or never again.
func (s *screen) read(ctx context.Context) (bool, error) {
	short, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	c, err := s.a.Next(short)
	switch {
	case err == nil:
		s.out = append(s.out, c.Data...)
		s.out = s.out[max(0, len(s.out)-kept):]
		s.a.Ack(c.Offset + int64(len(c.Data)))
		return true, nil
	case errors.Is(err, io.EOF):
		s.ended = true
		return false, nil
	}
	return false, ctx.Err()
}

// atPrompt reports whether the output ends in a prompt that came after the line.
func (s *screen) atPrompt(prompt interface{ MatchString(string) bool }) bool {
	text := plain(string(s.out))
	// The terminal echoes each key, so there is a newline once Enter is read.
	return (!s.fresh || strings.Contains(text, "\n")) && prompt.MatchString(text)
}

// text is what the terminal printed since the last line was typed, the line's
// own echo included.
func (s *screen) text() string { return plain(string(s.out)) }
