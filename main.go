//go:build linux

// Nslab is a lab in which people learn Linux namespaces by using them: it serves
// guided lessons with real shells in sandboxes, and checks the exercises from
// outside, by the inodes under /proc/<pid>/ns.
//
// This file reads the command line and wires the parts; what each command
// does is in the packages that it calls.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox"
	"example.org/nslab/sandbox/doctor"
	"example.org/nslab/sandbox/snapshot"
	"example.org/nslab/server"
	"example.org/nslab/server/labtest"
)

// commands is the command line. The words are a contract: see README.md.
type commands struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Serve the lessons. This is what nslab alone does."`
	Lab     labCmd     `cmd:"" help:"Write labs: lint, test, new, preview."`
	Shell   shellCmd   `cmd:"" help:"Open a sandbox shell in this terminal."`
	Doctor  doctorCmd  `cmd:"" help:"Say what this host can and cannot do, with the fix for each."`
	TryBoot tryBootCmd `cmd:"" hidden:"" help:"Boot a sandbox for doctor."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// hostFlags say what sandboxes to boot.
type hostFlags struct {
	Rootfs       string `placeholder:"DIR" env:"NSLAB_ROOTFS" help:"Use the prepared tree DIR instead of the host's /usr."`
	MaxSandboxes int    `default:"64" placeholder:"N" env:"NSLAB_MAX_SANDBOXES" help:"Let at most N sandboxes run at once (${default})."`
	Pool         int    `default:"2" placeholder:"N" env:"NSLAB_POOL" help:"Keep N sandboxes booted and waiting (${default})."`
	LogFormat    string `default:"text" enum:"text,json" placeholder:"text|json" env:"NSLAB_LOG_FORMAT" help:"Write logs as text or as JSON."`
}

// logger writes what is at least of that level to standard error: standard
// output is for what was asked.
func (f hostFlags) logger(level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

func (f hostFlags) open(ctx context.Context, log *slog.Logger) (*sandbox.Host, error) {
	return sandbox.Open(ctx, sandbox.Options{Rootfs: f.Rootfs, MaxSandboxes: f.MaxSandboxes, Pool: f.Pool, Log: log})
}

type serveCmd struct {
	Listen      string        `default:"${listen}" placeholder:"ADDR" env:"NSLAB_LISTEN" help:"Listen on ADDR (${default})."`
	Token       string        `placeholder:"T" env:"NSLAB_TOKEN" help:"Let in whoever knows T; by default a new one is made and printed."`
	Data        string        `default:"${data}" placeholder:"DIR" env:"NSLAB_DATA" help:"Keep progress and keys in DIR (${default})."`
	Labs        []string      `placeholder:"DIR" env:"NSLAB_LABS" help:"Serve the labs in DIR too, and follow changes to them."`
	PublicURL   string        `name:"public-url" placeholder:"URL" env:"NSLAB_PUBLIC_URL" help:"Browsers reach the server at URL, such as https://example.org/nslab."`
	IdleTimeout time.Duration `default:"${idle}" placeholder:"D" env:"NSLAB_IDLE_TIMEOUT" help:"End a sandbox after D with nobody there (${default})."`
	MaxLifetime time.Duration `default:"${lifetime}" placeholder:"D" env:"NSLAB_MAX_LIFETIME" help:"End a sandbox after D at the latest (${default})."`
	hostFlags   `embed:""`
}

// Run serves until a signal says otherwise.
func (c *serveCmd) Run(ctx context.Context) error {
	return c.serve(ctx, "")
}

// serve serves, and prints the address that opens the page at path.
func (c *serveCmd) serve(ctx context.Context, path string) error {
	if c.IdleTimeout <= 0 || c.MaxLifetime <= 0 {
		return errors.New("--idle-timeout and --max-lifetime must be longer than nothing, like 30m or 4h")
	}
	if c.Data == "" {
		return errors.New("--data names no directory (give one to keep progress and keys in)")
	}
	catalog, err := labs.Open(c.Labs...)
	if err != nil {
		return err
	}
	log := c.logger(slog.LevelInfo)
	if problems := catalog.Problems(); len(problems) > 0 {
		fmt.Fprintln(os.Stderr, labs.Format(problems))
	}
	host, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	err = server.Run(ctx, server.Config{
		Listen: c.Listen, Token: c.Token, DataDir: c.Data, PublicURL: c.PublicURL,
		IdleTimeout: c.IdleTimeout, MaxLifetime: c.MaxLifetime,
		Host: host, Catalog: catalog, Log: log,
	}, func(url string) {
		base, token, _ := strings.Cut(url, "?")
		fmt.Printf("nslab is serving. Open this address in a browser:\n\n    %s\n\n", strings.TrimSuffix(base, "/")+"/"+path+"?"+token)
	})
	return errors.Join(err, host.Close())
}

type shellCmd struct {
	MNT       bool `group:"namespaces" help:"Clone the shell into a new mount namespace."`
	UTS       bool `group:"namespaces" help:"… uts namespace."`
	IPC       bool `group:"namespaces" help:"… ipc namespace."`
	PID       bool `group:"namespaces" help:"… pid namespace."`
	NET       bool `group:"namespaces" help:"… net namespace."`
	USER      bool `group:"namespaces" help:"… user namespace."`
	CGROUP    bool `group:"namespaces" help:"… cgroup namespace."`
	TIME      bool `group:"namespaces" help:"… time namespace."`
	hostFlags `embed:""`
}

// Run opens a shell in a sandbox of its own and ends with the shell's status.
func (c *shellCmd) Run(ctx context.Context) error {
	var types []snapshot.Type
	for _, f := range []struct {
		on bool
		t  snapshot.Type
	}{
		{c.MNT, snapshot.MNT},
		{c.UTS, snapshot.UTS},
		{c.IPC, snapshot.IPC},
		{c.PID, snapshot.PID},
		{c.NET, snapshot.NET},
		{c.USER, snapshot.USER},
		{c.CGROUP, snapshot.CGROUP},
		{c.TIME, snapshot.TIME},
	} {
		if f.on {
			types = append(types, f.t)
		}
	}
	c.Pool = 0
	host, err := c.open(ctx, c.logger(slog.LevelWarn)) // the terminal is the shell's
	if err != nil {
		return err
	}
	status, err := sandbox.Console(ctx, host, types, os.Stdin, os.Stdout)
	if sig, ok := errors.AsType[signaled](context.Cause(ctx)); ok {
		status, err = 128+int(sig), nil // who sent it knows
	}
	if err := errors.Join(err, host.Close()); err != nil {
		return err
	}
	return exitStatus(status)
}

type labCmd struct {
	Lint    lintCmd    `cmd:"" help:"Report every mistake in the labs of DIR."`
	Test    testCmd    `cmd:"" help:"Play the labs of DIR in sandboxes: type their solutions and see the checks turn."`
	New     newCmd     `cmd:"" help:"Begin a new lab in DIR."`
	Preview previewCmd `cmd:"" help:"Serve the labs of DIR and follow changes."`
}

type lintCmd struct {
	Dir string `arg:"" optional:"" default:"." type:"path" help:"A lab, or a directory of labs (${default})."`
}

// isDir demands that what an argument names is a directory.
func isDir(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no directory %s (give a lab, or a directory of labs)", path)
	case err != nil:
		return fmt.Errorf("the labs cannot be read: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory (give a lab's directory, or one of labs)", path)
	}
	return nil
}

// Run lints; its status is 1 if there are mistakes.
func (c *lintCmd) Run() error {
	if err := isDir(c.Dir); err != nil {
		return err
	}
	ids, problems, err := labs.Lint(c.Dir)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		fmt.Fprintln(os.Stderr, labs.Format(problems))
		return exitStatus(1)
	}
	_, err = fmt.Printf("no mistakes in %s\n", strings.Join(ids, ", "))
	return err
}

type testCmd struct {
	Dir       string `arg:"" optional:"" default:"." type:"path" help:"A lab, or a directory of labs (${default})."`
	Parallel  int    `default:"6" placeholder:"N" env:"NSLAB_PARALLEL" help:"Play in up to N sandboxes at once (${default})."`
	Rootfs    string `placeholder:"DIR" env:"NSLAB_ROOTFS" help:"Use the prepared tree DIR instead of the host's /usr."`
	LogFormat string `default:"text" enum:"text,json" placeholder:"text|json" env:"NSLAB_LOG_FORMAT" help:"Write logs as text or as JSON."`
}

// Run plays labs; its status is 1 if there are mistakes.
func (c *testCmd) Run(ctx context.Context) error {
	if err := isDir(c.Dir); err != nil {
		return err
	}
	found, parent, problems, err := labtest.Load(c.Dir)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		fmt.Fprintln(os.Stderr, labs.Format(problems))
		return exitStatus(1)
	}
	flags := hostFlags{Rootfs: c.Rootfs, MaxSandboxes: 2 * c.Parallel, Pool: 1, LogFormat: c.LogFormat}
	host, err := flags.open(ctx, flags.logger(slog.LevelWarn))
	if err != nil {
		return err
	}
	ok, err := labtest.Run(ctx, host, labtest.Options{Labs: found, Dir: parent, Parallel: c.Parallel}, os.Stdout)
	if err := errors.Join(err, host.Close()); err != nil {
		return err
	}
	if !ok {
		return exitStatus(1)
	}
	return nil
}

type newCmd struct {
	Dir string `arg:"" help:"The folder to make; its name is the lab's id."`
}

// Run writes a lab to begin with.
func (c *newCmd) Run() error {
	dir := filepath.Clean(c.Dir)
	if name := filepath.Base(dir); name == "." || name == ".." {
		var err error
		if dir, err = filepath.Abs(dir); err != nil { // the directory's own name
			return err
		}
	}
	path, err := labs.New(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		return err
	}
	_, err = fmt.Printf("wrote %s; see it with: nslab lab preview %s\n", path, c.Dir)
	return err
}

type previewCmd struct {
	Dir      string `arg:"" optional:"" default:"." type:"path" help:"A lab, or a directory of labs (${default})."`
	serveCmd `embed:""`
}

// Run serves the labs in the directory; of a single lab it prints the address.
func (c *previewCmd) Run(ctx context.Context) error {
	if err := isDir(c.Dir); err != nil {
		return err
	}
	ids, _, err := labs.Lint(c.Dir)
	if err != nil {
		return err
	}
	dir, path := c.Dir, ""
	if _, err := os.Stat(filepath.Join(c.Dir, "lab.md")); err == nil && len(ids) == 1 {
		abs, err := filepath.Abs(c.Dir)
		if err != nil {
			return err
		}
		dir, path = filepath.Dir(abs), "labs/"+ids[0]
	}
	c.Labs = append(c.Labs, dir)
	return c.serve(ctx, path)
}

type doctorCmd struct {
	Rootfs string   `placeholder:"DIR" env:"NSLAB_ROOTFS" help:"Examine the prepared tree DIR instead of the host's /usr."`
	Data   string   `default:"${data}" placeholder:"DIR" env:"NSLAB_DATA" help:"Progress and keys are to be kept in DIR (${default})."`
	Labs   []string `placeholder:"DIR" env:"NSLAB_LABS" help:"Look for what the labs in DIR need, too."`
}

// Run examines the host; its status is 1 if nslab cannot do its job here.
func (c *doctorCmd) Run(ctx context.Context) error {
	catalog, err := labs.Open(c.Labs...)
	if err != nil {
		return err
	}
	needs := map[string][]string{}
	for _, e := range catalog.Labs() {
		if !e.Broken() {
			for _, program := range e.Lab.Needs {
				needs[program] = append(needs[program], e.ID)
			}
		}
	}
	host := doctor.This(c.Rootfs, "try-boot", "--rootfs="+c.Rootfs)
	r := doctor.Examine(ctx, host, doctor.Wants{Needs: needs, Data: c.Data})
	if err := r.Write(os.Stdout); err != nil {
		return err
	}
	if !r.Works {
		return exitStatus(1)
	}
	return nil
}

type tryBootCmd struct {
	Rootfs string
}

// Run does doctor's last check, in a user namespace where doctor is not.
func (c *tryBootCmd) Run(ctx context.Context) error {
	times, err := doctor.TryBoot(ctx, c.Rootfs)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(times)
}

type versionCmd struct{}

// Run prints the version, the revision it was built from and the toolchain.
func (versionCmd) Run() error {
	_, err := fmt.Println(version())
	return err
}

// exitStatus is an error that has been told already: only its number is left.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func main() {
	os.Exit(run(os.Args[1:]))
}

// run is main with a status to return.
func run(args []string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("nslab"),
		kong.Description("A lab in which people learn Linux namespaces by using them."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{
			"listen": server.DefaultListen, "idle": server.DefaultIdleTimeout.String(), "lifetime": server.DefaultMaxLifetime.String(),
			"data": dataDir(),
		})
	if err != nil {
		panic(err) // the struct above is wrong
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "nslab: %v (nslab --help lists what there is)\n", err)
		return 2
	}
	if needsNamespaces(parsed.Command()) {
		if done, status, err := sandbox.InUserNamespace(); done || err != nil {
			return report(err, status)
		}
	}
	ctx, stop := untilSignal()
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	return report(parsed.Run(), 0)
}

// signaled is the cause of a context that a signal has ended.
type signaled unix.Signal

func (s signaled) Error() string { return unix.Signal(s).String() }

// untilSignal returns a context that ends when somebody wants the program to.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	came := make(chan os.Signal, 1)
	signal.Notify(came, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	go func() {
		select {
		case s := <-came:
			if sig, ok := s.(unix.Signal); ok {
				cancel(signaled(sig))
			}
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(came)
		cancel(nil)
	}
}

// needsNamespaces tells the commands that boot sandboxes.
func needsNamespaces(command string) bool {
	first, rest, _ := strings.Cut(command, " ")
	return first == "serve" || first == "shell" || first == "try-boot" || first == "lab" && (strings.HasPrefix(rest, "test") || strings.HasPrefix(rest, "preview"))
}

// report prints an error once and returns the status to end with.
func report(err error, status int) int {
	var s exitStatus
	switch {
	case errors.As(err, &s):
		return int(s)
	case err != nil:
		fmt.Fprintf(os.Stderr, "nslab: %v\n", err)
		return max(status, 1)
	}
	return status
}

// dataDir is where state belongs by the XDG Base Directory Specification.
func dataDir() string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "nslab")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/var/lib"
	}
	return filepath.Join(home, ".local", "state", "nslab")
}
