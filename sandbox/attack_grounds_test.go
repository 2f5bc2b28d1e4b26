//go:build linux

package sandbox

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// secret is what no learner may ever read: it is in a file, a service, shared
// memory and more of the host.
const secret = "a-secret-of-the-host"

// grounds are what attackers want of the host, made for the test and removed
// after it.
type grounds struct {
	t     *testing.T
	hosts map[hostKey]*Host
	rooms map[*Host]*room
	// words are pairs of a {word} and what stands for it in a command.
	words  []string
	ids    idPlan
	dir    string // of the host; anybody may enter it
	system string // a copy of a system that may be broken; "" until it is asked for
	key    bool   // the server has a session keyring with a secret in it
}

// condition says where an attack can be tried.
type condition struct {
	words string
	// missing says what is not there; "" if nothing is.
	missing func(*grounds) string
}

// asRoot are attacks that need a server that is root to fail without the
// defence.
var asRoot = condition{"as root", func(g *grounds) string {
	if g.ids.first != firstID {
		return "the server is not root"
	}
	return ""
}}

// withOneID are attacks by the user who runs the server.
var withOneID = condition{"rootless, one id", func(g *grounds) string {
	if g.ids.each != 1 {
		return "sandboxes have users of their own"
	}
	return ""
}}

func prepareGrounds(t *testing.T) *grounds {
	t.Helper()
	g := &grounds{t: t, hosts: map[hostKey]*Host{}, rooms: map[*Host]*room{}, dir: t.TempDir(), key: os.Getenv(keysEnv) == "done"}
	for dir := g.dir; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			break // not ours: the parent of all
		}
	}
	var err error
	if g.ids, err = planIDs(); err != nil {
		t.Fatal(err)
	}
	g.word("uid", fmt.Sprint(os.Getuid()))
	g.word("dir", g.dir)
	g.word("secret", secret)
	g.word("tool", "NSLAB_ATTACK=1 /proc/1/exe")
	g.files()
	g.services()
	g.ipc()
	g.process()
	return g
}

func (g *grounds) word(name, value string) { g.words = append(g.words, "{"+name+"}", value) }

// must fails the test: the grounds could not be made.
func (g *grounds) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// files are one to read, a directory to write, one in shared memory and the
// tool.
func (g *grounds) files() {
	file := filepath.Join(g.dir, "file")
	g.must(os.WriteFile(file, []byte(secret+"\n"), 0o644))
	g.word("file", file)
	drop := filepath.Join(g.dir, "drop")
	g.must(os.Mkdir(drop, 0o777))
	g.must(os.Chmod(drop, 0o777)) // whatever the umask
	g.word("drop", drop)
	shm := fmt.Sprintf("/dev/shm/nslab-attack-%d", os.Getpid())
	g.must(os.WriteFile(shm, []byte(secret), 0o644))
	g.t.Cleanup(func() { os.Remove(shm) })
	g.word("shmfile", shm)
	tool, err := os.ReadFile(executable(g.t))
	g.must(err)
	g.must(os.WriteFile(filepath.Join(g.dir, "tool"), tool, 0o755))
	g.word("hosttool", "NSLAB_ATTACK=1 "+filepath.Join(g.dir, "tool"))
}

// services tell the secret to whoever connects.
func (g *grounds) services() {
	serve := func(network, address string) net.Listener {
		l, err := net.Listen(network, address)
		g.must(err)
		g.t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return // closed
				}
				fmt.Fprintln(c, secret)
				c.Close()
			}
		}()
		return l
	}
	port := serve("tcp4", "127.0.0.1:0").Addr().(*net.TCPAddr).Port
	g.word("port", fmt.Sprint(port))
	g.word("hexport", fmt.Sprintf("%04X", port))
	abstract := fmt.Sprintf("@nslab-attack-%d", os.Getpid())
	serve("unix", abstract)
	g.word("abstract", abstract)
	socket := filepath.Join(g.dir, "socket")
	serve("unix", socket)
	g.must(os.Chmod(socket, 0o777))
	g.word("socket", socket)
	if address := outsideAddress(); address != "" {
		l := serve("tcp4", address+":0")
		g.word("address", address)
		g.word("addressport", fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	}
}

// outsideAddress is an address of the host beside the loopback's; "" if it has
// none.
func outsideAddress() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return ""
}

// withAddress are attacks on an address of the host's.
var withAddress = condition{"where the host has an address", func(*grounds) string {
	if outsideAddress() == "" {
		return "the host has no address but the loopback's"
	}
	return ""
}}

// ipc is a System V shared memory segment and message queue, and a POSIX queue.
func (g *grounds) ipc() {
	shm, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o666)
	g.must(err)
	g.t.Cleanup(func() { _, _ = unix.SysvShmCtl(shm, unix.IPC_RMID, nil) })
	memory, err := unix.SysvShmAttach(shm, 0, 0)
	g.must(err)
	copy(memory, secret)
	g.must(unix.SysvShmDetach(memory))
	g.word("shm", fmt.Sprint(shm))

	queue, _, errno := unix.Syscall(unix.SYS_MSGGET, unix.IPC_PRIVATE, unix.IPC_CREAT|0o666, 0)
	if errno != 0 {
		g.t.Fatal("msgget: ", errno)
	}
	g.t.Cleanup(func() { _, _, _ = unix.Syscall(unix.SYS_MSGCTL, queue, unix.IPC_RMID, 0) })
	// struct msgbuf: the type, then the text. Enough for every attack.
	message := append([]byte{1, 0, 0, 0, 0, 0, 0, 0}, secret...)
	for range 8 {
		if _, _, errno := unix.Syscall6(unix.SYS_MSGSND, queue, uintptr(unsafe.Pointer(&message[0])), uintptr(len(secret)), unix.IPC_NOWAIT, 0, 0); errno != 0 {
			g.t.Fatal("msgsnd: ", errno)
		}
	}
	g.word("msg", fmt.Sprint(queue))

	name := fmt.Sprintf("nslab-attack-%d", os.Getpid())
	path, err := unix.BytePtrFromString(name)
	g.must(err)
	old := unix.Umask(0)
	fd, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(path)), unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o666, 0, 0, 0)
	unix.Umask(old)
	if errno != 0 {
		g.t.Fatal("mq_open: ", errno)
	}
	unix.Close(int(fd))
	g.t.Cleanup(func() { _, _, _ = unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(path)), 0, 0) })
	g.word("mq", name)
}

// process is one of the host's, of the user who runs the server.
func (g *grounds) process() {
	g.word("pid", fmt.Sprint(os.Getpid()))
	name, err := os.Hostname()
	g.must(err)
	g.word("hostname", name)
	disk, err := exec.Command("stat", "-c", "%d", g.dir).Output()
	g.must(err)
	g.word("disk", string(bytes.TrimSpace(disk)))
}
