package server

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func describe(c control) string {
	switch {
	case c.resize != nil:
		return fmt.Sprintf("resize %dx%d", c.resize.cols, c.resize.rows)
	case c.ack != nil:
		return fmt.Sprintf("ack %d", *c.ack)
	}
	return "nothing"
}

func TestControlFrames(t *testing.T) {
	const (
		oneKey   = "A text frame is a JSON object with one key."
		badSize  = `resize is {"cols":C,"rows":R}, each from 1 to 1000.`
		badAck   = "ack is an offset, a whole number from 0."
		whichKey = "A text frame's key is resize or ack."
	)
	tests := []struct{ frame, want, refused string }{
		{`{"resize":{"cols":80,"rows":24}}`, "resize 80x24", ""},
		{` { "resize" : { "rows" : 1000, "cols" : 1 } } `, "resize 1x1000", ""},
		{`{"ack":0}`, "ack 0", ""},
		{`{"ack":9007199254740993}`, "ack 9007199254740993", ""},

		{``, "", oneKey},
		{`null`, "", oneKey},
		{`{}`, "", oneKey},
		{`[]`, "", oneKey},
		{`"ack"`, "", oneKey},
		{`{"ack":1`, "", oneKey},
		{`{"ack":1}{"ack":2}`, "", oneKey},
		{`{"ack":1,"resize":{"cols":80,"rows":24}}`, "", oneKey},
		{`{"Ack":1}`, "", whichKey},
		{`{"exit":{"code":0}}`, "", whichKey},
		{`{"ack":-1}`, "", badAck},
		{`{"ack":1.5}`, "", badAck},
		{`{"ack":"1"}`, "", badAck},
		{`{"ack":null}`, "", badAck},
		{`{"ack":9223372036854775808}`, "", badAck},
		{`{"resize":null}`, "", badSize},
		{`{"resize":80}`, "", badSize},
		{`{"resize":{"cols":80}}`, "", badSize},
		{`{"resize":{"cols":0,"rows":24}}`, "", badSize},
		{`{"resize":{"cols":1001,"rows":24}}`, "", badSize},
		{`{"resize":{"cols":80,"rows":24,"x":1}}`, "", badSize},
		{`{"resize":{"cols":65616,"rows":24}}`, "", badSize},
	}
	for _, tt := range tests {
		t.Run(tt.frame, func(t *testing.T) {
			c, bad := parseControl([]byte(tt.frame))
			if tt.refused != "" {
				if bad == nil || bad.reason != tt.refused || bad.code != 1008 {
					t.Fatalf("got %q, %v; want it refused with 1008 and %q", describe(c), bad, tt.refused)
				}
				return
			}
			if bad != nil || describe(c) != tt.want {
				t.Errorf("got %q, %v; want %q", describe(c), bad, tt.want)
			}
		})
	}
}

func FuzzControlFrame(f *testing.F) {
	for _, s := range []string{`{"resize":{"cols":80,"rows":24}}`, `{"ack":1}`, `{"ack":1e3}`, `{"\u0061ck":1}`, `{"resize":{}}`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		c, bad := parseControl(frame)
		if bad != nil {
			if len(clip(bad.reason, maxReason)) > 123 || !utf8.ValidString(clip(bad.reason, maxReason)) {
				t.Fatalf("the reason %q does not fit a close frame", bad.reason)
			}
			return
		}
		switch {
		case (c.resize == nil) == (c.ack == nil):
			t.Fatalf("%q is both or nothing", frame)
		case c.resize != nil && (!cells(int64(c.resize.cols)) || !cells(int64(c.resize.rows))):
			t.Fatalf("%q is the size %v", frame, *c.resize)
		case c.ack != nil && *c.ack < 0:
			t.Fatalf("%q acknowledges %d", frame, *c.ack)
		}
	})
}

func TestClipFitsACloseFrame(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("x", 123), strings.Repeat("x", 124), strings.Repeat("é", 100), strings.Repeat("€", 100)} {
		got := clip(s, maxReason)
		if len(got) > 123 || !utf8.ValidString(got) || !strings.HasPrefix(s, got) || (len(s) <= 123 && got != s) || (len(s) > 123 && len(got) < 120) {
			t.Errorf("%q is clipped to %q", s, got)
		}
	}
}
