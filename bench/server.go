//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sys/unix"
)

// token lets the bench into the servers that it starts.
const token = "bench"

// nslab is a running server.
type nslab struct {
	cmd    *exec.Cmd
	url    string // without a slash at the end
	client *http.Client
	log    bytes.Buffer // read only after stop
}

// serve starts a server with further flags, which runs until stop or until ctx
// ends, and with it every socket to it. A cgroup, if
// not "", is a directory whose cgroup.procs takes the server in.
func (b *bench) serve(ctx context.Context, cgroup string, flags ...string) (*nslab, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, err
	}
	args := append([]string{b.binary, "serve", "--listen", "127.0.0.1:0", "--token", token, "--data", data}, flags...)
	if cgroup != "" { // version 1 has no way to be cloned into one
		args = append([]string{"/bin/sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(cgroup, "cgroup.procs")}, args...)
	}
	n := &nslab{client: &http.Client{Timeout: patience}}
	n.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	n.cmd.Cancel = func() error { return n.cmd.Process.Signal(unix.SIGTERM) }
	n.cmd.Stderr = &n.log
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	address := regexp.MustCompile(`http://[^/?\s]+`)
	for lines := bufio.NewScanner(out); n.url == "" && lines.Scan(); {
		n.url = address.FindString(lines.Text())
	}
	if n.url == "" {
		err := n.cmd.Wait()
		return nil, fmt.Errorf("nslab does not serve: %v\n%s", err, n.log.Bytes())
	}
	go io.Copy(io.Discard, out) // ends with the server
	return n, nil
}

// patience bounds each wait for what takes milliseconds.
const patience = 30 * time.Second

// stop ends the server as a service manager does.
func (n *nslab) stop() error {
	if err := n.cmd.Process.Signal(unix.SIGTERM); err != nil {
		return err
	}
	if err := n.cmd.Wait(); err != nil {
		return fmt.Errorf("nslab ended with %w\n%s", err, n.log.Bytes())
	}
	return nil
}

// pid is the server's.
func (n *nslab) pid() int { return n.cmd.Process.Pid }

// call makes a request and decodes the reply into v, unless that is nil.
func (n *nslab) call(ctx context.Context, method, path, body string, v any) error {
	req, err := http.NewRequestWithContext(ctx, method, n.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := n.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	if v == nil {
		return nil
	}
	if raw, ok := v.(*[]byte); ok {
		*raw = text
		return nil
	}
	return json.Unmarshal(text, v)
}

// box is a sandbox that was taken.
type box struct {
	n      *nslab
	ID     string `json:"id"`
	Shells []struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"shells"`
}

// plain asks for a sandbox with one shell and no lesson.
const plain = `{"namespaces":[]}`

// take takes a sandbox.
func (n *nslab) take(ctx context.Context, order string) (*box, error) {
	x := &box{n: n}
	return x, n.call(ctx, "POST", "/api/sandboxes", order, x)
}

// takeMany takes sandboxes with a terminal attached to each first shell, and waits
// for the first prompt of all of them.
func (n *nslab) takeMany(ctx context.Context, order string, count int) ([]*box, []*terminal, error) {
	var boxes []*box
	var terminals []*terminal
	for range count {
		x, err := n.take(ctx, order)
		if err != nil {
			return nil, nil, err
		}
		boxes = append(boxes, x)
		t, err := x.attach(ctx, 0)
		if err != nil {
			return nil, nil, err
		}
		terminals = append(terminals, t)
	}
	for _, t := range terminals {
		if err := t.until(prompt); err != nil {
			return nil, nil, err
		}
	}
	return boxes, terminals, nil
}

// end ends the sandbox.
func (x *box) end(ctx context.Context) error {
	return x.n.call(ctx, "DELETE", "/api/sandboxes/"+x.ID, "", nil)
}

// gauge reads one value of the server's metrics.
func (n *nslab) gauge(ctx context.Context, name string) (float64, error) {
	var text []byte
	if err := n.call(ctx, "GET", "/metrics", "", &text); err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("the server has no metric %s", name)
}

// quiet waits until nobody has a sandbox and the pool holds pooled.
func (n *nslab) quiet(ctx context.Context, pooled int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		taken, err1 := n.gauge(ctx, "nslab_sandboxes")
		full, err2 := n.gauge(ctx, "nslab_sandboxes_pooled")
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if taken == 0 && int(full) >= pooled {
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("wait for %d sandboxes in the pool: %w", pooled, err)
		}
	}
}

// dial opens one of the sandbox's WebSockets.
func (x *box) dial(ctx context.Context, path, protocol string) (*websocket.Conn, error) {
	d := websocket.Dialer{HandshakeTimeout: patience, Subprotocols: []string{protocol}}
	url := "ws" + strings.TrimPrefix(x.n.url, "http") + "/api/sandboxes/" + x.ID + path
	c, _, err := d.DialContext(ctx, url, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", path, err)
	}
	return c, nil
}
