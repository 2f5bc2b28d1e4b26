//go:build linux

// Package pid1 is init, PID 1 of a sandbox: the nslab binary executed again
// from a sealed memfd, in namespaces that the server has just cloned.
//
// It builds the root file system, then serves one control socket: it opens
// ptys, clones shells with exactly the namespace flags asked for, and reaps.
// When the socket closes it exits, and the kernel ends everything else in the
// sandbox with it (see pid_namespaces(7)).
//
// The package runs from an init function rather than from main, and imports
// little: Go initialises packages in the order of their import paths as soon
// as their own imports are ready, so init is at work before the server's
// heavier packages (CEL, syntax highlighting, metrics) have been touched. That
// is worth about 10 ms and 10 MB a sandbox; docs/decisions.md has the figures
// and TestInitIsLean keeps them.
package pid1

import (
	"math"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Environment is init's own. One processor, a lazy collector and no look at the
// host's cgroups keep it at a handful of threads and well below a megabyte.
var Environment = []string{"GOMAXPROCS=1", "GOGC=400", "GODEBUG=containermaxprocs=0,updatemaxprocs=0"}

// Argv0 is the command name under which the binary becomes init; it is also
// what the learner's ps shows for PID 1.
const Argv0 = "nslab: init"

func init() {
	if len(os.Args) > 0 && os.Args[0] == Argv0 && os.Getpid() == 1 {
		os.Exit(run())
	}
}

// run is init's whole life. Its exit status is never looked at: what went
// wrong is said over the socket.
func run() int {
	// The main thread is the process as the kernel sees it: its namespaces are
	// what /proc/1/ns shows, and its children are cloned from here. An init
	// function runs locked to it, so nothing need be locked.

	// Whatever else the server had open without close-on-exec. First, before
	// the runtime has opened an epoll of its own.
	_ = unix.CloseRange(ControlFD+1, math.MaxInt32, 0) // fails only before Linux 5.9
	setSignals()
	_ = os.WriteFile("/proc/self/comm", []byte(Argv0), 0) // only ps shows it

	unix.CloseOnExec(ControlFD)
	buf := make([]byte, MaxMessage)
	var config Config
	if err := receive(ControlFD, buf, &config); err != nil {
		return 1
	}
	procfs, err := boot(config)
	if err != nil {
		_ = Send(ControlFD, Event{Failed: err.Error()}, -1) // if this fails too, the server sees the end
		return 1
	}
	if err := Send(ControlFD, Event{Booted: true}, procfs); err != nil {
		return 1
	}
	unix.Close(procfs)

	in := newNursery(config)
	go in.reap()
	for {
		var r Request
		if err := receive(ControlFD, buf, &r); err != nil {
			return 0
		}
		if r.Shell != nil {
			in.answer(r)
		}
	}
}

// setSignals keeps a learner's `kill 1` from ending the sandbox, which a real
// init does not let happen either, and gives back their defaults to the two
// real-time signals that glibc uses: a server that was started by make has them
// ignored, and so would every shell.
//
// It goes past the runtime, which then takes the first for handled and restores
// their defaults in every child that it clones; package os/signal would cost a
// thread.
func setSignals() {
	const sigDfl, sigIgn = 0, 1
	for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGPIPE} {
		setSignal(s, sigIgn)
	}
	for _, s := range []unix.Signal{32, 33} {
		setSignal(s, sigDfl)
	}
}

// setSignal is rt_sigaction(2) with a handler and nothing else. It fails only
// for a signal that does not exist.
func setSignal(s unix.Signal, handler uint64) {
	action := [4]uint64{handler} // struct sigaction of the kernel begins with it
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
