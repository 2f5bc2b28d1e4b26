package labs

import (
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"

	"example.org/nslab/sandbox/snapshot"
)

// netif is a network interface with the namespace that it is in.
type netif struct {
	*snapshot.Interface
	ns *namespace
}

func (i *netif) value() ref.Val { return &object{interfaceClass, i} }

var (
	interfaceClass = newClass("interface", func(a, b *netif) bool { return a.Interface == b.Interface },
		func(i *netif) string { return i.Name })
	routeClass = newClass("route", func(a, b *snapshot.Route) bool { return *a == *b },
		func(r *snapshot.Route) string { return r.Dst })
	mountClass = newClass("mount", func(a, b *snapshot.Mount) bool { return a.ID == b.ID },
		func(m *snapshot.Mount) string { return m.Path })
	idmapClass = newClass("idmap", func(a, b *snapshot.IDMap) bool { return *a == *b }, nil)
)

func defineFacts() {
	c := interfaceClass
	define(c, "name", cel.StringType, func(i *netif) any { return i.Name })
	define(c, "kind", cel.StringType, func(i *netif) any { return i.Kind })
	define(c, "mac", cel.StringType, func(i *netif) any { return i.MAC })
	define(c, "index", cel.IntType, func(i *netif) any { return i.Index })
	define(c, "up", cel.BoolType, func(i *netif) any { return i.Up })
	define(c, "carrier", cel.BoolType, func(i *netif) any { return i.Carrier })
	define(c, "addrs", cel.ListType(cel.StringType), func(i *netif) any { return stringsOf(i.Addrs) })
	defineMaybe(c, "peer", c.typ, func(i *netif) (any, error) { return valueOf(i.peer()) })
	defineMaybe(c, "peerNs", namespaceClass.typ, func(i *netif) (any, error) { return valueOf(i.peerNS()) })
	defineMaybe(c, "master", c.typ, func(i *netif) (any, error) { return valueOf(i.ns.indexed(i.Master)) })

	c = routeClass
	define(c, "dst", cel.StringType, func(r *snapshot.Route) any { return r.Dst })
	define(c, "via", cel.StringType, func(r *snapshot.Route) any { return r.Via })
	define(c, "dev", cel.StringType, func(r *snapshot.Route) any { return r.Dev })

	c = mountClass
	define(c, "id", cel.IntType, func(m *snapshot.Mount) any { return m.ID })
	define(c, "parent", cel.IntType, func(m *snapshot.Mount) any { return m.Parent })
	define(c, "dev", cel.StringType, func(m *snapshot.Mount) any { return m.Dev })
	define(c, "root", cel.StringType, func(m *snapshot.Mount) any { return m.Root })
	define(c, "path", cel.StringType, func(m *snapshot.Mount) any { return m.Path })
	define(c, "fsType", cel.StringType, func(m *snapshot.Mount) any { return m.FSType })
	define(c, "source", cel.StringType, func(m *snapshot.Mount) any { return m.Source })
	define(c, "options", cel.StringType, func(m *snapshot.Mount) any { return m.Options })
	define(c, "propagation", cel.StringType, func(m *snapshot.Mount) any { return m.Propagation })
	define(c, "shared", cel.BoolType, func(m *snapshot.Mount) any { return propagates(m, "shared:") })
	define(c, "slave", cel.BoolType, func(m *snapshot.Mount) any { return propagates(m, "master:") })

	c = idmapClass
	define(c, "inside", cel.IntType, func(m *snapshot.IDMap) any { return int64(m.Inside) })
	define(c, "outside", cel.IntType, func(m *snapshot.IDMap) any { return int64(m.Outside) })
	define(c, "length", cel.IntType, func(m *snapshot.IDMap) any { return int64(m.Length) })
}

// propagates says whether mountinfo has an optional field with that prefix.
// See mount_namespaces(7), "Shared subtrees".
func propagates(m *snapshot.Mount, tag string) bool {
	return slices.ContainsFunc(strings.Fields(m.Propagation), func(f string) bool { return strings.HasPrefix(f, tag) })
}

func (n *namespace) interfaces() []*netif {
	out := make([]*netif, len(n.Interfaces))
	for i := range n.Interfaces {
		out[i] = &netif{&n.Interfaces[i], n}
	}
	return out
}

func (n *namespace) named(name string) (*netif, error) {
	for i := range n.Interfaces {
		if n.Interfaces[i].Name == name {
			return &netif{&n.Interfaces[i], n}, nil
		}
	}
	return nil, absentf("there is no interface %s", name)
}

func (n *namespace) indexed(index int) (*netif, error) {
	for i := range n.Interfaces {
		if index != 0 && n.Interfaces[i].Index == index {
			return &netif{&n.Interfaces[i], n}, nil
		}
	}
	return nil, absent("there is no such interface")
}

// peerNS returns the namespace of a veth's other end.
func (i *netif) peerNS() (*namespace, error) {
	if i.Peer == 0 || i.PeerNS == 0 {
		return nil, absentf("the other end of %s is not seen", i.Name)
	}
	return i.ns.state.namespace(snapshot.NET, i.PeerNS)
}

func (i *netif) peer() (*netif, error) {
	ns, err := i.peerNS()
	if err != nil {
		return nil, err
	}
	return ns.indexed(i.Peer)
}
