package labtest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
)

// Options say what to play.
type Options struct {
	Labs []*labs.Lab
	// Dir is where the labs' folders are, for the places in the report.
	Dir string
	// Parallel is how many sandboxes may be used at once, which the host must
	// allow; at least 1. Most of the time is spent waiting for shells.
	Parallel int
	// Wait is how long a check may take to turn; DefaultWait if 0.
	Wait time.Duration
}

// DefaultWait is how long a check may take to turn. It should take a tenth of a
// second; the rest is for machines that do much else.
const DefaultWait = 30 * time.Second

// game is one lab being played.
type game struct {
	host   *sandbox.Host
	wait   time.Duration
	report *report
}

// Run plays labs, and prints a line for each check and question, and for each
// mistake. It reports whether there was none. The error is of what keeps labs from
// being played at all: the host's, out's or ctx's.
func Run(ctx context.Context, host *sandbox.Host, o Options, out io.Writer) (bool, error) {
	began := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places := make(chan struct{}, max(1, o.Parallel))
	var total count
	var broken []string
	reports := make([]*report, len(o.Labs))
	finished := make([]sync.WaitGroup, len(o.Labs))
	for i, lab := range o.Labs {
		reports[i] = newReport(lab, fileOf(o.Dir, lab.ID))
		g := &game{host: host, wait: cmp.Or(o.Wait, DefaultWait), report: reports[i]}
		for _, play := range g.plays() {
			finished[i].Go(func() {
				select {
				case places <- struct{}{}:
				case <-ctx.Done():
					return
				}
				defer func() { <-places }()
				if err := play(ctx); err != nil {
					cancel(err)
				}
			})
		}
	}
	// In the order of the labs, each as soon as it and those before it are done.
	for i, r := range reports {
		finished[i].Wait()
		if ctx.Err() != nil {
			continue
		}
		n, err := r.write(out)
		if err != nil {
			cancel(fmt.Errorf("labtest: write the report: %w", err))
		}
		total.add(n)
		if n.Faults > 0 {
			broken = append(broken, r.lab.ID)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	return len(broken) == 0, total.write(out, broken, time.Since(began))
}

// plays are the ways in which a lab is played, each in a sandbox of its own.
func (g *game) plays() []func(context.Context) error {
	out := []func(context.Context) error{g.solve, g.read}
	for _, c := range g.report.lab.Checks() {
		for i := range c.Near {
			out = append(out, func(ctx context.Context) error { return g.miss(ctx, c, i) })
		}
	}
	return out
}

// write prints the last line.
func (c count) write(out io.Writer, broken []string, took time.Duration) error {
	what := strings.Join([]string{
		plural(c.Labs, "lab"), plural(c.Checks, "check"), plural(c.Nears, "near-miss"),
		plural(c.Questions, "question"), plural(c.Commands, "command"),
	}, ", ")
	verdict := "ok"
	if len(broken) > 0 {
		verdict = fmt.Sprintf("FAIL: %s in %s", plural(c.Faults, "mistake"), strings.Join(broken, ", "))
	}
	_, err := fmt.Fprintf(out, "%s: %s, in %.1f s\n", verdict, what, took.Seconds())
	return err
}
