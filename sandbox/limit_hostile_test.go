//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long a limit may take to strike on a slow and busy machine.
const patience = time.Minute

// told waits for the sentence that a learner is told, as a notice or as the
// reason of the sandbox's end.
func told(t *testing.T, s *Sandbox) (sentence string, ended bool) {
	t.Helper()
	select {
	case n := <-s.Notices():
		return n, false
	case <-s.Done():
		r, _ := s.Ended()
		return r.Detail, true
	case <-time.After(patience):
		t.Fatal("the learner is told nothing")
		return "", false
	}
}

// calmly types into another sandbox until stop is closed, and fails if it does
// not answer.
func calmly(t *testing.T, h *Host) (stop func()) {
	t.Helper()
	_, ty := startFor(t, takeFor(t, h))
	done, finished := make(chan struct{}), make(chan struct{})
	var slowest time.Duration
	go func() {
		defer close(finished)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			began := time.Now()
			// Not run: a test may only be failed from its own goroutine.
			word := fmt.Sprintf("calm-%d", i)
			if err := ty.a.Write(context.Background(), []byte("echo '"+word[:5]+"'"+word[5:]+"\r")); err != nil || !ty.sees(word+"\r\n") {
				t.Errorf("another sandbox's shell does not answer (%v)", err)
				return
			}
			slowest = max(slowest, time.Since(began))
		}
	}()
	return func() {
		t.Helper()
		close(done)
		<-finished
		t.Logf("another sandbox answered within %v", slowest)
	}
}

// sees reads until the output holds text, or reports false.
func (ty *typist) sees(text string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !strings.Contains(ty.seen.String(), text) {
		c, err := ty.a.Next(ctx)
		if err != nil {
			return false
		}
		ty.seen.Write(c.Data)
		ty.a.Ack(c.Offset + int64(len(c.Data)))
	}
	ty.seen.Reset()
	return true
}

// TestHostileIsTold runs what takes without end, and demands that a cgroup or the
// watchdog stops it with one sentence, and that another sandbox goes on.
func TestHostileIsTold(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct {
		name, command string
		ids           int    // it needs
		cgroup        string // what the learner is told
		watchdog      string
	}{
		{
			name: "hogs memory in many processes", command: "for i in $(seq 12); do tail /dev/zero & done",
			cgroup: "ran out of memory", watchdog: "more memory than it may",
		},
		{
			name: "hogs memory in files", command: "mount -t tmpfs -o size=8g hog /mnt; cat /dev/zero >/mnt/fill",
			cgroup: "ran out of memory", watchdog: "more memory than it may",
		},
		{
			name: "mounts without end", ids: 1,
			command:  "mkdir -p /mnt/a /mnt/b; mount -t tmpfs x /mnt/a; for i in $(seq 16); do mkdir -p /mnt/a/$i; mount --rbind /mnt/a /mnt/a/$i; done",
			watchdog: "more mounts",
		},
		{
			name: "forks as many users", ids: 65000,
			command: "for u in $(seq 2000 2007); do setpriv --reuid $u --clear-groups perl -e 'for (1..450) { fork || sleep 1000 } sleep 1000' & done >/dev/null 2>&1",
			cgroup:  "as many processes as it may have", watchdog: "more processes than it may",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.cgroup
			if h.cgroups == nil {
				want = tt.watchdog
			}
			if h.ids.each < tt.ids || want == "" {
				t.Skip("nothing strikes here")
			}
			defer calmly(t, h)()
			s := takeFor(t, h)
			_, ty := startFor(t, s)
			began := time.Now()
			ty.keys(tt.command + "\r")
			got, ended := told(t, s)
			t.Logf("after %v: %q, ended: %v", time.Since(began).Round(time.Millisecond), got, ended)
			if !strings.Contains(got, want) {
				t.Errorf("the learner is told %q, want something with %q", got, want)
			}
		})
	}
}

