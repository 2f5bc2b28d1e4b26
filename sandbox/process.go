//go:build linux

package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"example.org/nslab/sandbox/snapshot"
)

// stat is what is needed of /proc/<pid>/stat. See proc_pid_stat(5).
type stat struct {
	comm    string
	state   string
	ppid    int
	session int
	// foreground: in the foreground process group of a terminal.
	foreground bool
	threads    int
	start      uint64
}

// parseStat reads the content of /proc/<pid>/stat. The command's name stands
// in parentheses and may hold anything, parentheses and newlines included.
func parseStat(b []byte) (stat, error) {
	open, shut := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || shut < open {
		return stat{}, errors.New("stat has no command in parentheses")
	}
	f := bytes.Fields(b[shut+1:])
	if len(f) < 20 {
		return stat{}, fmt.Errorf("stat has %d fields after the command, want at least 20", len(f))
	}
	s := stat{comm: string(b[open+1 : shut]), state: string(f[0])}
	// pgrp, tty_nr and tpgid; the last is -1 without a terminal.
	s.foreground = string(f[4]) != "0" && bytes.Equal(f[2], f[5])
	var err error
	number := func(i int) uint64 {
		n, e := strconv.ParseUint(string(f[i]), 10, 64)
		err = errors.Join(err, e)
		return n
	}
	s.ppid, s.session, s.threads, s.start = int(number(1)), int(number(3)), int(number(17)), number(19)
	if err != nil {
		return stat{}, fmt.Errorf("stat: %w", err)
	}
	return s, nil
}

// parseStatus reads the effective uid, as the reader's user namespace sees it,
// NSpid and how often the process was switched to from /proc/<pid>/status. See
// proc_pid_status(5).
func parseStatus(b []byte) (uid int, nsPIDs []int, switches uint64, err error) {
	uid = -1
	for line := range bytes.Lines(b) {
		key, rest, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		switch string(key) {
		case "Uid":
			f := bytes.Fields(rest)
			if len(f) != 4 {
				return 0, nil, 0, fmt.Errorf("status: Uid has %d numbers, want 4", len(f))
			}
			if uid, err = strconv.Atoi(string(f[1])); err != nil {
				return 0, nil, 0, fmt.Errorf("status: Uid: %w", err)
			}
		case "NSpid":
			for _, f := range bytes.Fields(rest) {
				n, err := strconv.Atoi(string(f))
				if err != nil {
					return 0, nil, 0, fmt.Errorf("status: NSpid: %w", err)
				}
				nsPIDs = append(nsPIDs, n)
			}
		case "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
			n, err := strconv.ParseUint(string(bytes.TrimSpace(rest)), 10, 64)
			if err != nil {
				return 0, nil, 0, fmt.Errorf("status: %s: %w", key, err)
			}
			switches += n
		}
	}
	if uid < 0 || len(nsPIDs) == 0 {
		return 0, nil, 0, errors.New("status has no Uid or no NSpid")
	}
	return uid, nsPIDs, switches, nil
}

// parseIDMap reads uid_map or gid_map, whose second column is in the reader's
// user namespace, and turns that into ids of the sandbox, which begins at
// first there. Ids outside the sandbox's range become 65534.
// See user_namespaces(7).
func parseIDMap(b []byte, first, each int) ([]snapshot.IDMap, error) {
	var all []snapshot.IDMap
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("id map: line %q has %d numbers, want 3", line, len(f))
		}
		var n [3]uint64
		for i := range f {
			var err error
			if n[i], err = strconv.ParseUint(string(f[i]), 10, 32); err != nil {
				return nil, fmt.Errorf("id map: %w", err)
			}
		}
		all = append(all, snapshot.IDMap{Inside: uint32(n[0]), Outside: uint32(insideID(int(n[1]), first, each)), Length: uint32(n[2])})
	}
	return all, nil
}

// overflowID is what the kernel shows for an id that has no mapping.
const overflowID = 65534

// insideID turns an id of the server's user namespace into the sandbox's.
func insideID(id, first, each int) int {
	if id < first || id >= first+each {
		return overflowID
	}
	return id - first
}

// parseOffsets reads /proc/<pid>/timens_offsets. See time_namespaces(7).
func parseOffsets(b []byte) (map[string]float64, error) {
	all := map[string]float64{}
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) != 3 {
			return nil, fmt.Errorf("timens_offsets: line %q has %d fields, want 3", line, len(f))
		}
		seconds, err := strconv.ParseInt(string(f[1]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("timens_offsets: %w", err)
		}
		nanos, err := strconv.ParseInt(string(f[2]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("timens_offsets: %w", err)
		}
		all[string(f[0])] = float64(seconds) + float64(nanos)/1e9
	}
	return all, nil
}

// splitArgs splits a command line at its zero bytes. A process can write
// anything there; what is not UTF-8 is replaced, and it is cut at maxArgs.
func splitArgs(b []byte) []string {
	const maxArgs, maxBytes = 64, 4096
	args := []string{}
	if len(b) > maxBytes {
		b = b[:maxBytes]
	}
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 {
		return args
	}
	for arg := range bytes.SplitSeq(b, []byte{0}) {
		if len(args) == maxArgs {
			break
		}
		args = append(args, string(bytes.ToValidUTF8(arg, []byte("�"))))
	}
	return args
}
