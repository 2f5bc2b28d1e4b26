//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// shellEnv is the environment of a sandbox's shell, so that the shells that are
// compared with do the same work.
var shellEnv = []string{
	"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/bash",
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "NSLAB_SHELL=shell", "NSLAB_NS=",
}

// bashrc is the .bashrc that every sandbox has.
func bashrc() (string, error) {
	path, err := filepath.Abs("sandbox/etc/bashrc")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return "", fmt.Errorf("the sandboxes' .bashrc: %w (run this in the source tree)", err)
	}
	return path, nil
}

// plainBash starts the same bash as a sandbox's, with the same environment and the
// same .bashrc, on a pty and in no sandbox. With --rcfile bash passes over
// /etc/bash.bashrc, which a sandbox has not got.
func plainBash(ctx context.Context) (*terminal, error) {
	rc, err := bashrc()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "/bin/bash", "--rcfile", rc, "-i")
	cmd.Env = shellEnv
	cmd.Dir = "/"
	return spawn(cmd)
}

// bubblewrap starts the same bash in the namespaces that bwrap knows (a time
// namespace is not among them), with the same kinds of mounts as a sandbox has, as
// far as bwrap can make them (sysfs it cannot).
func bubblewrap(ctx context.Context) (*terminal, error) {
	rc, err := bashrc()
	if err != nil {
		return nil, err
	}
	args := []string{
		"--unshare-user", "--unshare-all", "--uid", "0", "--gid", "0", "--hostname", "lab", "--die-with-parent",
		"--ro-bind", "/usr", "/usr", "--tmpfs", "/usr/local",
		"--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue",
		"--tmpfs", "/tmp", "--tmpfs", "/run", "--tmpfs", "/dev/shm",
		"--dir", "/root", "--ro-bind", rc, "/root/.bashrc", "--chdir", "/root",
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if target, err := os.Readlink("/" + name); err == nil {
			args = append(args, "--symlink", target, "/"+name)
		} else if _, err := os.Stat("/" + name); err == nil {
			args = append(args, "--ro-bind", "/"+name, "/"+name)
		}
	}
	for _, name := range []string{"passwd", "group", "nsswitch.conf", "ld.so.cache"} {
		args = append(args, "--ro-bind-try", "/etc/"+name, "/etc/"+name)
	}
	cmd := exec.CommandContext(ctx, "bwrap", append(args, "--", "/bin/bash")...)
	cmd.Env = shellEnv
	return spawn(cmd)
}

// imageEnv names the image for `docker run`.
const imageEnv = "NSLAB_BENCH_IMAGE"

// dockerImage returns the image to run, or why there is none. Nothing is pulled.
func dockerImage(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("docker"); err != nil {
		return "", errors.New("there is no docker here")
	}
	if err := exec.CommandContext(ctx, "docker", "version").Run(); err != nil {
		return "", errors.New("no docker engine answers")
	}
	image := os.Getenv(imageEnv)
	if image == "" {
		image = "debian:bookworm-slim"
	}
	if err := exec.CommandContext(ctx, "docker", "image", "inspect", image).Run(); err != nil {
		return "", fmt.Errorf("the engine has no image %s (pull it, or name another in %s)", image, imageEnv)
	}
	return image, nil
}

// dockerRun returns what starts a bash by `docker run`. Without a network, which
// is docker's quickest way.
func dockerRun(image string) func(context.Context) (*terminal, error) {
	return func(ctx context.Context) (*terminal, error) {
		cmd := exec.CommandContext(ctx, "docker", "run", "--rm", "-it", "--network=none", image, "bash")
		cmd.Env = append(os.Environ(), "TERM=xterm-256color")
		t, err := spawn(cmd)
		if err != nil {
			return nil, err
		}
		kill := t.close
		t.close = func() {
			if t.keys("exit\r") == nil { // killed, it would leave the container
				t.drain()
			}
			kill()
		}
		return t, nil
	}
}

// missing reports the first of the programs that is not there; "" if all are.
func missing(programs ...string) string {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return "there is no " + strings.TrimSpace(p) + " here"
		}
	}
	return ""
}
