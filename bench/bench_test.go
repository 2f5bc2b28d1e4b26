//go:build linux

package main

import (
	"fmt"
	"os"
	"testing"

	"example.org/nslab/sandbox"
)

// TestMain runs the benchmarks as the program itself runs: with CAP_SYS_ADMIN in a
// user namespace, which an ordinary user's make first.
func TestMain(m *testing.M) {
	done, status, err := sandbox.InUserNamespace()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// open opens a host without a pool.
func open(b *testing.B) *sandbox.Host {
	b.Helper()
	host, err := sandbox.Open(b.Context(), sandbox.Options{MaxSandboxes: 8})
	if err != nil {
		b.Skipf("no sandboxes here: %v", err)
	}
	b.Cleanup(func() { host.Close() })
	return host
}

// take takes a sandbox that lasts as long as the benchmark.
func take(b *testing.B, host *sandbox.Host) *sandbox.Sandbox {
	b.Helper()
	s, err := host.Take(b.Context())
	if err != nil {
		b.Fatalf("take a sandbox: %v", err)
	}
	b.Cleanup(func() { end(s) })
	return s
}

// shell starts a shell and returns a client of its terminal, at the first prompt.
func shell(b *testing.B, s *sandbox.Sandbox) (*sandbox.Shell, *sandbox.Attachment) {
	b.Helper()
	sh, err := s.StartShell(b.Context(), sandbox.ShellSpec{})
	if err != nil {
		b.Fatalf("start a shell: %v", err)
	}
	a := sh.Terminal().Attach(sandbox.AttachOptions{Offset: -1})
	b.Cleanup(a.Close)
	if err := read(b.Context(), a, prompt); err != nil {
		b.Fatalf("wait for the prompt: %v", err)
	}
	return sh, a
}

// BenchmarkBoot boots a sandbox and ends it: half of it is the kernel's taking
// apart of namespaces.
func BenchmarkBoot(b *testing.B) {
	host := open(b)
	end(take(b, host)) // the one that Open has booted
	for b.Loop() {
		s, err := host.Take(b.Context())
		if err != nil {
			b.Fatalf("boot: %v", err)
		}
		b.StopTimer()
		end(s)
		b.StartTimer()
	}
}

// BenchmarkShell starts a shell in a booted sandbox, up to its first prompt.
func BenchmarkShell(b *testing.B) {
	s := take(b, open(b))
	for b.Loop() {
		sh, a := shell(b, s)
		b.StopTimer()
		if err := a.Write(b.Context(), []byte("exit\r")); err != nil {
			b.Fatalf("end the shell: %v", err)
		}
		<-sh.Done()
		b.StartTimer()
	}
}

// BenchmarkSnapshot reads the state of a sandbox with 50 processes.
func BenchmarkSnapshot(b *testing.B) {
	s := take(b, open(b))
	if err := fillUp(b.Context(), s); err != nil {
		b.Fatalf("fill the sandbox: %v", err)
	}
	for b.Loop() {
		if _, err := s.Snapshot(b.Context()); err != nil {
			b.Fatalf("snapshot: %v", err)
		}
	}
}

// BenchmarkTerminal reads output through a Terminal, without any network.
func BenchmarkTerminal(b *testing.B) {
	_, a := shell(b, take(b, open(b)))
	b.SetBytes(burst)
	for b.Loop() {
		if err := a.Write(b.Context(), fmt.Appendf(nil, "head -c %d /dev/zero | tr '\\0' x; echo do''ne\r", burst)); err != nil {
			b.Fatalf("type: %v", err)
		}
		if err := read(b.Context(), a, "done\r\n"); err != nil {
			b.Fatalf("wait for the output: %v", err)
		}
	}
}
