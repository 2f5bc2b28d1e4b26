//go:build linux

package sandbox

import (
	"bytes"
	"os"
	"strconv"
)

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
