//go:build linux

package sandbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"

	"example.org/nslab/sandbox/snapshot"
)

// attacksOnHost look for what runs beside the sandbox.
var attacksOnHost = []attack{
	{name: "connects to a service on the host's 127.0.0.1", defence: ownNet, without: outOf(snapshot.NET), command: "exec 3<>/dev/tcp/127.0.0.1/{port} && grep -q {secret} <&3"},
	{name: "connects to a service on the host's own address", defence: ownNet, without: outOf(snapshot.NET), where: withAddress, command: "exec 3<>/dev/tcp/{address}/{addressport} && grep -q {secret} <&3"},
	{name: "connects to an abstract socket of the host", defence: ownNet, without: outOf(snapshot.NET), command: "{tool} abstract {abstract}"},
	{name: "lists what the host listens on", defence: ownNet, without: outOf(snapshot.NET), command: "grep -q ':{hexport} ' /proc/net/tcp"},
	{name: "asks netlink for the host's addresses", defence: ownNet, without: outOf(snapshot.NET), where: withAddress, command: "ip -o addr | grep -qwF {address}"},
	{name: "sees the host's network in sysfs or proc", defence: ownNet, without: outOf(snapshot.NET), where: withAddress, command: "[ $(grep -c : /proc/net/dev) -gt 1 ]"},
	{name: "adds an interface to the host", defence: ownNet + " and of its own users", without: outOf(snapshot.NET, snapshot.USER), where: asRoot, try: addLink},
	{name: "attaches the host's shared memory", defence: ownIPC, without: outOf(snapshot.IPC), command: "{tool} shm {shm}"},
	{name: "takes a message from a queue of the host", defence: ownIPC, without: outOf(snapshot.IPC), command: "{tool} msg {msg}"},
	{name: "opens a POSIX queue of the host", defence: ownIPC, without: outOf(snapshot.IPC), command: "{tool} mq {mq}"},
	{name: "lists the host's System V memory", defence: ownIPC, without: outOf(snapshot.IPC), command: "[ $(wc -l </proc/sysvipc/shm) -gt 1 ]"},
	{name: "learns the host's name", defence: "a uts namespace of its own", without: outOf(snapshot.UTS), command: `[ "$(uname -n)" = {hostname} ]`},
	{name: "learns whether a process of the host exists", defence: ownPID, without: outOf(snapshot.PID), command: "! LC_ALL=C kill -0 {pid} 2>&1 | grep 'No such process'"},
	{name: "signals the server, run by the same user", defence: ownPID, without: outOf(snapshot.PID), where: withOneID, command: "kill -CONT {pid}"},
	{name: "holds on to a process of the host by a pidfd", defence: ownPID, without: outOf(snapshot.PID), command: "{tool} syscall pidfd_open {pid} 0"},
	{name: "learns by sched_getaffinity(2) which processes the host has", defence: ownPID, without: outOf(snapshot.PID), command: "taskset -p {pid}"},
}

const (
	ownNet = "a net namespace of its own"
	ownIPC = "an ipc namespace of its own"
	ownPID = "a pid namespace of its own"
)

// addLink adds an interface and looks for it on the host.
func addLink(sc *scene) bool {
	name := fmt.Sprintf("nsl%d", os.Getpid())
	sc.run("ip link add " + name + " type bridge || true")
	if _, err := net.InterfaceByName(name); err != nil {
		return false
	}
	sc.must(exec.Command("ip", "link", "del", name).Run())
	return true
}
