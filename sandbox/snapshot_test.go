//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/nslab/sandbox/snapshot"
)

func snapshotFor(t testing.TB, s *Sandbox) *snapshot.Snapshot {
	t.Helper()
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	return snap
}

// holders describes what keeps a namespace alive, without pids and inodes.
func holders(n snapshot.Namespace) []string {
	var all []string
	for _, h := range n.Holders {
		s := string(h.Kind)
		if h.Path != "" {
			s += " " + h.Path
		}
		all = append(all, s)
	}
	return all
}

// others returns the namespaces of a type that are not the sandbox's own.
func others(snap *snapshot.Snapshot, typ snapshot.Type) []snapshot.Namespace {
	var all []snapshot.Namespace
	for _, n := range snap.Namespaces {
		if n.Type == typ && n.Inode != snap.Sandbox[typ] {
			all = append(all, n)
		}
	}
	return all
}

// TestSnapshotHolders makes namespaces live by one thing alone, and demands
// that the snapshot names it.
func TestSnapshotHolders(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct {
		name, command string
		typ           snapshot.Type
		want          []string
	}{
		{"a process", "unshare --uts sleep 100 &", snapshot.UTS, []string{"process"}},
		{"a bind mount", "touch /run/x; unshare --net=/run/x true", snapshot.NET, []string{"mount /run/x"}},
		{"ip netns", "ip netns add demo", snapshot.NET, []string{"mount /run/netns/demo"}},
		{"an open descriptor", "exec 9< <(:); exec 9</dev/null; unshare --ipc bash -c 'exec 8</proc/self/ns/ipc; exec nsenter -t 1 --ipc sleep 100' &", snapshot.IPC, []string{"fd"}},
		// The kernel shows pid_for_children only once there was a first child.
		{"a process and the children of another", "unshare --pid bash -c 'sleep 100 & exec sleep 200' &", snapshot.PID, []string{"process", "children"}},
		{"a process that sees its own /proc", "unshare --pid --fork --mount-proc sleep 100 &", snapshot.PID, []string{"process", "children", "filesystem /proc"}},
		{"a child that is a namespace", "unshare --user --map-root-user unshare --user --map-root-user sleep 100 &", snapshot.USER, []string{"namespace"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := takeFor(t, h)
			_, ty := startFor(t, s)
			ty.keys(tt.command + "\r")
			var got [][]string
			eventually(t, "the namespace is seen", func() bool {
				got = nil
				for _, n := range others(snapshotFor(t, s), tt.typ) {
					got = append(got, holders(n))
				}
				return slices.ContainsFunc(got, func(h []string) bool { return slices.Equal(h, tt.want) })
			})
		})
	}
}

// TestSnapshotFacts reads what each type of namespace isolates.
func TestSnapshotFacts(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	ty.run("sudo unshare --uts bash -c 'hostname container-test; exec sleep 100' & " +
		"ip netns add red; ip netns add blue; ip link add veth-r netns red type veth peer name veth-b netns blue; " +
		"ip -n red addr add 10.0.0.1/24 dev veth-r; ip -n red link set veth-r up; ip -n blue link set veth-b up; ip -n red route add default via 10.0.0.2; " +
		"mkdir -p /tmp/m; mount -t tmpfs mine /tmp/m; mount --make-shared /tmp/m; " +
		"unshare --time --boottime 86400 --fork sleep 100 & unshare --user --map-root-user sleep 100 & sleep 0.3")
	snap := snapshotFor(t, s)

	names := map[string]bool{}
	for _, n := range others(snap, snapshot.UTS) {
		names[n.Hostname] = true
	}
	if !names["container-test"] {
		t.Errorf("hostnames beside the sandbox's own: %v, want container-test", names)
	}
	own, _ := snap.Namespace(snapshot.UTS, snap.Sandbox[snapshot.UTS])
	if own.Hostname != "lab" {
		t.Errorf("the sandbox's own hostname is %q", own.Hostname)
	}

	ends := map[string]snapshot.Interface{}
	in := map[string]snapshot.Namespace{}
	for _, n := range others(snap, snapshot.NET) {
		for _, i := range n.Interfaces {
			ends[i.Name], in[i.Name] = i, n
		}
	}
	r, b := ends["veth-r"], ends["veth-b"]
	if r.Kind != "veth" || !r.Up || !r.Carrier || !slices.Contains(r.Addrs, "10.0.0.1/24") || r.MAC == "" {
		t.Errorf("veth-r is %+v", r)
	}
	if r.Peer != b.Index || r.PeerNS != in["veth-b"].Inode || b.Peer != r.Index || b.PeerNS != in["veth-r"].Inode {
		t.Errorf("the ends do not name each other: %+v and %+v", r, b)
	}
	if !slices.Contains(in["veth-r"].Routes, snapshot.Route{Dst: "default", Via: "10.0.0.2", Dev: "veth-r"}) {
		t.Errorf("routes in red: %+v", in["veth-r"].Routes)
	}

	mnt, _ := snap.Namespace(snapshot.MNT, snap.Sandbox[snapshot.MNT])
	i := slices.IndexFunc(mnt.Mounts, func(m snapshot.Mount) bool { return m.Path == "/tmp/m" })
	if i < 0 || mnt.Mounts[i].FSType != "tmpfs" || mnt.Mounts[i].Source != "mine" || !strings.HasPrefix(mnt.Mounts[i].Propagation, "shared:") {
		t.Errorf("the mount at /tmp/m is missing or wrong (index %d)", i)
	}

	times := others(snap, snapshot.TIME)
	if len(times) != 1 || times[0].Offsets["boottime"] != 86400 {
		t.Errorf("time namespaces: %+v", times)
	}
	users := others(snap, snapshot.USER)
	if len(users) != 1 || len(users[0].UIDMap) != 1 || users[0].UIDMap[0] != (snapshot.IDMap{Inside: 0, Outside: 0, Length: 1}) || users[0].Parent != snap.Sandbox[snapshot.USER] {
		t.Errorf("user namespaces: %+v", users)
	}
	for _, n := range snap.Namespaces {
		if n.Type != snapshot.USER && n.Owner == 0 {
			t.Errorf("%s %d has no owner", n.Type, n.Inode)
		}
	}
}

