//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nslab": main})
}

// TestScript plays testdata/script: the command line as its users see it. Each
// stanza is headed by the sentence that it proves.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_STATE_HOME", "")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "sandboxes" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			err := sandboxes()
			if err != nil && os.Getenv("NSLAB_MUST_WORK") != "" {
				return false, err
			}
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listen": listenCommand, "freeport": freeportCommand, "get": getCommand,
		},
	})
}

// sandboxes says why sandboxes cannot run here.
var sandboxes = sync.OnceValue(func() error {
	cmd := exec.Command("/proc/self/exe", "try-boot")
	cmd.Args[0] = "nslab"
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nslab try-boot: %w: %s", err, out)
	}
	return nil
})

// listenCommand takes a port until the script ends: $ADDR.
func listenCommand(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("ADDR", l.Addr().String())
}

// freeportCommand finds a port that nobody has: $ADDR.
func freeportCommand(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("ADDR", l.Addr().String())
	ts.Check(l.Close())
}

// getCommand is: get STATUS URL [HEADER:VALUE…]. It waits until somebody answers, and demands that
// status.
func getCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: get STATUS URL [HEADER:VALUE…]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, args[1], nil)
	ts.Check(err)
	for _, h := range args[2:] {
		name, value, _ := strings.Cut(h, ":")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		res, err := client.Do(req)
		if err != nil {
			select {
			case <-retry.C:
				continue
			case <-ctx.Done():
				ts.Fatalf("get %s: %v", args[1], err)
			}
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		res.Body.Close()
		ts.Check(err)
		if fmt.Sprint(res.StatusCode) != args[0] {
			ts.Fatalf("get %s: status %s, want %s:\n%s", args[1], res.Status, args[0], body)
		}
		return
	}
}
