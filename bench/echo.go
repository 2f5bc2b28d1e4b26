//go:build linux

package main

import (
	"context"
	"time"
)

const (
	// crowdedBy is how many busy sessions there are.
	crowdedBy = 50
	// keystrokes are typed in each of blocks blocks alone, and as many beside
	// the busy sessions: 1000 of each, for a p99 with ten samples above it.
	keystrokes, blocks = 200, 5
	// keyEvery is the time between two keystrokes.
	keyEvery = 8 * time.Millisecond
)

// busy is what a busy session does: ten lines a second, and a program started once
// a second, such as a learner who watches something. `read` waits without a
// program of its own; what ends it is ^C.
const busy = "busy() { while :; do date; for i in {1..10}; do echo \"line $i of $RANDOM\"; read -t 0.1; done; done; }\r"

// echo compares how long a keystroke takes to come back beside 50 busy sessions
// with how long it takes alone. The shell is at its prompt: the echo is bash's.
func echo(ctx context.Context, b *bench) ([]figure, error) {
	n, err := b.serve(ctx, "", "--max-sandboxes", "64")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	_, all, err := n.takeMany(ctx, plain, crowdedBy+1)
	if err != nil {
		return nil, err
	}
	typist, others := all[0], all[1:]
	defer typist.close()
	for _, t := range others {
		defer t.close()
		if err := t.keys(busy); err != nil {
			return nil, err
		}
		go t.drain()
	}
	press := func(keys string) error {
		for _, t := range others {
			if err := t.keys(keys); err != nil {
				return err
			}
		}
		return pause(ctx, 2500*time.Millisecond) // looks at what has just happened included
	}
	var alone, beside series
	for range blocks {
		if err := press("\x03"); err != nil {
			return nil, err
		}
		if err := typeKeys(ctx, typist, &alone); err != nil {
			return nil, err
		}
		if err := press("busy\r"); err != nil {
			return nil, err
		}
		if err := typeKeys(ctx, typist, &beside); err != nil {
			return nil, err
		}
	}
	b.record.add("echo alone", "ms", alone)
	b.record.add("echo beside 50 busy sessions", "ms", beside)
	return []figure{
		atMost("echo of a keystroke beside 50 busy sessions, p99; alone", beside.quantile(0.99), alone.quantile(0.99), 3, "ms"),
		{
			what: "the same, median", got: quantity(beside.median(), "ms"), base: quantity(alone.median(), "ms"),
			ratio: quantity(beside.median()/alone.median(), "×"),
		},
	}, nil
}

// typeKeys types letters and rubs them out again, and adds the milliseconds that
// each took to s.
func typeKeys(ctx context.Context, t *terminal, s *series) error {
	for i := range keystrokes {
		key, echoed := "x", "x"
		if i%2 == 1 {
			key, echoed = "\x7f", "\x1b[K" // readline moves back and clears to the end
		}
		start := time.Now()
		if err := t.keys(key); err != nil {
			return err
		}
		if err := t.until(echoed); err != nil {
			return err
		}
		*s = append(*s, since(start))
		if err := pause(ctx, keyEvery); err != nil {
			return err
		}
	}
	return nil
}