// TestSnapshotAgainstLsns uses util-linux's own lister as an oracle: every
// namespace with a process in it, with its count of processes.
func TestSnapshotAgainstLsns(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	ty.run("unshare --uts --ipc sleep 100 & unshare --pid --fork --mount sleep 100 & unshare --net --cgroup sleep 100 & sleep 0.2")
	out := ty.run("lsns --noheadings --output TYPE,NS,NPROCS")
	want := map[string]int{}
	for line := range strings.Lines(out) {
		var typ, inode string
		var n int
		if _, err := fmt.Sscan(line, &typ, &inode, &n); err != nil {
			t.Fatalf("lsns says %q: %v", line, err)
		}
		want[typ+":"+inode] = n
	}
	got := map[string]int{}
	for _, n := range snapshotFor(t, s).Namespaces {
		for _, h := range n.Holders {
			if h.Kind == snapshot.ByProcess {
				got[string(n.Type)+":"+strconv.FormatUint(n.Inode, 10)]++
			}
		}
	}
	for key, n := range want {
		// lsns counts itself, in the sandbox's own namespaces.
		if got[key] != n && got[key] != n-1 {
			t.Errorf("lsns has %d processes in %s, the snapshot %d", n, key, got[key])
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("the snapshot has namespaces with processes that lsns lacks: %v", got)
	}
}

// TestSnapshotProcesses demands what ps says, and the pids outside.
func TestSnapshotProcesses(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	sh, ty := startFor(t, s)
	ty.run("bash -c 'exec -a \"odd )( name\" sleep 100' & unshare --pid --fork sleep 200 & setsid sleep 300 & (sleep 400 &) ; sleep 0.2")
	snap := snapshotFor(t, s)
	find := func(arg string) snapshot.Process {
		t.Helper()
		i := slices.IndexFunc(snap.Processes, func(p snapshot.Process) bool { return slices.Contains(p.Args, arg) && p.Comm == "sleep" })
		if i < 0 {
			t.Fatalf("no process with the argument %s", arg)
		}
		return snap.Processes[i]
	}
	if p := find("100"); p.Args[0] != "odd )( name" || p.State != "S" || p.UID != 0 || p.Shell != sh.ID() {
		t.Errorf("the renamed sleep is %+v", p)
	}
	if p := find("200"); len(p.NSPIDs) != 2 || p.NSPIDs[1] != 1 {
		t.Errorf("in its own pid namespace the sleep is %v, want 1 in the inner one", p.NSPIDs)
	}
	if p := find("400"); p.Shell != sh.ID() {
		t.Errorf("a sleep whose parent has ended belongs to the shell %q", p.Shell)
	}
	for _, p := range snap.Processes {
		if p.HostPID == 0 {
			t.Errorf("the pid outside of %s is unknown", p.Comm)
		} else if !strings.Contains(nsPIDs(p.HostPID), "\t"+strconv.Itoa(p.PID)) {
			t.Errorf("process %d outside is %s inside, not %d", p.HostPID, nsPIDs(p.HostPID), p.PID)
		}
	}
}

// TestSnapshotIsNotFooled puts lies over /proc and demands the truth, at once.
func TestSnapshotIsNotFooled(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct{ name, command string }{
		{"an empty /proc", "mount -t tmpfs none /proc"},
		{"no /proc", "umount -l /proc; umount -l /run; umount -l /run/proc"},
		{"a hidden /proc", "mount -o remount,hidepid=2 /proc"},
		{"a fake namespace link", "mkdir /tmp/ns; ln -s 'uts:[1]' /tmp/ns/uts; mount --bind /tmp/ns /proc/1/ns"},
		{"a FIFO in the way", "mkfifo /tmp/f; mount --bind /tmp/f /proc/1/stat"},
		{"a descriptor that is called like a namespace", "touch '/tmp/net:[4026531840]'; exec 7<'/tmp/net:[4026531840]'"},
		{"a stopped init", "kill -STOP 1; true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := takeFor(t, h)
			sh, ty := startFor(t, s)
			before := snapshotFor(t, s)
			ty.keys(tt.command + "; echo do\"ne\"\r")
			ty.until("done\r\n")
			start := time.Now()
			snap := snapshotFor(t, s)
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("the snapshot took %s", d)
			}
			p, ok := snap.Process(sh.PID())
			q, _ := before.Process(sh.PID())
			if !ok || p.Comm != "bash" || p.NS[snapshot.UTS] != q.NS[snapshot.UTS] || p.NS[snapshot.UTS] != snap.Sandbox[snapshot.UTS] {
				t.Errorf("the shell is seen as %+v", p)
			}
			if len(others(snap, snapshot.NET)) != 0 {
				t.Errorf("a net namespace that does not exist: %+v", others(snap, snapshot.NET))
			}
		})
	}
}

