//go:build linux

package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuantile(t *testing.T) {
	tenToOne := series{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
	for _, c := range []struct {
		name string
		s    series
		p    float64
		want float64
	}{
		{"of nothing is 0", nil, 0.5, 0},
		{"of one sample is that", series{7}, 0.99, 7},
		{"0 is the least", tenToOne, 0, 1},
		{"1 is the most", tenToOne, 1, 10},
		{"0.5 of an even number is the lower middle", tenToOne, 0.5, 5},
		{"0.5 of an odd number is the middle", tenToOne[:9], 0.5, 6},
		{"0.9 leaves a tenth above", tenToOne, 0.9, 9},
		{"0.99 of few samples is the most", tenToOne, 0.99, 10},
	} {
		if got := c.s.quantile(c.p); got != c.want {
			t.Errorf("quantile %s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestInterleave(t *testing.T) {
	var order string
	subject := func(name string, value float64) func(context.Context) (float64, error) {
		return func(context.Context) (float64, error) { order += name; return value, nil }
	}
	got, err := interleave(t.Context(), 3, subject("A", 1), subject("B", 2))
	if err != nil {
		t.Fatalf("interleave: %v", err)
	}
	if want := []series{{1, 1, 1}, {2, 2, 2}}; !cmp.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if order != "ABABAB" {
		t.Errorf("the order is %s, want one of each by turns", order)
	}

	broken := errors.New("broken")
	fail := func(context.Context) (float64, error) { return 0, broken }
	if _, err := interleave(t.Context(), 3, subject("A", 1), fail); !errors.Is(err, broken) {
		t.Errorf("a sample that fails: got %v, want its error", err)
	}
}

func TestUntil(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		waits  []string
		rest   string
	}{
		{"it finds a text in a piece and keeps what follows", []string{"one two three"}, []string{"two"}, " three"},
		{"it finds a text that lies across pieces", []string{"on", "e t", "wo"}, []string{"e tw"}, "o"},
		{"it finds two texts in one piece", []string{"done\r\nlab# "}, []string{"done\r\n", "# "}, ""},
		{"it finds a text after a long one", []string{strings.Repeat("x", 10000), "# "}, []string{"# "}, ""},
	} {
		term := &terminal{next: func() ([]byte, error) {
			if len(c.pieces) == 0 {
				return nil, errors.New("no more output")
			}
			piece := c.pieces[0]
			c.pieces = c.pieces[1:]
			return []byte(piece), nil
		}}
		for _, text := range c.waits {
			if err := term.until(text); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if string(term.rest) != c.rest {
			t.Errorf("%s: what is left is %q, want %q", c.name, term.rest, c.rest)
		}
	}
}
