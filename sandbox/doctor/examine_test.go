package doctor

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the reports into testdata")

// TestExamine examines the hosts of testdata: each archive begins with what the
// host is, holds those of its files that differ from a plain Debian's, and ends
// with the report.
func TestExamine(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			h, want := hostOf(t, a)
			var got strings.Builder
			r := Examine(context.Background(), h, Wants{Data: "/data", Needs: map[string][]string{
				"bash": {"files"}, "unshare": {"files", "uts"}, "ip": {"network"}, "frobnicate": {"network"},
			}})
			if err := r.Write(&got); err != nil {
				t.Fatal(err)
			}
			if *update {
				a.Files = append(a.Files[:len(a.Files)-1], txtar.File{Name: "report", Data: []byte(got.String())})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got.String()); diff != "" {
				t.Errorf("the report (- wanted, + got; go test -update writes it):\n%s", diff)
			}
		})
	}
}

// hostOf reads an archive. The lines of its comment are: kernel, user, uid,
// privileged, setsids, program, clone (an errno, or notime), boot (an error), data (an error), undelegated, env
// (NAME=VALUE) and lacks (a file of the plain Debian's). Text after # is for
// readers.
func hostOf(t *testing.T, a *txtar.Archive) (h Host, report string) {
	t.Helper()
	files := plainDebian()
	env := map[string]string{}
	h = Host{
		FS: files, Tree: files, Kernel: "6.12.38-amd64", UID: 1000, User: "ada", Program: "/usr/local/bin/nslab",
		Env: func(name string) string { return env[name] }, Clone: func() (bool, error) { return true, nil }, Writable: func(string) error { return nil },
		Boot: func(context.Context) (Times, error) {
			return Times{Open: 61 * time.Millisecond, Boot: 12345 * time.Microsecond, Shell: 3456 * time.Microsecond}, nil
		},
	}
	for line := range strings.Lines(string(a.Comment)) {
		line, _, _ = strings.Cut(line, "#")
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "":
		case "kernel":
			h.Kernel = value
		case "user":
			h.User = value
		case "uid":
			if _, err := fmt.Sscan(value, &h.UID); err != nil {
				t.Fatalf("uid %q: %v", value, err)
			}
		case "privileged":
			h.Privileged = true
		case "setsids":
			h.SetsIDs = true
		case "program":
			h.Program = value
		case "clone":
			errno := map[string]error{"EPERM": syscall.EPERM, "ENOSPC": syscall.ENOSPC, "EINVAL": syscall.EINVAL, "notime": nil}[value]
			h.Clone = func() (bool, error) { return false, errno }
		case "boot":
			h.Boot = func(context.Context) (Times, error) { return Times{}, errors.New(value) }
		case "data":
			h.Writable = func(dir string) error {
				if dir == "/data" {
					return errors.New(value)
				}
				return nil
			}
		case "undelegated":
			h.Writable = func(dir string) error {
				if dir == "/data" {
					return nil
				}
				return syscall.EACCES
			}
		case "env":
			name, v, _ := strings.Cut(value, "=")
			env[name] = v
		case "lacks":
			delete(files, value)
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	for _, f := range a.Files {
		if f.Name == "report" {
			report = string(f.Data)
			continue
		}
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return h, report
}

// plainDebian is a host on which everything works.
func plainDebian() fstest.MapFS {
	files := fstest.MapFS{
		"etc/os-release":                            {Data: []byte("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")},
		"etc/subuid":                                {Data: []byte("ada:100000:65536\n")},
		"etc/subgid":                                {Data: []byte("ada:100000:65536\n")},
		"proc/self/uid_map":                         {Data: []byte("         0          0 4294967295\n")},
		"proc/self/cgroup":                          {Data: []byte("0::/user.slice/user-1000.slice/session-1.scope\n")},
		"proc/self/mountinfo":                       {Data: []byte("21 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n")},
		"proc/sys/vm/memfd_noexec":                  {Data: []byte("0\n")},
		"dev/net/tun":                               {},
		"sys/fs/cgroup/cgroup.controllers":          {Data: []byte("cpu memory pids\n")},
		"usr/share/bash-completion/bash_completion": {},
		"proc/sys/kernel/unprivileged_userns_clone": {Data: []byte("1\n")},
		"usr/bin/newgidmap":                         {},
		"usr/bin/frobnicate":                        {},
	}
	for _, name := range types {
		files["proc/self/ns/"+name] = &fstest.MapFile{}
		files["proc/sys/user/max_"+name+"_namespaces"] = &fstest.MapFile{Data: []byte("15407\n")}
	}
	for _, p := range programs {
		files["usr/bin/"+p.name] = &fstest.MapFile{}
	}
	return files
}

func TestParseKernel(t *testing.T) {
	for _, tt := range []struct {
		release string
		want    version
		ok      bool
	}{
		{"6.18.44-fc", version{6, 18}, true},
		{"5.14.0-427.el9.x86_64", version{5, 14}, true},
		{"6.8-rc1", version{6, 8}, true},
		{"7.0", version{7, 0}, true},
		{"six", version{}, false},
		{"6", version{}, false},
		{"", version{}, false},
	} {
		if got, ok := parseKernel(tt.release); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseKernel(%q) = %v, %v, want %v, %v", tt.release, got, ok, tt.want, tt.ok)
		}
	}
}

// TestToolsList holds the table of programs and the list that the image, the
// virtual machine and the tests install against each other.
func TestToolsList(t *testing.T) {
	text, err := os.ReadFile("../../deploy/tools.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line, _, _ = strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			listed[strings.TrimSpace(line)] = true
		}
	}
	for _, p := range programs {
		if !listed[p.debian] {
			t.Errorf("deploy/tools.txt lacks %s, which brings %s", p.debian, p.name)
		}
	}
}

func FuzzParseMounts(f *testing.F) {
	f.Add("21 28 0:20 / /proc rw,relatime shared:12 - proc proc rw\n")
	f.Add("1 2 3:4 - - - - - -\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range parseMounts(text) {
			if m.point == "" || m.fstype == "" {
				t.Errorf("parseMounts(%q) has a mount without a point or a type: %+v", text, m)
			}
		}
	})
}
