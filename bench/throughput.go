//go:build linux

package main

import (
	"context"
	"fmt"
	"time"
)

// burst is how much one sample of throughput is.
const burst = 16 << 20

// stream measures MB/s of endless output, from the Enter that starts it to the
// last byte.
func stream(t *terminal) func(context.Context) (float64, error) {
	return func(context.Context) (float64, error) {
		// The quotes keep the echo of the line from being taken for its output.
		line := fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x; echo do''ne\r", burst)
		start := time.Now()
		if err := t.keys(line); err != nil {
			return 0, err
		}
		if err := t.until("done\r\n"); err != nil {
			return 0, err
		}
		rate := burst / since(start) / 1000
		return rate, t.until(prompt)
	}
}

// throughput compares output through the WebSocket, read and acknowledged as the
// page does, with a program that reads the same from a pty and throws it away.
func throughput(ctx context.Context, b *bench) ([]figure, error) {
	n, err := b.serve(ctx, "")
	if err != nil {
		return nil, err
	}
	defer n.stop()
	_, terminals, err := n.takeMany(ctx, plain, 1)
	if err != nil {
		return nil, err
	}
	defer terminals[0].close()
	bare, err := plainBash(ctx)
	if err != nil {
		return nil, err
	}
	defer bare.close()
	if err := bare.until(prompt); err != nil {
		return nil, err
	}
	got, err := interleave(ctx, samples, stream(terminals[0]), stream(bare))
	if err != nil {
		return nil, err
	}
	b.record.add("throughput through the WebSocket", "MB/s", got[0])
	b.record.add("throughput of a pty", "MB/s", got[1])
	return []figure{
		atLeast("terminal throughput through the WebSocket; a program that reads the pty", got[0].median(), got[1].median(), 0.8, "MB/s"),
	}, nil
}
