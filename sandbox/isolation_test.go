//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"example.org/nslab/sandbox/snapshot"
)

// TestSandboxIsItsOwnMachine looks at a sandbox from within.
func TestSandboxIsItsOwnMachine(t *testing.T) {
	t.Setenv("NSLAB_TOKEN", "a-secret-of-the-server")
	leak, err := os.Open("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	defer leak.Close()
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	single := h.ids.each == 1
	for _, tt := range []struct {
		name, command, want string
		ids                 bool // needs more ids than one
	}{
		{"its hostname is lab", "hostname", "lab\n", false},
		{"the learner is root", "id -un; id -u", "root\n0\n", false},
		{"and can be an ordinary user", "su learner -c 'id -un; cd; pwd'", "learner\n/home/learner\n", true},
		{"init is PID 1", "cat /proc/1/comm", "nslab: init\n", false},
		{"nobody else's processes are there", "echo /proc/[0-9]* | wc -w", "4\n", false}, // init, bash and the two of the pipe
		{"lo is its only interface", "echo /sys/class/net/*", "/sys/class/net/lo\n", false},
		{"and lo is up", "cat /sys/class/net/lo/flags", "0x9\n", false},
		{"there is no route out", "ip route | wc -l", "0\n", false},
		{"the root has what a root has", "echo /*", "/bin /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var\n", false},
		{"home is empty", "ls -A /home/learner /root | grep -v bashrc", "/home/learner:\n\n/root:\n", false},
		{"/run is empty but for its directories", "find /run", "/run\n/run/netns\n/run/lock\n", false},
		{"no environment is inherited", "env | grep -c secret", "0\n", false},
		{"nor by init", "grep -c secret /proc/1/environ", "0\n", false},
		{"init has no descriptor but its own", "ls -l /proc/1/fd | grep -v -e /dev/null -e socket: -e anon_inode: -e total", "", false},
		{"no signal is ignored", "grep SigIgn /proc/$$/status | cut -f2 | tail -c 8; bash -c 'grep SigIgn /proc/$$/status' | cut -f2", "0384004\n0000000000000000\n", false},
		{"everything is writable that should be", "for d in / /etc /root /home /tmp /run /var /var/tmp /usr/local /usr/local/bin /opt /mnt /srv /dev; do touch $d/x || echo $d; rm -f $d/x; done", "", false},
		{"the host's /usr is not", "touch /usr/x /usr/bin/x", "touch: cannot touch '/usr/x': Read-only file system\ntouch: cannot touch '/usr/bin/x': Read-only file system\n", false},
		{"and cannot be made so", "mount -o remount,bind,rw /usr 2>&1 | grep -c denied; touch /usr/x", "1\ntouch: cannot touch '/usr/x': Read-only file system\n", false},
	} {
		if tt.ids && single {
			continue
		}
		if got := ty.run(tt.command); got != tt.want {
			t.Errorf("%s: %s\n says %q\nwant %q", tt.name, tt.command, got, tt.want)
		}
	}
}

// TestShellIsWhatPeopleExpect uses a shell as one does.
func TestShellIsWhatPeopleExpect(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	for _, tt := range []struct{ name, command, want string }{
		{"its terminal is a pts", "tty", "/dev/pts/0\n"},
		{"of a known kind", "echo $TERM; tput colors", "xterm-256color\n256\n"},
		{"in UTF-8", "echo $LANG; printf '€' | wc -m", "C.UTF-8\n1\n"},
		{"with job control", "sleep 100 & jobs | grep -c Running; kill %1; wait 2>/dev/null", "1\n"},
		{"sudo runs what it is given", "sudo echo hello", "hello\n"},
		{"with options", "sudo -E -n -- echo hello", "hello\n"},
		{"and variables", "sudo A=b sh -c 'echo $A'", "b\n"},
		{"a usage line when it is given nothing", "sudo; echo $?", "usage: sudo [-u user] [-i | -s] command [argument ...]\n1\n"},
		{"ping needs no privilege", "ping -c1 -q 127.0.0.1 | grep -c '1 received'", "1\n"},
	} {
		got := ty.run(tt.command)
		if tt.name == "with job control" {
			got = got[strings.LastIndex(strings.TrimSuffix(got, "\n"), "\n")+1:]
		}
		if !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: %s\n says %q\nwant %q", tt.name, tt.command, got, tt.want)
		}
	}
	ty.keys("hostnx\x7fam\t\r") // an erased letter, and completion
	ty.until("lab\r\n")
	ty.until("# ")
	ty.keys("echo re''ady; cat\r")
	ty.until("ready\r\n") // what is typed before is read by the line editor
	ty.keys("line\r")
	ty.until("line\r\nline\r\n")
	ty.keys("\x03") // ^C
	ty.until("# ")
	ty.keys("echo $?\r")
	ty.until("130\r\n")
	ty.keys("yes\r")
	ty.until("y\r\ny\r\n")
	ty.keys("\x03")
	ty.keys("echo stop\"ped\"\r")
	ty.until("stopped\r\n")
}

// TestStartShellFlags starts a shell for each set of flags and demands that
// exactly those namespaces are new.
func TestStartShellFlags(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	sets := [][]snapshot.Type{{}, {snapshot.UTS, snapshot.PID, snapshot.MNT}, snapshot.Types()}
	for _, t := range snapshot.Types() {
		sets = append(sets, []snapshot.Type{t})
	}
	for _, types := range sets {
		sh, ty := startFor(t, s, types...)
		snap, err := s.Snapshot(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		p, ok := snap.Process(sh.PID())
		if !ok {
			t.Fatalf("%v: the snapshot lacks process %d", types, sh.PID())
		}
		for _, typ := range snapshot.Types() {
			wanted := slices.Contains(types, typ)
			if isNew := p.NS[typ] != snap.Sandbox[typ]; isNew != wanted {
				t.Errorf("%v: the shell's %s namespace is new: %v", types, typ, isNew)
			}
			// What the learner reads is what the snapshot says. In a new pid
			// namespace the old /proc has no "self".
			if slices.Contains(types, snapshot.PID) {
				continue
			}
			want := fmt.Sprintf("%s:[%d]\n", typ, p.NS[typ])
			if got := ty.run("readlink /proc/self/ns/" + string(typ)); got != want {
				t.Errorf("%v: the learner reads %q, the snapshot says %q", types, got, want)
			}
		}
		if slices.Contains(types, snapshot.PID) {
			if got := ty.run("echo $$"); got != "1\n" {
				t.Errorf("%v: $$ is %q", types, got)
			}
		}
		if slices.Contains(types, snapshot.USER) {
			if got := ty.run("id -u"); got != "0\n" {
				t.Errorf("%v: id -u is %q", types, got)
			}
		}
		ty.keys("exit 3\r")
		<-sh.Done()
		if e, _ := sh.Exit(); e != (Exit{Code: 3}) {
			t.Errorf("%v: it ended with %+v, want 3", types, e)
		}
	}
}
