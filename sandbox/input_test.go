//go:build linux

package sandbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestInputAndOutput types much at programs that echo it, or that do not read
// at all, as a client does that acknowledges output while it types.
func TestInputAndOutput(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, tt := range []struct{ name, command, paste, after, want string }{
		{"at a program that echoes it", "cat | md5sum", strings.Repeat("yyyyyyyyyyyyyyy\n", 64<<10), "\x04", "c2dfbfca8872633adc97ecc289fd4a9e"},
		{"at one that does not read, and ends it by ^C", "sleep 1000", strings.Repeat("z\n", 40<<10), "\x03", ""},
		{"at one that floods, and ends it by ^C", "yes", strings.Repeat("abc\n", 10<<10), "\x03", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := takeFor(t, h)
			_, ty := startFor(t, s)
			ty.keys(tt.command + "\r")
			if tt.command == "yes" {
				ty.until("y\r\ny\r\n")
			} else {
				ty.until(tt.command)
				eventually(t, "the program runs", func() bool {
					for _, p := range snapshotFor(t, s).Processes {
						if p.Foreground && p.Comm == strings.Fields(tt.command)[0] {
							return true
						}
					}
					return false
				})
			}
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			done := make(chan error, 1)
			go func() {
				if err := ty.a.Write(ctx, []byte(tt.paste)); err != nil {
					done <- fmt.Errorf("paste: %w", err)
					return
				}
				done <- ty.a.Write(ctx, []byte(tt.after))
			}()
			if tt.want == "" {
				// What the kernel held for the program may still be typed at the
				// prompt; then there is one that answers.
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				ty.keys("\x03\recho al''ive\r")
				ty.until("alive\r\n")
				return
			}
			ty.until(tt.want)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestShellLeavesJobs ends a shell while a background job keeps its terminal,
// silent or not, and demands that the terminal ends too.
func TestShellLeavesJobs(t *testing.T) {
	h := openHostFor(t, Options{})
	for _, job := range []string{"sleep 1000 &", "trap '' HUP; (while :; do echo spam; done) &", "nohup sleep 1000 >/dev/null 2>&1 &"} {
		s := takeFor(t, h)
		sh, ty := startFor(t, s)
		ty.keys(job + " echo la''st; exit 3\r")
		ty.until("last\r\n")
		<-sh.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		for {
			c, err := ty.a.Next(ctx)
			if err != nil {
				if ctx.Err() != nil {
					t.Errorf("%s: the terminal does not end", job)
				}
				break
			}
			ty.a.Ack(c.Offset + int64(len(c.Data)))
		}
		cancel()
		if e, _ := sh.Exit(); e.Code != 3 {
			t.Errorf("%s: it ended with %+v", job, e)
		}
	}
}