// TestHostileIsRefused runs what the kernel refuses at a limit, and demands that
// it does, and that another sandbox still gets what it asks for.
func TestHostileIsRefused(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct {
		name, command string
		most          int // what the last line may say
		other, want   string
	}{
		{
			"makes net namespaces without end", "for i in $(seq 200); do ip netns add n$i 2>/dev/null || break; done; ls /run/netns | wc -l", 128,
			"ip netns add mine && ls /run/netns", "mine\n",
		},
		{
			"watches files without end",
			`for i in $(seq 40); do tail -f /etc/hostname >/dev/null 2>>/tmp/err & done; sleep 2; echo $((40 - $(grep -c reverting /tmp/err))); kill $(jobs -p)`, 24, // 16, and those that are still starting
			"timeout 0.3 tail -f /etc/hostname 2>&1", "lab\n",
		},
		{
			"opens terminals without end", `ulimit -n 4096; perl -e 'for (1..2000) { open($f[$_], "+<", "/dev/ptmx") || last; $n++ } print "$n\n"'`, 256,
			"script -qc 'echo fine' /dev/null", "fine\n",
		},
		{
			"opens files without end", `ulimit -n unlimited 2>/dev/null; ulimit -n $(ulimit -Hn); perl -e 'for (1..9000) { open($f[$_], "<", "/dev/null") || last; $n++ } print "$n\n"'`, 4096,
			"cat /etc/hostname", "lab\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, ty := startFor(t, takeFor(t, h))
			lines := strings.Fields(ty.run(tt.command + " 2>/dev/null"))
			if len(lines) == 0 {
				t.Fatal("it says nothing")
			}
			n, err := strconv.Atoi(lines[len(lines)-1])
			if err != nil || n < 2 || n > tt.most {
				t.Errorf("it has got %v of them (%v), more than %d", lines, err, tt.most)
			}
			_, calm := startFor(t, takeFor(t, h))
			if got := calm.run(tt.other); got != tt.want {
				t.Errorf("another sandbox is told %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRelieve demands that the sandbox which has most of what the host is short
// of is ended, and no other.
func TestRelieve(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct {
		name, command string
		state         hostState
		want          string // "": it stays
	}{
		{"with enough of everything", "true", hostState{available: 1 << 30, ptys: 10, mostPTYs: 4096}, ""},
		{"of memory, taken by others", "true", hostState{available: 1 << 20}, ""},
		{"of memory", `cat /dev/zero | head -c 60m >/tmp/fill; sleep 1.5`, hostState{available: 1 << 20}, endedHost},
		{"of terminals", `perl -e 'for (1..100) { open($f[$_], "+<", "/dev/ptmx") } print "ok\n"; sleep 100' & sleep 1`, hostState{ptys: 3000, mostPTYs: 4096}, endedPTYs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, other := takeFor(t, h), takeFor(t, h)
			_, ty := startFor(t, s)
			ty.run(tt.command)
			h.relieve(tt.state)
			r, ended := s.Ended()
			if r.Detail != tt.want || ended != (tt.want != "") {
				t.Errorf("it ended: %v, %+v; want %q", ended, r, tt.want)
			}
			if r, ended := other.Ended(); ended {
				t.Errorf("another one ended: %+v", r)
			}
		})
	}
}

// TestRoom refuses boots before the host is in trouble.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		available uint64
		want      error
	}{{0, nil}, {hostReserve - 1, ErrNoMemory}, {hostReserve, nil}} {
		if got := (hostState{available: tt.available}).room(); got != tt.want {
			t.Errorf("with %d bytes: %v, want %v", tt.available, got, tt.want)
		}
	}
}

// TestInitOutOfMemory has the kernel choose init, and demands that the sandbox's
// end says why.
func TestInitOutOfMemory(t *testing.T) {
	h := openHostFor(t, Options{})
	if h.cgroups == nil {
		t.Skipf("no cgroups here: %s", h.noCgroups)
	}
	s := takeFor(t, h)
	_, ty := startFor(t, s)
	ty.keys("echo 1000 >/proc/1/oom_score_adj; mount -t tmpfs -o size=8g hog /mnt; cat /dev/zero >/mnt/fill\r")
	for {
		if got, ended := told(t, s); ended {
			if want := fmt.Sprintf(endedMemory, memoryText); got != want {
				t.Errorf("it ended with %q, want %q", got, want)
			}
			return
		}
	}
}
