package sandbox

// ring keeps the newest bytes of an endless stream, addressed by their offset
// from its beginning. It grows with what it holds, up to its limit: an idle
// shell costs a few KiB.
//
// The zero value with a limit is ready to use. Not safe for concurrent use.
type ring struct {
	limit      int // power of two
	buf        []byte
	start, end int64 // offsets of the oldest byte kept and of the next to come
	// evict, if set, is shown the bytes that are about to be dropped, in order.
	evict func([]byte)
}

// ringMin is the first size of a ring's buffer.
const ringMin = 4 << 10

// write appends p, dropping the oldest bytes where the limit is reached.
func (r *ring) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), r.limit)
		r.writeSome(p[:n])
		p = p[n:]
	}
}

// writeSome appends at most limit bytes.
func (r *ring) writeSome(p []byte) {
	r.grow(len(p))
	if over := int(r.end-r.start) + len(p) - len(r.buf); over > 0 {
		r.drop(over)
	}
	for len(p) > 0 {
		n := copy(r.buf[int(r.end)&(len(r.buf)-1):], p)
		r.end += int64(n)
		p = p[n:]
	}
}

// grow makes room for n more bytes, as far as the limit allows.
func (r *ring) grow(n int) {
	need, size := int(r.end-r.start)+n, max(len(r.buf), ringMin)
	for size < need && size < r.limit {
		size *= 2
	}
	if size == len(r.buf) {
		return
	}
	old := *r
	r.buf = make([]byte, size)
	for at := old.start; at < old.end; {
		part := old.view(at)
		for q := part; len(q) > 0; {
			m := copy(r.buf[int(at)&(size-1):], q)
			at += int64(m)
			q = q[m:]
		}
	}
}

// drop forgets the n oldest bytes.
func (r *ring) drop(n int) {
	for n > 0 {
		part := r.view(r.start)
		part = part[:min(len(part), n)]
		if r.evict != nil {
			r.evict(part)
		}
		r.start += int64(len(part))
		n -= len(part)
	}
}

// view returns bytes from offset at on, as many as lie in one piece; none at
// the end. It is valid until the next write. at must be between start and end.
func (r *ring) view(at int64) []byte {
	n := int(r.end - at)
	if n == 0 {
		return nil
	}
	i := int(at) & (len(r.buf) - 1)
	return r.buf[i:min(i+n, len(r.buf))]
}

// copyFrom copies bytes from offset at on into p and returns how many.
func (r *ring) copyFrom(p []byte, at int64) int {
	total := 0
	for total < len(p) && at < r.end {
		n := copy(p[total:], r.view(at))
		total += n
		at += int64(n)
	}
	return total
}
