//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// series is the samples of one quantity, in the order in which they were taken.
type series []float64

// quantile returns the smallest sample that at least the part p of all samples
// does not exceed; 0 of none.
func (s series) quantile(p float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	i := int(p * float64(len(sorted)))
	if float64(i) == p*float64(len(sorted)) {
		i--
	}
	return sorted[min(max(i, 0), len(sorted)-1)]
}

func (s series) median() float64 { return s.quantile(0.5) }

// since is the milliseconds since start.
func since(start time.Time) float64 { return float64(time.Since(start)) / float64(time.Millisecond) }

// samples is how many of each side make a median.
const samples = 31

// interleave takes n samples of each subject by turns. Before each sample it lets
// what the one before has left behind (dying processes, namespaces that the kernel
// takes apart) come to an end.
func interleave(ctx context.Context, n int, subjects ...func(context.Context) (float64, error)) ([]series, error) {
	const settle = 40 * time.Millisecond
	all := make([]series, len(subjects))
	for range n {
		for i, sample := range subjects {
			if err := pause(ctx, settle); err != nil {
				return nil, err
			}
			value, err := sample(ctx)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], value)
		}
	}
	return all, nil
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// record keeps what the table's figures were made from.
type record struct{ lines []string }

// add records a series. The unit is that of its samples.
func (r *record) add(what, unit string, s series) {
	r.lines = append(r.lines, fmt.Sprintf("| %s | %s | %d | %.4g | %.4g | %.4g | %.4g | %.4g | %.4g |",
		what, unit, len(s), s.quantile(0), s.quantile(0.25), s.median(), s.quantile(0.75), s.quantile(0.99), s.quantile(1)))
}

// String is a table in Markdown.
func (r *record) String() string {
	const head = "| samples | unit | n | least | 25 % | median | 75 % | 99 % | most |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
	return head + strings.Join(r.lines, "\n") + "\n"
}
