//go:build linux

package sandbox

import (
	"testing"

	"example.org/nslab/sandbox/snapshot"
	"github.com/google/go-cmp/cmp"
)

func TestParseStat(t *testing.T) {
	rest := " S 1 42 42 34816 42 4194304 100 0 0 0 1 2 0 0 20 0 3 0 987654 4624384 939 18446744073709551615"
	want := stat{comm: "bash", state: "S", ppid: 1, session: 42, foreground: true, threads: 3, start: 987654}
	for _, tt := range []struct{ name, in, comm, err string }{
		{"a plain command", "42 (bash)" + rest, "bash", ""},
		{"parentheses in the name", "42 (a) b (c)" + rest, "a) b (c", ""},
		{"a newline in the name", "42 (a\nb)" + rest, "a\nb", ""},
		{"no name", "42 bash S 1", "", "stat has no command in parentheses"},
		{"too few fields", "42 (bash) S 1 2", "", "stat has 3 fields after the command, want at least 20"},
		{"nothing", "", "", "stat has no command in parentheses"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseStat([]byte(tt.in))
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("parseStat(%q) says %v, want %q", tt.in, err, tt.err)
				}
				return
			}
			want.comm = tt.comm
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(stat{})); err != nil || diff != "" {
				t.Errorf("parseStat(%q): %v (-want +got)\n%s", tt.in, err, diff)
			}
		})
	}
}

func TestParseStatus(t *testing.T) {
	uid, pids, switches, err := parseStatus([]byte("Name:\tbash\nUid:\t1\t1000\t1\t1\nNSpid:\t42\t7\t1\nThreads:\t1\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t2\n"))
	if err != nil || uid != 1000 || !cmp.Equal(pids, []int{42, 7, 1}) || switches != 7 {
		t.Errorf("parseStatus: %d, %v, %d, %v", uid, pids, switches, err)
	}
	for _, bad := range []string{"", "Uid:\t1\n", "Uid:\t1\t1\t1\t1\n", "NSpid:\tx\nUid:\t1\t1\t1\t1\n", "Uid:\ta\tb\tc\td\n"} {
		if _, _, _, err := parseStatus([]byte(bad)); err == nil {
			t.Errorf("parseStatus(%q) found nothing wrong", bad)
		}
	}
}

func TestParseNSLink(t *testing.T) {
	for _, tt := range []struct {
		link  string
		typ   snapshot.Type
		inode uint64
		ok    bool
	}{
		{"net:[4026531840]", snapshot.NET, 4026531840, true},
		{"time:[1]", snapshot.TIME, 1, true},
		{"net:[]", "", 0, false},
		{"net:[-1]", snapshot.NET, 0, false},
		{"net:[12", "", 0, false},
		{"net", "", 0, false},
		{"socket:[1234]", "", 0, false},
		{"/tmp/net:[4026531840]", "", 0, false},
	} {
		typ, inode, ok := parseNSLink([]byte(tt.link))
		if ok != tt.ok || ok && (typ != tt.typ || inode != tt.inode) {
			t.Errorf("parseNSLink(%q) = %v, %d, %v", tt.link, typ, inode, ok)
		}
	}
}

func TestParseIDMap(t *testing.T) {
	got, err := parseIDMap([]byte("         0     524288      65536\n     65536       1000          1\n"), 524288, 131072)
	want := []snapshot.IDMap{{Inside: 0, Outside: 0, Length: 65536}, {Inside: 65536, Outside: overflowID, Length: 1}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("parseIDMap: %v (-want +got)\n%s", err, diff)
	}
	for _, bad := range []string{"0 1\n", "0 1 2 3\n", "a b c\n", "0 0 99999999999\n"} {
		if _, err := parseIDMap([]byte(bad), 0, 1); err == nil {
			t.Errorf("parseIDMap(%q) found nothing wrong", bad)
		}
	}
}

func TestParseOffsets(t *testing.T) {
	got, err := parseOffsets([]byte("monotonic           0         0\nboottime        86400 500000000\n"))
	if diff := cmp.Diff(map[string]float64{"monotonic": 0, "boottime": 86400.5}, got); err != nil || diff != "" {
		t.Errorf("parseOffsets: %v (-want +got)\n%s", err, diff)
	}
	for _, bad := range []string{"monotonic 0\n", "monotonic x 0\n", "monotonic 0 x\n"} {
		if _, err := parseOffsets([]byte(bad)); err == nil {
			t.Errorf("parseOffsets(%q) found nothing wrong", bad)
		}
	}
}

func TestSplitArgs(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", []string{}},
		{"bash\x00", []string{"bash"}},
		{"sleep\x00100\x00", []string{"sleep", "100"}},
		{"a\x00\x00b\x00", []string{"a", "", "b"}},
		{"\xff\x00", []string{"�"}},
	} {
		if diff := cmp.Diff(tt.want, splitArgs([]byte(tt.in))); diff != "" {
			t.Errorf("splitArgs(%q) (-want +got)\n%s", tt.in, diff)
		}
	}
}

func TestSubIDs(t *testing.T) {
	file := "# comment\nroot:100000:65536\nada:165536:65536\n1001:300000:1000\nbad:x:y\nzero:0:10\n"
	for _, tt := range []struct {
		name         string
		uid          int
		first, count int
		ok           bool
	}{
		{"ada", 1000, 165536, 65536, true},
		{"bob", 1001, 300000, 1000, true}, // by number
		{"carol", 1002, 0, 0, false},
		{"bad", 1003, 0, 0, false},
		{"zero", 1004, 0, 0, false},
	} {
		first, count, ok := subIDs(file, tt.name, tt.uid)
		if ok != tt.ok || ok && (first != tt.first || count != tt.count) {
			t.Errorf("subIDs(%s) = %d, %d, %v", tt.name, first, count, ok)
		}
	}
}

func TestPlanFor(t *testing.T) {
	for _, tt := range []struct {
		ids  int
		want idPlan
	}{
		{1 << 32, idPlan{first: firstID, each: idsEach, slots: 14332}},
		{65537, idPlan{first: 1, each: 65536, slots: 1}},
		{65536, idPlan{first: 1, each: 65535, slots: 1}},
		{1, idPlan{first: 0, each: 1, slots: 1}},
		{500, idPlan{first: 0, each: 1, slots: 1}},
	} {
		if got := planFor(tt.ids); got != tt.want {
			t.Errorf("planFor(%d) = %+v, want %+v", tt.ids, got, tt.want)
		}
	}
}

// FuzzProc feeds the parsers of /proc what a learner could make it hold, and
// demands that they neither panic nor invent.
func FuzzProc(f *testing.F) {
	for _, seed := range []string{
		"42 (bash) S 1 42 42 34816 42 4194304 100 0 0 0 1 2 0 0 20 0 3 0 987654 4624384",
		"Uid:\t1\t1\t1\t1\nNSpid:\t42\t7\n", "net:[4026531840]", "0 524288 65536\n", "monotonic 0 0\n", "a\x00b\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseStat(b)
		if _, pids, _, err := parseStatus(b); err == nil && len(pids) == 0 {
			t.Error("parseStatus: no error and no pid")
		}
		if typ, _, ok := parseNSLink(b); ok && cloneFlags[typ] == 0 {
			t.Errorf("parseNSLink(%q) made up the type %q", b, typ)
		}
		_, _ = parseIDMap(b, firstID, idsEach)
		_, _ = parseOffsets(b)
		if args := splitArgs(b); len(args) > 64 {
			t.Errorf("splitArgs returned %d arguments", len(args))
		}
	})
}
