//go:build linux

package sandbox

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"example.org/nslab/sandbox/snapshot"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Limits on what is kept of one net namespace: a learner can make thousands
// of links, a page cannot draw them.
const (
	maxInterfaces = 256
	maxRoutes     = 256
)

// facts reads what each namespace isolates.
func (r *reader) facts() {
	ids := r.s.host.ids
	for key, sp := range r.spaces {
		if sp.member == 0 {
			continue
		}
		dir := strconv.Itoa(sp.member)
		var err error
		switch key.t {
		case snapshot.USER:
			for name, to := range map[string]*[]snapshot.IDMap{"uid_map": &sp.UIDMap, "gid_map": &sp.GIDMap} {
				if r.buf, err = r.s.proc.read(dir+"/"+name, r.buf[:0]); err == nil {
					*to, _ = parseIDMap(r.buf, ids.first, ids.each) // the kernel's own format
				}
			}
		case snapshot.TIME:
			if r.buf, err = r.s.proc.read(dir+"/timens_offsets", r.buf[:0]); err == nil {
				sp.Offsets, _ = parseOffsets(r.buf) // the kernel's own format
			}
		}
	}
	r.visit()
}

// visited is what a visit found out about one namespace.
type visited struct {
	hostname   string
	interfaces []snapshot.Interface
	routes     []snapshot.Route
}

// visit enters the uts and net namespaces in turn, and reads the command lines,
// which are in memory that a learner may have mapped from a file system of
// their own. The job works on copies: if it hangs, it is left behind with them.
func (r *reader) visit() {
	root, err := unix.FcntlInt(uintptr(r.s.proc.root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return
	}
	unread := r.withoutArgs()
	pids := make([]int, len(unread))
	for i, p := range unread {
		pids[i] = p.PID
	}
	fds := map[nsKey]int{}
	for key, sp := range r.spaces {
		if (key.t != snapshot.UTS && key.t != snapshot.NET) || sp.fd < 0 {
			continue
		}
		if fd, err := unix.FcntlInt(uintptr(sp.fd), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			fds[key] = fd
		}
	}
	type result struct {
		facts map[nsKey]visited
		args  [][]string
	}
	found := make(chan result, 1)
	err = r.s.visit(func() {
		all, args := map[nsKey]visited{}, readArgs(procfs{root}, pids)
		deadline := visitDeadline()
		nets := map[uint64]int{}
		for key, fd := range fds {
			if key.t == snapshot.NET {
				nets[key.inode] = fd
			}
		}
		for key, fd := range fds {
			if pastDeadline(deadline) {
				break
			}
			var v visited
			var err error
			if key.t == snapshot.UTS {
				v.hostname, err = utsName(fd)
			} else {
				nets[key.inode] = -1 // "here" for peerNamespace
				v.interfaces, v.routes, err = netFacts(fd, nets, deadline)
				nets[key.inode] = fd
			}
			if err == nil { // else it is ending
				all[key] = v
			}
		}
		found <- result{all, args}
	}, func() {
		unix.Close(root)
		for _, fd := range fds {
			unix.Close(fd)
		}
	})
	if err != nil {
		return
	}
	is := <-found
	for i, args := range is.args {
		unread[i].Args = args
		r.rememberArgs(*unread[i])
	}
	for key, v := range is.facts {
		sp := r.spaces[key]
		sp.Hostname, sp.Interfaces, sp.Routes = v.hostname, v.interfaces, v.routes
	}
}

// readArgs reads the command line of each process. Visitor only.
func readArgs(p procfs, pids []int) [][]string {
	all := make([][]string, len(pids))
	var buf []byte
	for i, pid := range pids {
		var err error
		if buf, err = p.read(strconv.Itoa(pid)+"/cmdline", buf[:0]); err != nil {
			buf = buf[:0] // it has just ended
		}
		all[i] = splitArgs(buf)
	}
	return all
}

// utsName returns the hostname of the uts namespace at fd. Visitor only.
func utsName(fd int) (string, error) {
	if err := unix.Setns(fd, unix.CLONE_NEWUTS); err != nil {
		return "", fmt.Errorf("setns uts: %w", err)
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	return unix.ByteSliceToString(u.Nodename[:]), nil
}

// netFacts returns the interfaces and routes of the net namespace at fd.
// others are the other net namespaces of the snapshot, by inode, in which a
// veth's peer may be. Visitor only. See rtnetlink(7).
func netFacts(fd int, others map[uint64]int, deadline time.Time) ([]snapshot.Interface, []snapshot.Route, error) {
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return nil, nil, fmt.Errorf("setns net: %w", err)
	}
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, nil, fmt.Errorf("netlink: %w", err)
	}
	defer h.Close()
	if err := h.SetSocketTimeout(visitTimeout / 2); err != nil {
		return nil, nil, fmt.Errorf("netlink: %w", err)
	}
	links, err := h.LinkList()
	if err != nil {
		return nil, nil, fmt.Errorf("list links: %w", err)
	}
	if len(links) > maxInterfaces {
		links = links[:maxInterfaces]
	}
	if pastDeadline(deadline) {
		return nil, nil, errVisitStuck
	}
	addrs, err := h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, nil, fmt.Errorf("list addresses: %w", err)
	}
	byLink := map[int][]string{}
	for _, a := range addrs {
		byLink[a.LinkIndex] = append(byLink[a.LinkIndex], a.IPNet.String())
	}
	names := map[int]string{}
	var interfaces []snapshot.Interface
	for _, l := range links {
		a := l.Attrs()
		names[a.Index] = a.Name
		i := snapshot.Interface{
			Index: a.Index, Name: a.Name, Up: a.Flags&net.FlagUp != 0,
			Carrier: a.OperState == netlink.OperUp || (a.Flags&net.FlagLoopback != 0 && a.Flags&net.FlagUp != 0),
			Addrs:   byLink[a.Index], Master: a.MasterIndex,
		}
		if a.Flags&net.FlagLoopback == 0 {
			i.Kind, i.MAC = l.Type(), a.HardwareAddr.String()
		}
		if l.Type() == "veth" {
			i.Peer = a.ParentIndex
			i.PeerNS = peerNamespace(h, a.NetNsID, others)
		}
		interfaces = append(interfaces, i)
	}
	if pastDeadline(deadline) {
		return nil, nil, errVisitStuck
	}
	routes, err := h.RouteList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, nil, fmt.Errorf("list routes: %w", err)
	}
	return interfaces, plainRoutes(routes, names), nil
}

