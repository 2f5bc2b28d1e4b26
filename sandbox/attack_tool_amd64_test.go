//go:build linux

package sandbox

import (
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// toolInt80 asks for getpid(2) by the convention of i386, whose numbers mean
// other calls.
func toolInt80([]string) error {
	// mov $20, %eax; int $0x80; ret: Go expects results in AX.
	code := []byte{0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3}
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	copy(page, code)
	entry := &page[0]
	function := &entry // a func value points to where the code's address is
	call := *(*func() int32)(unsafe.Pointer(&function))
	runtime.LockOSThread()
	if n := call(); n < 0 {
		return unix.Errno(-n)
	}
	return nil
}

// toolTraced has a child call getpid(2) and makes io_uring_setup(2) of it on
// its way into the kernel.
func toolTraced([]string) error {
	runtime.LockOSThread()
	cmd := exec.Command("/bin/bash", "-c", "exit 0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	pid := cmd.Process.Pid
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	defer unix.Kill(pid, unix.SIGKILL) // our own child, not yet reaped
	// The next call that bash makes becomes another.
	if err := unix.PtraceSyscall(pid, 0); err != nil {
		return err
	}
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &regs); err != nil {
		return err
	}
	regs.Orig_rax, regs.Rdi, regs.Rsi = unix.SYS_IO_URING_SETUP, 1, 0
	if err := unix.PtraceSetRegs(pid, &regs); err != nil {
		return err
	}
	if err := unix.PtraceSyscall(pid, 0); err != nil {
		return err
	}
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		return err
	}
	if err := unix.PtraceGetRegs(pid, &regs); err != nil {
		return err
	}
	// EFAULT: the kernel's io_uring looked for its parameters.
	if errno := unix.Errno(-int64(regs.Rax)); errno != unix.EFAULT {
		return errno
	}
	return nil
}

// becomeSleep makes init execute sleep(1), so that nothing runs from the memfd
// any more. The kernel lets a learner's root trace it.
func becomeSleep() error {
	runtime.LockOSThread()
	if err := unix.PtraceSeize(1); err != nil {
		return err
	}
	if err := unix.PtraceInterrupt(1); err != nil {
		return err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(1, &status, unix.WALL, nil); err != nil {
		return err
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(1, &regs); err != nil {
		return err
	}
	// It waits in a system call: the instruction before is SYSCALL.
	stack := (regs.Rsp - 4096) &^ 0xf
	data := make([]byte, 64)
	copy(data, "/bin/sleep\x00")
	copy(data[16:], "20\x00")
	for i, p := range []uint64{stack, stack + 16, 0} {
		*(*uint64)(unsafe.Pointer(&data[32+8*i])) = p
	}
	if _, err := unix.PtracePokeData(1, uintptr(stack), data); err != nil {
		return err
	}
	regs.Rip -= 2
	regs.Rax, regs.Orig_rax = unix.SYS_EXECVE, ^uint64(0)
	regs.Rdi, regs.Rsi, regs.Rdx = stack, stack+32, 0
	if err := unix.PtraceSetRegs(1, &regs); err != nil {
		return err
	}
	return unix.PtraceDetach(1)
}

// withRegisters are attacks that change a process's registers, which are
// written for one architecture.
var withRegisters = condition{"amd64", func(*grounds) string { return "" }}
