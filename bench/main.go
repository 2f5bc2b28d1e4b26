//go:build linux

// Bench measures the speed and size that README.md states, and prints them as a
// table in Markdown. It is what `make bench` runs.
//
// It builds nslab as it is shipped (static, CGO_ENABLED=0), starts it and uses it
// as a browser does, over HTTP and WebSockets. Wherever there is something to
// compare with, that is measured in the same run, one sample of each by turns, and
// the figure is the ratio of the medians: machines differ, and are busy with other
// things, but both sides suffer alike.
//
// The whole run takes less than four minutes. It changes nothing on the machine
// but, as root, a memory cgroup that it removes again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bench is what all measurements share.
type bench struct {
	binary string // nslab, built for this run
	dir    string // for whatever a measurement writes; gone at the end
	record record
}

// measurements are in the order of the table.
var measurements = []struct {
	name string
	run  func(context.Context, *bench) ([]figure, error)
}{
	{"first prompt from the pool", pooledPrompt},
	{"first prompt of a cold boot", coldPrompt},
	{"memory", memory},
	{"throughput", throughput},
	{"echo", echo},
	{"check", check},
	{"idle", idle},
	{"snapshot", snapshots},
}

func main() {
	only := flag.String("run", "", "measure only what matches `REGEXP`")
	out := flag.String("o", "", "write the table and the figures behind it to `FILE` too")
	binary := flag.String("nslab", "", "measure the program `FILE` instead of building it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *out, *binary); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// run measures. The error names what could not be measured; a target that was
// missed is not an error, the table says it.
func run(ctx context.Context, only, out, binary string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	dir, err := os.MkdirTemp("", "nslab-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if binary == "" {
		binary = filepath.Join(dir, "nslab")
		if err := build(ctx, binary); err != nil {
			return err
		}
	}
	b := &bench{binary: binary, dir: dir}
	var rows []figure
	var failed []string
	for _, m := range measurements {
		if !match.MatchString(m.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring: %s\n", m.name)
		figures, err := m.run(ctx, b)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", m.name, err)
			failed = append(failed, m.name)
		}
		rows = append(rows, figures...)
	}
	report := table(rows) + "\n" + machine() + "\n"
	fmt.Print(report)
	if out != "" {
		if err := os.WriteFile(out, []byte("# Speed and size\n\n`make bench` wrote this file.\n\n"+report+"\n"+b.record.String()), 0o644); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("could not measure: %s", strings.Join(failed, ", "))
	}
	return nil
}

// build builds nslab as `make build` does. It must run in the source tree.
func build(ctx context.Context, to string) error {
	fmt.Fprintln(os.Stderr, "building nslab")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, "example.org/nslab")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	return nil
}

// machine says where and when the figures were taken.
func machine() string {
	var name unix.Utsname
	_ = unix.Uname(&name) // cannot fail
	load := "?"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load, _, _ = strings.Cut(string(text), " ")
	}
	who := "root"
	if os.Getuid() != 0 {
		who = "an ordinary user"
	}
	return fmt.Sprintf("Taken on %s as %s: Linux %s, %s, %d processors, load average %s at the end; nslab built with CGO_ENABLED=0 by %s.",
		time.Now().UTC().Format(time.DateOnly), who, unix.ByteSliceToString(name.Release[:]), runtime.GOARCH, runtime.NumCPU(), load, runtime.Version())
}
