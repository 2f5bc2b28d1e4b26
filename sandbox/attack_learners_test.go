//go:build linux

package sandbox

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"

	"example.org/nslab/sandbox/snapshot"
	"golang.org/x/sys/unix"
)

// attacksOnLearners look for another learner's sandbox on the same server.
var attacksOnLearners = []attack{
	{name: "connects to another learner's service", defence: ownNet, without: among(snapshot.NET), try: victim("{tool} serve", "exec 3<>/dev/tcp/127.0.0.1/7777 && grep -q {secret} <&3")},
	{name: "connects to another learner's abstract socket", defence: ownNet, without: among(snapshot.NET), try: victim("{tool} serve", "{tool} abstract @nslab-victim")},
	{name: "attaches another learner's shared memory", defence: ownIPC, without: among(snapshot.IPC), try: victim("{tool} share", "{tool} shm 0")},
	{name: "learns whether another learner's process exists", defence: ownPID, without: among(snapshot.PID), try: victim("for i in {1..200}; do (:); done; sleep 20 & echo ready $!; wait", "! LC_ALL=C kill -0 {answer} 2>&1 | grep 'No such process'")},
	{name: "reads another learner's file, once on their file system", defence: "ids of its own", without: among(snapshot.USER), where: asRoot, nowhereElse: true, try: readDiary},
	{name: "writes on another learner's terminal", defence: "terminals of its own", without: among(snapshot.MNT, snapshot.USER), try: writeTerminal},
	{name: "leaves a key for another learner to find", defence: theFilter, without: unfiltered, where: withKeys, try: leaveKey},
	{name: "takes a key of the server's", defence: "a session keyring that is not the server's", without: leaving("with the server's", defences{keyring: true}), besides: defences{filter: true}, where: withKeys, command: "{tool} key take " + keyName},
}

// victim starts something in another learner's sandbox, which says that it is
// ready, and then attacks it. {answer} is the word after "ready".
func victim(starts, command string) func(*scene) bool {
	return func(sc *scene) bool {
		_, ty := startFor(sc.t, sc.neighbour())
		ty.keys("{ " + sc.fill(starts) + "; } | cat\r") // no terminal: what it prints is all that is read
		ty.until("\rready")
		answer, _, _ := strings.Cut(ty.until("\r\n"), "\r\n")
		command := strings.ReplaceAll(command, "{answer}", strings.TrimSpace(answer))
		out := sc.run("if out=$( { " + command + "; } 2>&1 ); then echo got in; else echo kept out: $out; fi")
		if in := strings.Contains(out, "got in"); in != sc.weak {
			sc.t.Logf("it says %q", out)
		}
		return strings.Contains(out, "got in")
	}
}

// toolServe serves the secret on a port and an abstract socket.
func toolServe([]string) error {
	failed := make(chan error, 2)
	for network, address := range map[string]string{"tcp4": "127.0.0.1:7777", "unix": "@nslab-victim"} {
		l, err := net.Listen(network, address)
		if err != nil {
			return err
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					failed <- err
					return
				}
				fmt.Fprintln(c, secret)
				c.Close()
			}
		}()
	}
	fmt.Println("ready")
	return <-failed // the sandbox ends first
}

// toolShare puts the secret into System V shared memory for everybody.
func toolShare([]string) error {
	id, err := unix.SysvShmGet(0x5ec, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		return err
	}
	memory, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return err
	}
	copy(memory, secret)
	if id != 0 {
		return fmt.Errorf("the first segment is number %d", id)
	}
	fmt.Println("ready")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

// readDiary reads a private file on the other's file system: as the user of the
// attacker's own sandbox, or as the other's.
func readDiary(sc *scene) bool {
	_, ty := startFor(sc.t, sc.neighbour())
	ty.run("umask 077; echo " + secret + " >/root/diary")
	types := []snapshot.Type{snapshot.MNT}
	if sc.weak {
		types = append(types, snapshot.USER)
	}
	sc.among = true
	return strings.Contains(sc.runOutside(types, "cat /root/diary 2>&1 || true"), secret)
}

// writeTerminal writes to the first terminal and looks at the other's.
func writeTerminal(sc *scene) bool {
	_, ty := startFor(sc.t, sc.neighbour())
	if !sc.weak {
		sc.type_("true") // there is a terminal
	}
	sc.run("echo " + secret + " >/dev/pts/0")
	ty.keys("echo do''ne\r")
	return strings.Contains(ty.until("done\r\n"), secret)
}

// leaveKey has one learner leave a key and another take it.
func leaveKey(sc *scene) bool {
	sc.type_("{tool} key leave")
	_, ty := startFor(sc.t, sc.neighbour())
	return strings.Contains(ty.run(sc.fill("{tool} key take nslab-left && echo got in")), "got in")
}
