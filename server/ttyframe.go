package server

import (
	"bytes"
	"encoding/json"
)

// The largest frames a client may send.
const (
	maxInput   = 64 << 10 // binary
	maxControl = 4 << 10  // text
)

// maxCells is the largest terminal, in columns or rows.
const maxCells = 1000

// control is a text frame from a client of nslab.tty.v1: one of its fields is set.
type control struct {
	resize *size
	ack    *int64
}

type size struct{ cols, rows uint16 }

// parseControl reads a text frame strictly, so that a client that is wrong learns
// it at once. The hangup says what is wrong.
func parseControl(frame []byte) (control, *hangup) {
	key, value, ok := single(frame)
	if !ok {
		return control{}, broke("A text frame is a JSON object with one key.")
	}
	switch key {
	case "resize":
		sz, ok := parseSize(value)
		if !ok {
			return control{}, broke(`resize is {"cols":C,"rows":R}, each from 1 to %d.`, maxCells)
		}
		return control{resize: &sz}, nil
	case "ack":
		n, ok := integer(value)
		if !ok || n < 0 {
			return control{}, broke("ack is an offset, a whole number from 0.")
		}
		return control{ack: &n}, nil
	}
	return control{}, broke("A text frame's key is resize or ack.")
}

func parseSize(value []byte) (size, bool) {
	fields, ok := object(value)
	cols, okCols := integer(fields["cols"])
	rows, okRows := integer(fields["rows"])
	if !ok || len(fields) != 2 || !okCols || !okRows || !cells(cols) || !cells(rows) {
		return size{}, false
	}
	return size{uint16(cols), uint16(rows)}, true
}

func cells(n int64) bool { return 1 <= n && n <= maxCells }

// single returns the only key of a JSON object and its value.
func single(data []byte) (key string, value json.RawMessage, ok bool) {
	fields, ok := object(data)
	if !ok || len(fields) != 1 {
		return "", nil, false
	}
	for key, value = range fields {
	}
	return key, value, true
}

func object(data []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	err := json.Unmarshal(data, &fields)
	return fields, err == nil && fields != nil
}

func integer(value []byte) (int64, bool) {
	var n int64
	if len(value) == 0 || bytes.Equal(value, []byte("null")) || json.Unmarshal(value, &n) != nil {
		return 0, false
	}
	return n, true
}
