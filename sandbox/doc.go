// Package sandbox boots sandboxes, clones shells in them and reads their
// state. It knows nothing of lessons or of HTTP.
//
// # The life of a sandbox
//
// A Host prepares once: it copies its own binary into a sealed memfd and, on
// one thread that lives as long as the Host (the boot thread), makes a small
// mount namespace whose root is the template: the system's /usr read-only, the
// device nodes, the files of /etc. The host's other files are not in it.
//
// To boot a sandbox the boot thread clones with CLONE_NEWUSER, NEWNS, NEWPID,
// NEWNET, NEWUTS and NEWIPC, into a cgroup with the sandbox's limits where there
// are cgroups, unshares NEWTIME where exec enters it, and executes the memfd. What
// runs then is package pid1: it builds a root of tmpfs around the template's
// mounts, pivots into it, and hands the server a procfs that is mounted nowhere.
// Some sandboxes wait like this in the pool.
//
// A learner takes one. StartShell asks its init for a shell: a pty, and a
// bash cloned on it with exactly the namespace flags of the lesson. The pty's
// master comes back over the control socket, and a Terminal drains it for as
// long as the shell lives. Snapshot reads the state from outside.
//
// The kernel's cgroups bound what it takes, or a watchdog in the server where
// there are none; Notices tells the learner when a limit strikes.
//
// A sandbox ends when End is called, when its init dies, or when the server
// does, however it does: init has the boot thread for its parent, asks the
// kernel for SIGKILL at that thread's death, and exits when the control socket
// closes. With PID 1 the kernel ends every process of the sandbox, and with
// the last process its namespaces and mounts. Nothing is left on disk, because
// nothing was ever there.
//
// # Who is trusted
//
// The host, the binary, and init until a learner's first instruction. After
// that nobody in the sandbox, init included: a learner is root there and can
// change it with ptrace(2).
package sandbox
