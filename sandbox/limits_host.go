//go:build linux

package sandbox

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"time"
)

// memoryLeft is what the host has left. Boots may come one after another, so that
// it is read anew only now and then. It is safe for concurrent use.
type memoryLeft struct {
	mu    sync.Mutex // guards what follows
	at    time.Time
	state hostState
}

// memoryFresh is how long what was read is good for: a machine boots some 200
// sandboxes a second, of 2 MiB each.
const memoryFresh = 100 * time.Millisecond

func (m *memoryLeft) now() hostState {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.at) > memoryFresh {
		m.at, m.state = time.Now(), hostState{available: readMeminfo("MemAvailable")}
	}
	return m.state
}

// readMeminfo reads one line of /proc/meminfo in bytes; 0 if it is not there.
// See proc_meminfo(5).
func readMeminfo(key string) uint64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return parseMeminfo(b, key)
}

func parseMeminfo(b []byte, key string) uint64 {
	for line := range bytes.Lines(b) {
		name, rest, _ := bytes.Cut(line, []byte(":"))
		if f := bytes.Fields(rest); string(name) == key && len(f) > 0 {
			n, _ := strconv.ParseUint(string(f[0]), 10, 54) // the kernel writes numbers
			return n << 10
		}
	}
	return 0
}
