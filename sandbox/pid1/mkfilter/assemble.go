//go:build linux

package main

import (
	"maps"
	"slices"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data. See seccomp(2).
const (
	offsetNumber = 0
	offsetArch   = 4
)

// filterFor assembles the filter for one architecture.
//
// Numbers come first and arguments only after their number has matched: the
// kernel then knows without running the filter that it allows read, write and
// most others whatever their arguments (SECCOMP_CACHE, Linux 5.11), so that
// they cost what they did before.
func filterFor(info *arch.Info) ([]bpf.Instruction, error) {
	deny := func(e unix.Errno) uint32 { return uint32(seccomp.ActionErrno) | uint32(e) }
	load := func(offset uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: offset, Size: 4} }
	// A number means another call for another ABI: a 32-bit program finds a
	// kernel that has not got its.
	head := []bpf.Instruction{
		load(offsetArch),
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(info.ID), SkipTrue: 1},
		bpf.RetConstant{Val: deny(unix.ENOSYS)},
		load(offsetNumber),
	}
	if info.ID == arch.X86_64.ID { // x32 has the same ID and a bit in the number
		head = append(head,
			bpf.JumpIf{Cond: bpf.JumpLessThan, Val: uint32(arch.X32.SeccompMask), SkipTrue: 1},
			bpf.RetConstant{Val: deny(unix.ENOSYS)})
	}

	p := seccomp.NewProgram()
	returns := map[unix.Errno]seccomp.Label{}
	refuse := func(e unix.Errno) seccomp.Label {
		if _, ok := returns[e]; !ok {
			returns[e] = p.NewLabel()
		}
		return returns[e]
	}
	argument := func(call string, n uint32, rule func()) {
		next := p.NewLabel()
		p.JmpIfTrue(bpf.JumpNotEqual, uint32(info.SyscallNames[call]), next)
		// The low half alone: the kernel takes these arguments for int and
		// never sees the other.
		p.LdLo(n)
		rule()
		p.SetLabel(next)
	}
	argument("ioctl", 1, func() {
		for _, command := range refusedIoctls {
			p.JmpIfTrue(bpf.JumpEqual, command, refuse(unix.EPERM))
		}
		p.Ret(seccomp.ActionAllow)
	})
	for _, call := range []string{"socket", "socketpair"} {
		argument(call, 0, func() {
			allow := p.NewLabel()
			for _, family := range socketFamilies {
				p.JmpIfTrue(bpf.JumpEqual, family, allow)
			}
			p.Ret(seccomp.Action(deny(unix.EAFNOSUPPORT)))
			p.SetLabel(allow)
			p.Ret(seccomp.ActionAllow)
		})
	}
	argument("personality", 0, func() {
		allow := p.NewLabel()
		p.JmpIfTrue(bpf.JumpEqual, askPersonality, allow)
		p.JmpIfTrue(bpf.JumpBitsSet, ^uint32(personalities), refuse(unix.EPERM))
		p.SetLabel(allow)
		p.Ret(seccomp.ActionAllow)
	})
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		if number, ok := info.SyscallNames[name]; ok {
			p.JmpIfTrue(bpf.JumpEqual, uint32(number), refuse(refused[name]))
		}
	}
	p.Ret(seccomp.ActionAllow)
	for _, e := range slices.Sorted(maps.Keys(returns)) {
		p.SetLabel(returns[e])
		p.Ret(seccomp.Action(deny(e)))
	}
	body, err := p.Assemble()
	return append(head, body...), err
}
