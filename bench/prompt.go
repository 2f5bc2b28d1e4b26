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

// parts are the milliseconds after the request at which it was answered and at
// which the terminal was connected.
type parts struct{ answered, attached series }

// add records them.
func (p *parts) add(r *record) {
	r.add("… of which up to the answer", "ms", p.answered)
	r.add("… of which up to the terminal's connection", "ms", p.attached)
}

// request measures the same through nslab, from the request for a sandbox on: over
// a connection that is open, as a browser's is, but with a new one for the
// terminal. Afterwards it ends the sandbox and waits until the pool is full again.
// What of it the answer and the terminal's connection took is added to parts.
func (n *nslab) request(pooled int, parts *parts) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		start := time.Now()
		x, err := n.take(ctx, plain)
		if err != nil {
			return 0, err
		}
		parts.answered = append(parts.answered, since(start))
		t, err := x.attach(ctx, 0)
		if err != nil {
			return 0, err
		}
		parts.attached = append(parts.attached, since(start))
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
	var parts parts
	got, err := interleave(ctx, samples, n.request(2, &parts), firstPrompt(plainBash))
	if err != nil {
		return nil, err
	}
	b.record.add("request to first prompt, from the pool", "ms", got[0])
	parts.add(&b.record)
	b.record.add("first prompt of a plain bash", "ms", got[1])
	return []figure{
		atMost("request to first prompt, from the pool; a plain bash on a pty", got[0].median(), got[1].median(), 1.5, "ms"),
	}, nil
}

// coldPrompt compares a shell in a sandbox that must be booted with bwrap and, if
// there is an engine, with docker. The sandbox is booted in this process, as bwrap
// and docker are asked by none but this process; that of the server, by request, is
// told beside it.
func coldPrompt(ctx context.Context, b *bench) ([]figure, error) {
	const what, request = "cold boot to first prompt", "request to first prompt, cold boot"
	if why := missing("bwrap"); why != "" {
		return []figure{unmeasured(what+"; bwrap", "≤ 1.3 ×", why)}, nil
	}
	n, err := b.serve(ctx, "", "--pool", "0")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	host, err := openHost(ctx)
	if err != nil {
		return nil, err
	}
	defer host.Close()
	// The sandboxes by which both have proved that they can boot any.
	if _, err := n.request(0, &parts{})(ctx); err != nil {
		return nil, err
	}
	if _, err := bootTo(host)(ctx); err != nil {
		return nil, err
	}
	var parts parts
	subjects := []func(context.Context) (float64, error){bootTo(host), firstPrompt(bubblewrap), n.request(0, &parts)}
	image, noDocker := dockerImage(ctx)
	if noDocker == nil {
		subjects = append(subjects, firstPrompt(dockerRun(image)))
	}
	got, err := interleave(ctx, samples, subjects...)
	if err != nil {
		return nil, err
	}
	boot, bwrap := got[0].median(), got[1].median()
	b.record.add(what, "ms", got[0])
	b.record.add("first prompt in bwrap", "ms", got[1])
	b.record.add(request, "ms", got[2])
	parts.add(&b.record)
	byRequest := atMost(request+"; bwrap", got[2].median(), bwrap, 0, "ms")
	byRequest.target = "" // only told
	rows := []figure{atMost(what+"; bwrap", boot, bwrap, 1.3, "ms"), byRequest}
	if noDocker != nil {
		return append(rows, unmeasured(what+"; docker run", "≤ 0.1 ×", noDocker.Error())), nil
	}
	b.record.add("first prompt by docker run", "ms", got[3])
	return append(rows, atMost(what+"; docker run", boot, got[3].median(), 0.1, "ms")), nil
}
