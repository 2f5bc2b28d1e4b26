//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// The check whose turning is measured: its command starts a bash in a new UTS
// namespace.
const (
	checkLab = "uts"
	checkID  = "uts-new"
)

// check measures how long after Enter the client is told that the exercise is
// done. The time that the command itself takes is part of it.
func check(ctx context.Context, b *bench) ([]figure, error) {
	n, err := b.serve(ctx, "", "--pool", "2")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	got, err := interleave(ctx, samples, n.turn)
	if err != nil {
		return nil, err
	}
	b.record.add("from Enter to the check's turn", "ms", got[0])
	const what = "a check turns after the Enter of the command that fulfils it"
	return []figure{
		below(what, got[0].median(), 250, "ms"),
		{what: "the same, 90th percentile", got: quantity(got[0].quantile(0.9), "ms")},
	}, nil
}

// turn takes a sandbox with the lesson, types the check's own solution and waits
// for the check to turn.
func (n *nslab) turn(ctx context.Context) (float64, error) {
	x, err := n.take(ctx, fmt.Sprintf(`{"lab":%q}`, checkLab))
	if err != nil {
		return 0, err
	}
	defer x.end(ctx)
	var solution struct {
		Lines []struct{ Shell, Keys string }
	}
	if err := n.call(ctx, "GET", "/api/sandboxes/"+x.ID+"/lines/"+checkID, "", &solution); err != nil {
		return 0, err
	}
	if len(solution.Lines) != 1 {
		return 0, fmt.Errorf("the solution of %s has %d lines, not one", checkID, len(solution.Lines))
	}
	line := solution.Lines[0]
	shell := 0
	for i, s := range x.Shells {
		if s.Title == line.Shell {
			shell = i
		}
	}
	t, err := x.attach(ctx, shell)
	if err != nil {
		return 0, err
	}
	defer t.close()
	if err := t.until(prompt); err != nil {
		return 0, err
	}
	go t.drain()

	events, err := x.dial(ctx, "/events", "nslab.events.v1")
	if err != nil {
		return 0, err
	}
	defer events.Close()
	// A learner reads first: the server has looked at the start of the shells.
	if err := pause(ctx, 250*time.Millisecond); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := t.keys(line.Keys); err != nil {
		return 0, err
	}
	if err := events.SetReadDeadline(start.Add(patience)); err != nil {
		return 0, err
	}
	for {
		_, text, err := events.ReadMessage()
		if err != nil {
			return 0, fmt.Errorf("wait for %s to turn: %w", checkID, err)
		}
		took := since(start)
		var event struct {
			Check struct {
				ID  string
				Met bool
			}
		}
		if err := json.Unmarshal(text, &event); err != nil {
			return 0, err
		}
		if event.Check.ID == checkID && event.Check.Met {
			return took, nil
		}
	}
}