// TestSnapshotWhileItEnds takes snapshots of sandboxes at every moment of
// their end, and demands a snapshot or ErrEnded.
func TestSnapshotWhileItEnds(t *testing.T) {
	h := openHostFor(t, Options{MaxSandboxes: 32})
	for i := range 20 {
		s := takeFor(t, h)
		_, ty := startFor(t, s)
		ty.keys("for i in 1 2 3 4 5 6 7 8; do sleep 100 & done\r")
		time.AfterFunc(time.Duration(i)*200*time.Microsecond, func() { s.End(Reason{Code: "deleted", Detail: "x"}) })
		for {
			if _, err := s.Snapshot(context.Background()); err != nil {
				if err != ErrEnded {
					t.Errorf("Snapshot: %v", err)
				}
				break
			}
		}
	}
}

// TestSnapshotDoesNotHang has a learner mount file systems that nobody serves,
// where the server looks, and demands a snapshot all the same.
func TestSnapshotDoesNotHang(t *testing.T) {
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		t.Skipf("no FUSE here: %v", err)
	} else {
		f.Close()
	}
	h := openHostFor(t, Options{})
	const mount = "exec 8<>/dev/fuse; mount -i -t fuse -o fd=8,rootmode=40000,user_id=0,group_id=0 hang "
	for _, tt := range []struct{ name, command string }{
		{"at the root", "(mkdir /tmp/f; " + mount + "/tmp/f && pivot_root /tmp/f /tmp/f) &"},
		{"over the files of ip netns", "ip netns add x; (" + mount + "/run/netns; sleep 1000) &"},
		{"over /proc", "(" + mount + "/proc; sleep 1000) &"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := takeFor(t, h)
			sh, ty := startFor(t, s)
			ty.keys(tt.command + "\r")
			eventually(t, "the file system that hangs is mounted", func() bool {
				mnt, _ := snapshotFor(t, s).Namespace(snapshot.MNT, s.own[snapshot.MNT])
				return slices.ContainsFunc(mnt.Mounts, func(m snapshot.Mount) bool { return m.Source == "hang" })
			})
			for range 3 {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				snap, err := s.Snapshot(ctx)
				cancel()
				if err != nil {
					t.Fatalf("Snapshot: %v", err)
				}
				if p, ok := snap.Process(sh.PID()); !ok || p.Comm != "bash" {
					t.Errorf("the shell is seen as %+v", p)
				}
			}
		})
	}
}

// TestSnapshotSeesChange lets processes that a snapshot has seen change, and
// demands that the next one sees it although it does not read everything anew.
func TestSnapshotSeesChange(t *testing.T) {
	h := openHostFor(t, Options{})
	s := takeFor(t, h)
	sh, ty := startFor(t, s)
	shell := func() snapshot.Process {
		p, _ := snapshotFor(t, s).Process(sh.PID())
		return p
	}
	before := shell()
	for range 3 { // it sleeps: nothing changes
		if again := shell(); again.NS[snapshot.UTS] != before.NS[snapshot.UTS] || !slices.Equal(again.Args, before.Args) {
			t.Fatalf("a shell that sleeps was %+v and is %+v", before, again)
		}
	}
	ty.keys("exec unshare --uts bash -i\r")
	eventually(t, "the same process is in another namespace, with other arguments", func() bool {
		p := shell()
		return p.Start == before.Start && p.NS[snapshot.UTS] != before.NS[snapshot.UTS] && slices.Equal(p.Args, []string{"bash", "-i"})
	})
	ty.keys("exec 9</proc/1/ns/net\r")
	eventually(t, "its new descriptor is seen", func() bool {
		n, _ := snapshotFor(t, s).Namespace(snapshot.NET, s.own[snapshot.NET])
		return slices.ContainsFunc(n.Holders, func(h snapshot.Holder) bool {
			return h.Kind == snapshot.ByFD && h.PID == sh.PID() && h.FD == 9
		})
	})
}
