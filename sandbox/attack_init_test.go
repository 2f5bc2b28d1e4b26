//go:build linux

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"example.org/nslab/sandbox/pid1"
	"golang.org/x/sys/unix"
)

// attacksOnInit tamper with init, to get at the server behind it.
var attacksOnInit = []attack{
	{name: "reads the server's token from init's environment", defence: "an environment of its own", without: leaving("with the server's", defences{environment: true}), command: "grep -qa {secret} /proc/1/environ"},
	{name: "finds a descriptor that the server left open", defence: "init closes all but its own", without: naively("in an ordinary child of the server's"), try: findDescriptor},
	{name: "overwrites the program that the next sandbox will run", defence: "the program is in a sealed memfd", without: leaving("unsealed", defences{seals: true}), alone: true, where: withRegisters, try: overwriteProgram},
	{name: "passes another file off as its terminal, from init's socket", defence: "each descriptor must prove to be a pty", without: leaving("believing init", defences{messages: true}), try: forgeTerminal},
	{name: "fills the server's memory from a terminal that nobody reads", defence: "the replay is a ring", without: naively("keeping all that comes"), try: flood},
	{name: "keeps the server waiting by stopping init", defence: "each request has a deadline of its own", without: naively("waiting for init"), try: stopInit},
}

// findDescriptor leaves a file open for children and looks for it there.
func findDescriptor(sc *scene) bool {
	fd, err := unix.Open(sc.fill("{file}"), unix.O_RDONLY, 0) // without O_CLOEXEC
	sc.must(err)
	defer unix.Close(fd)
	if sc.weak {
		cmd := exec.Command("/bin/bash", "-c", "for f in /proc/$$/fd/*; do readlink $f; done; true")
		out, err := cmd.Output()
		sc.must(err)
		return strings.Contains(string(out), sc.fill("{file}"))
	}
	// One that is booted now, with the descriptor open.
	_, ty := startFor(sc.t, sc.neighbour())
	return strings.Contains(ty.run("for p in 1 $$; do for f in /proc/$p/fd/*; do readlink $f; done; done"), sc.fill("{file}"))
}

// overwriteProgram has init run something else and writes to the memfd.
func overwriteProgram(sc *scene) bool {
	_, ty := startFor(sc.t, sc.s)
	ty.keys("cp /proc/1/exe /tmp/t; NSLAB_ATTACK=1 /tmp/t overwrite\r")
	ty.until("\rwriting: ")
	out := ty.until("\r\n")
	var head [8]byte
	_, err := sc.h.memfd.ReadAt(head[:], 0)
	sc.must(err)
	if planted := string(head[:]) == "planted!"; planted != sc.weak {
		sc.t.Logf("it says %q", out)
	}
	return string(head[:]) == "planted!"
}

// toolOverwrite keeps the program open by name, has init execute another, and
// writes to it as soon as nothing runs from it.
func toolOverwrite([]string) error {
	err := overwrite()
	fmt.Println("writing:", err)
	_, _ = unix.Poll(nil, 20_000) // init's socket closes with this
	return err
}

func overwrite() error {
	program, err := unix.Open("/proc/1/exe", unix.O_PATH, 0)
	if err != nil {
		return err
	}
	if _, err := initSocket(); err != nil { // or the server would see it close
		return err
	}
	if err := becomeSleep(); err != nil {
		return fmt.Errorf("trace init: %w", err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		fd, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", program), unix.O_WRONLY, 0)
		if errors.Is(err, unix.ETXTBSY) && time.Now().Before(deadline) {
			_, _ = unix.Poll(nil, 10)
			continue
		}
		if err != nil {
			return err
		}
		_, err = unix.Write(fd, []byte("planted!"))
		return err
	}
}

// initSocket takes a copy of init's end of the control socket.
func initSocket() (int, error) {
	init, err := unix.PidfdOpen(1, 0)
	if err != nil {
		return -1, err
	}
	return unix.PidfdGetfd(init, pid1.ControlFD, 0)
}

// forgeTerminal answers a request for a shell in place of init, with a file
// that is no terminal.
func forgeTerminal(sc *scene) bool {
	_, ty := startFor(sc.t, sc.s)
	ty.keys(sc.fill("{tool} forge /dev/null\r"))
	ty.until("frozen")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := sc.s.StartShell(ctx, ShellSpec{})
	if !sc.weak && !errors.Is(err, ErrEnded) {
		sc.t.Errorf("the sandbox whose init lies goes on: %v", err)
	}
	return err == nil
}

// toolForge stops init, takes the next request from its socket and answers it
// with a descriptor of a file.
func toolForge(a []string) error {
	sock, err := initSocket()
	if err != nil {
		return err
	}
	if err := freezeInit(); err != nil {
		return err
	}
	fmt.Println("frozen")
	if len(a) == 0 {
		_, err := unix.Poll(nil, 20_000)
		return err
	}
	buf := make([]byte, pid1.MaxMessage)
	n, err := unix.Read(sock, buf)
	if err != nil {
		return err
	}
	var r pid1.Request
	if err := json.Unmarshal(buf[:n], &r); err != nil {
		return err
	}
	fd, err := unix.Open(a[0], unix.O_RDWR, 0)
	if err != nil {
		return err
	}
	return pid1.Send(sock, pid1.Event{Seq: r.Seq, Started: &pid1.Started{PID: os.Getpid()}}, fd)
}

// freezeInit stops init's main thread for as long as this one lives.
func freezeInit() error {
	runtime.LockOSThread()
	if err := unix.PtraceSeize(1); err != nil {
		return err
	}
	if err := unix.PtraceInterrupt(1); err != nil {
		return err
	}
	_, err := unix.Wait4(1, nil, unix.WALL, nil)
	return err
}

// flood prints for a while what nobody reads.
func flood(sc *scene) bool {
	sh, err := sc.s.StartShell(context.Background(), ShellSpec{})
	sc.must(err)
	a := sh.Terminal().Attach(AttachOptions{Offset: -1})
	ty := &typist{t: sc.t, a: a}
	ty.until("# ")
	ty.keys("head -c 4000000 /dev/zero | tr '\\0' x; echo; echo fini''shed\r")
	var kept int
	if sc.weak { // a reader that keeps it all
		kept = len(ty.until("finished"))
		a.Close()
	} else {
		a.Close()
		terminal := sh.Terminal()
		eventually(sc.t, "the flood is over", func() bool {
			terminal.mu.Lock()
			defer terminal.mu.Unlock()
			kept = max(kept, len(terminal.out.buf))
			return terminal.out.end > 4_000_000
		})
	}
	return kept > 2*replayLimit
}

// stopInit stops init and asks it for a shell.
func stopInit(sc *scene) bool {
	_, ty := startFor(sc.t, sc.s)
	ty.keys(sc.fill("{tool} forge\r"))
	ty.until("frozen")
	wait := context.Background()
	if !sc.weak {
		short, cancel := context.WithTimeout(wait, 200*time.Millisecond)
		defer cancel()
		wait = short
	}
	answered := make(chan error, 1)
	go func() { _, err := sc.s.StartShell(wait, ShellSpec{}); answered <- err }()
	defer func() { // and a stopped init ends all the same
		sc.s.End(Reason{Code: "deleted"})
		<-sc.s.Done()
	}()
	select {
	case <-answered:
		return false
	case <-time.After(time.Second):
		return true
	}
}
