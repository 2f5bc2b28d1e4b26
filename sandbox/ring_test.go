package sandbox

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestRing writes a stream in random pieces and demands that what is kept is
// always exactly the end of it, and that what is dropped comes out in order.
func TestRing(t *testing.T) {
	const limit = 16 << 10
	for _, size := range []int{1, ringMin - 1, ringMin, ringMin + 1, limit - 1, limit, limit + 1, 5 * limit} {
		var dropped []byte
		r := ring{limit: limit, evict: func(p []byte) { dropped = append(dropped, p...) }}
		stream := make([]byte, size)
		for i := range stream {
			stream[i] = byte(rand.IntN(256))
		}
		for rest := stream; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(3*ringMin))
			r.write(rest[:n])
			rest = rest[n:]
			written := len(stream) - len(rest)
			if r.end != int64(written) || r.end-r.start > limit {
				t.Fatalf("after %d bytes the ring spans %d to %d", written, r.start, r.end)
			}
		}
		kept := make([]byte, r.end-r.start)
		if n := r.copyFrom(kept, r.start); n != len(kept) {
			t.Errorf("copyFrom returned %d of %d bytes", n, len(kept))
		}
		if want := min(size, limit); len(kept) != want {
			t.Errorf("it keeps %d of %d bytes, want %d", len(kept), size, want)
		}
		if !bytes.Equal(append(dropped, kept...), stream) {
			t.Errorf("of %d bytes, those dropped and those kept are not the stream", size)
		}
	}
}

// TestRingGrows demands that little output costs little memory.
func TestRingGrows(t *testing.T) {
	r := ring{limit: replayLimit}
	r.write(make([]byte, 100))
	if len(r.buf) != ringMin {
		t.Errorf("100 bytes occupy %d", len(r.buf))
	}
	r.write(make([]byte, 3*replayLimit))
	if len(r.buf) != replayLimit {
		t.Errorf("much output occupies %d, want the limit of %d", len(r.buf), replayLimit)
	}
}