// peerNamespace finds the namespace that the kernel calls id from where h is;
// 0 when it is not among others. A negative id means this very namespace.
func peerNamespace(h *netlink.Handle, id int, others map[uint64]int) uint64 {
	if id < 0 {
		for inode, fd := range others {
			if fd < 0 { // the one we are in
				return inode
			}
		}
		return 0
	}
	for inode, fd := range others {
		if fd < 0 {
			continue
		}
		if got, err := h.GetNetNsIdByFd(fd); err == nil && got == id {
			return inode
		}
	}
	return 0
}

// plainRoutes keeps the unicast routes that a person would list.
func plainRoutes(routes []netlink.Route, names map[int]string) []snapshot.Route {
	var all []snapshot.Route
	for _, r := range routes {
		if r.Type != unix.RTN_UNICAST || len(all) == maxRoutes {
			continue
		}
		p := snapshot.Route{Dst: "default", Dev: names[r.LinkIndex]}
		if r.Dst != nil {
			if ones, _ := r.Dst.Mask.Size(); ones > 0 || !r.Dst.IP.IsUnspecified() {
				p.Dst = r.Dst.String()
			}
		}
		if r.Gw != nil {
			p.Via = r.Gw.String()
		}
		all = append(all, p)
	}
	return all
}

// visitDeadline is when a visit to one sandbox's namespaces must stop, so that
// it is not taken for one that hangs.
func visitDeadline() time.Time { return time.Now().Add(visitTimeout / 2) }

func pastDeadline(t time.Time) bool { return time.Now().After(t) }
