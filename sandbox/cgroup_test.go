//go:build linux

package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestFindPlaces(t *testing.T) {
	const v1Mounts = `32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`
	for _, tt := range []struct {
		name, cgroup, mounts string
		want                 []place
		err                  string
	}{
		{
			name:   "version 2, a unit of systemd's",
			cgroup: "0::/system.slice/nslab.service\n", mounts: "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
			want: []place{{version: 2, dir: "/sys/fs/cgroup/system.slice/nslab.service"}},
		},
		{
			name:   "version 2, in a cgroup namespace",
			cgroup: "0::/\n", mounts: "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
			want: []place{{version: 2, dir: "/sys/fs/cgroup"}},
		},
		{
			name:   "version 2, outside of what the namespace shows",
			cgroup: "0::/../other\n", mounts: "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
			err: "no cgroups are mounted here",
		},
		{
			name:   "version 1, beside an empty version 2",
			cgroup: "8:pids:/\n4:memory:/user/1\n1:cpu,cpuacct:/a b\n9:name=systemd:/\n0::/\n", mounts: v1Mounts,
			want: []place{
				{1, "/sys/fs/cgroup/pids", []string{"pids"}},
				{1, "/sys/fs/cgroup/memory/user/1", []string{"memory"}},
				{1, "/sys/fs/cgroup/cpu,cpuacct/a b", []string{"cpu"}},
			},
		},
		{
			name:   "version 1, in a container that sees its own part",
			cgroup: "4:memory:/docker/abc/sub\n", mounts: "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			want: []place{{1, "/sys/fs/cgroup/memory/sub", []string{"memory"}}},
		},
		{
			name:   "version 1, in a container that sees another's part",
			cgroup: "4:memory:/docker/abcdef\n", mounts: "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			err: "no cgroups are mounted here",
		},
		{name: "none", cgroup: "", mounts: "", err: "no cgroups are mounted here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := findPlaces([]byte(tt.cgroup), []byte(tt.mounts))
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Fatalf("the error is %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(place{})); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

// hostWithGroups opens a host, or skips where it has no cgroups.
func hostWithGroups(t *testing.T) *Host {
	t.Helper()
	h := openHostFor(t, Options{})
	if h.cgroups == nil {
		t.Skipf("no cgroups here: %s", h.noCgroups)
	}
	return h
}

// TestGroupsGo demands that a sandbox lives in its groups, does not see them, and
// that they go with it, what a learner has made below included.
func TestGroupsGo(t *testing.T) {
	h := hostWithGroups(t)
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	ty.run("sleep 1000 & sleep 0.1")
	if b := readFile(t, fmt.Sprintf("/proc/%d/cgroup", s.pid)); strings.Count(b, s.id) != len(s.group.dirs) {
		t.Errorf("init is in\n%s, want %d groups called %s", b, len(s.group.dirs), s.id)
	}
	if got := ty.run("cut -d: -f3 /proc/self/cgroup | sort -u"); strings.Contains(got, groupPrefix) {
		t.Errorf("inside, the groups are called %s", got)
	}
	if h.cgroups.version == 2 { // delegated: the sandbox's root owns what it may use, and not the limits
		box := filepath.Join(s.group.dirs[0], boxGroup)
		root := uint32(h.ids.mapping(s.slot)[0].HostID)
		for file, want := range map[string]uint32{box: root, box + "/cgroup.procs": root, box + "/memory.max": 0, s.group.dirs[0] + "/memory.max": 0} {
			var st unix.Stat_t
			if err := unix.Stat(file, &st); err != nil || st.Uid != want {
				t.Errorf("%s belongs to %d, want %d (%v)", file, st.Uid, want, err)
			}
		}
	}
	dirs := s.group.dirs
	s.End(Reason{Code: "deleted"})
	<-s.Done()
	for _, d := range dirs {
		if _, err := os.Stat(d); !os.IsNotExist(err) {
			t.Errorf("%s is left (%v)", d, err)
		}
	}
}

// TestSweep demands that a new host removes what a dead server has left, and
// nothing of one that lives.
func TestSweep(t *testing.T) {
	living := hostWithGroups(t)
	var dead []string
	for _, tr := range living.cgroups.trees {
		dir := filepath.Join(filepath.Dir(tr.dir), groupPrefix+"1-dead")
		for _, d := range []string{dir, filepath.Join(dir, "A"), filepath.Join(dir, "A", "box")} {
			if err := os.Mkdir(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		dead = append(dead, dir)
	}
	hostWithGroups(t)
	for _, d := range dead {
		if _, err := os.Stat(d); !os.IsNotExist(err) {
			t.Errorf("%s is left (%v)", d, err)
		}
	}
	for _, tr := range living.cgroups.trees {
		if _, err := os.Stat(tr.dir); err != nil {
			t.Errorf("the living one's is gone: %v", err)
		}
	}
}

// TestNoGroup demands that a sandbox for which no group can be made is booted all
// the same, and watched.
func TestNoGroup(t *testing.T) {
	h := hostWithGroups(t)
	takeFor(t, h) // the one that was booted already
	trees := h.cgroups.trees
	h.cgroups.trees = []tree{{dir: "/nowhere", controllers: controllers}}
	s := takeFor(t, h)
	h.cgroups.trees = trees
	if s.group != nil {
		t.Fatal("it has a group that cannot be")
	}
	_, ty := startFor(t, s)
	ty.keys(perlHog + "\r")
	if got, ended := told(t, s); ended || !strings.Contains(got, "the server ended `perl`") {
		t.Errorf("the learner is told %q (ended: %v)", got, ended)
	}
}

func TestFlatKey(t *testing.T) {
	const events = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"
	for key, want := range map[string]uint64{"oom": 3, "oom_kill": 2, "max": 12, "none": 0} {
		if got := flatKey([]byte(events), key); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
}
