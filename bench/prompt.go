//go:build linux

package main

import (
	"context"
	"time"
)

// firstPrompt measures the milliseconds until a new shell shows its first prompt.
func firstPrompt(open func(context.Context) (*terminal, error)) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		t, err := open(ctx)
		if err != nil {
			return 0, err
		}
		defer t.close()
		if err := t.until(prompt); err != nil {
			return 0, err
		}
		return since(start), nil
	}
}

// request measures the same through nslab, from the request for a sandbox on: over
// a connection that is open, as a browser's is, but with a new one for the
// terminal. Afterwards it ends the sandbox and waits until the pool is full again.
func (n *nslab) request(pooled int) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		x, err := n.take(ctx, plain)
		if err != nil {
			return 0, err
		}
		t, err := x.attach(ctx, 0)
		if err != nil {
			return 0, err
		}
		defer t.close()
		if err := t.until(prompt); err != nil {
			return 0, err
		}
		took := since(start)
		if err := x.end(ctx); err != nil {
			return 0, err
		}
		return took, n.quiet(ctx, pooled)
	}
}

// pooledPrompt compares a shell in a sandbox from the pool with a plain bash.
func pooledPrompt(ctx context.Context, b *bench) ([]figure, error) {
	n, err := b.serve(ctx, "", "--pool", "2")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	if err := n.quiet(ctx, 2); err != nil {
		return nil, err
	}
	got, err := interleave(ctx, samples, n.request(2), firstPrompt(plainBash))
	if err != nil {
		return nil, err
	}
	b.record.add("request to first prompt, from the pool", "ms", got[0])
	b.record.add("first prompt of a plain bash", "ms", got[1])
	return []figure{
		atMost("request to first prompt, from the pool; a plain bash on a pty", got[0].median(), got[1].median(), 1.5, "ms"),
	}, nil
}

// coldPrompt compares a shell in a sandbox that must be booted with bwrap and, if
// there is an engine, with docker.
func coldPrompt(ctx context.Context, b *bench) ([]figure, error) {
	const what, over = "request to first prompt, cold boot; ", "ms"
	if why := missing("bwrap"); why != "" {
		return []figure{unmeasured(what+"bwrap", "≤ 1.3 ×", why)}, nil
	}
	n, err := b.serve(ctx, "", "--pool", "0")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	// The sandbox by which the server has proved that it can boot any.
	if _, err := n.request(0)(ctx); err != nil {
		return nil, err
	}
	subjects := []func(context.Context) (float64, error){n.request(0), firstPrompt(bubblewrap)}
	image, noDocker := dockerImage(ctx)
	if noDocker == nil {
		subjects = append(subjects, firstPrompt(dockerRun(image)))
	}
	got, err := interleave(ctx, samples, subjects...)
	if err != nil {
		return nil, err
	}
	b.record.add("request to first prompt, cold boot", "ms", got[0])
	b.record.add("first prompt in bwrap", "ms", got[1])
	rows := []figure{atMost(what+"bwrap", got[0].median(), got[1].median(), 1.3, over)}
	if noDocker != nil {
		return append(rows, unmeasured(what+"docker run", "≤ 0.1 ×", noDocker.Error())), nil
	}
	b.record.add("first prompt by docker run", "ms", got[2])
	return append(rows, atMost(what+"docker run", got[0].median(), got[2].median(), 0.1, over)), nil
}
