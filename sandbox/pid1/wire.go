//go:build linux

package pid1

import (
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// The protocol between the server and a sandbox's init: JSON messages over
// one SOCK_SEQPACKET pair, a message a packet, descriptors beside them.
//
//	server                          init
//	  | ---------- Config ----------> |   once, before anything else
//	  | <- Event{Booted} + procfs --- |   a detached proc mount, for the server alone
//	  | ---- Request{Shell} --------> |
//	  | <- Event{Started} + ptmx ---- |   or Event{Failed}
//	  | <- Event{Exited} ------------ |   when a shell has ended
//	  |            EOF              X |   each side ends when the other does
//
// After the learner's first instruction the server believes nothing that
// comes from here: a learner may have changed init with ptrace(2).

// ControlFD is the descriptor on which init finds its end of the socket pair.
const ControlFD = 3

// MaxMessage bounds a message in either direction; the largest real one, a
// Failed with its sentence, is below 1 KiB.
const MaxMessage = 4 << 10

// Config tells init what to build.
type Config struct {
	Hostname string
	// IDs is how many uids and gids, from 0, the sandbox's user namespace
	// maps. With 1 there is root and nobody else.
	IDs int
	// Setgroups is false where the kernel denies setgroups(2) (one uid,
	// unprivileged). See user_namespaces(7).
	Setgroups bool
	// Cgroup is true where the kernel bounds the sandbox's memory.
	Cgroup bool
	// Unfiltered leaves the system call filter out. Only tests set it, to
	// prove that what the filter stops works without it.
	Unfiltered bool `json:",omitempty"`
}

// Request asks init for one thing.
type Request struct {
	Seq   int
	Shell *ShellRequest `json:",omitempty"`
}

// ShellRequest describes a shell to start.
type ShellRequest struct {
	ID    string
	Title string
	// Types are the names of the namespaces, for the prompt; Flags the
	// CLONE_NEW* bits that they stand for.
	Types      []string
	Flags      uint64
	Cols, Rows uint16
}

// Event is one thing that init has to say.
type Event struct {
	// Seq is that of the request answered; 0 for Booted and Exited.
	Seq     int      `json:",omitempty"`
	Booted  bool     `json:",omitempty"`
	Started *Started `json:",omitempty"`
	Exited  *Exited  `json:",omitempty"`
	// Failed is why the boot or a request failed, in a sentence.
	Failed string `json:",omitempty"`
}

// Started answers a ShellRequest.
type Started struct{ PID int }

// Exited reports the end of a shell. Signal is 0 unless a signal ended it.
type Exited struct {
	ID     string
	Code   int
	Signal int
}

// Send writes one message with at most one descriptor (fd < 0: none).
func Send(sock int, message any, fd int) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(data) > MaxMessage {
		return fmt.Errorf("message of %d bytes is over the limit of %d", len(data), MaxMessage)
	}
	var rights []byte
	if fd >= 0 {
		rights = unix.UnixRights(fd)
	}
	for {
		err := unix.Sendmsg(sock, data, rights, nil, unix.MSG_NOSIGNAL)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// errClosed is returned by receive when the server has gone.
var errClosed = errors.New("the server has closed the control socket")

// receive reads one message into v. init never takes descriptors.
func receive(sock int, buf []byte, v any) error {
	for {
		n, _, flags, _, err := unix.Recvmsg(sock, buf, nil, unix.MSG_CMSG_CLOEXEC)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case n == 0:
			return errClosed
		case flags&unix.MSG_TRUNC != 0:
			return fmt.Errorf("message is over the limit of %d bytes", len(buf))
		}
		return json.Unmarshal(buf[:n], v)
	}
}
