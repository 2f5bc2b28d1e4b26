package labs

import (
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"example.org/nslab/sandbox/snapshot"
)

// namespace is a snapshot's namespace with its members. There is one for each
// namespace in a State, so that pointers compare as identities.
type namespace struct {
	*snapshot.Namespace
	state   *State
	made    bool
	members []*process
	val     ref.Val
}

func newNamespace(s *State, n *snapshot.Namespace, made bool) *namespace {
	out := &namespace{Namespace: n, state: s, made: made}
	out.val = &object{namespaceClass, out}
	return out
}

func (n *namespace) value() ref.Val { return n.val }

var namespaceClass = newClass("namespace", identical[namespace],
	func(n *namespace) string { return strconv.FormatUint(n.Inode, 10) })

var namespaceList = cel.ListType(namespaceClass.typ)

func defineNamespace() {
	c := namespaceClass
	define(c, "type", cel.StringType, func(n *namespace) any { return string(n.Type) })
	define(c, "inode", cel.IntType, func(n *namespace) any { return types.Int(n.Inode) })
	define(c, "made", cel.BoolType, func(n *namespace) any { return n.made })
	define(c, "members", processList, func(n *namespace) any { return listOf(n.members) })
	define(c, "holders", cel.ListType(holderClass.typ), func(n *namespace) any { return n.holders() })
	defineMaybe(c, "owner", c.typ, func(n *namespace) (any, error) {
		return valueOf(n.state.namespace(snapshot.USER, n.Owner))
	})
	defineMaybe(c, "parent", c.typ, func(n *namespace) (any, error) {
		return valueOf(n.state.namespace(n.Type, n.Parent))
	})
	defineMaybe(c, "hostname", cel.StringType, func(n *namespace) (any, error) {
		if n.Type != snapshot.UTS {
			return nil, absentf("a %s namespace has no host name", n.Type)
		}
		return n.Hostname, nil
	})
	define(c, "interfaces", cel.ListType(interfaceClass.typ), func(n *namespace) any { return listOf(n.interfaces()) })
	define(c, "routes", cel.ListType(routeClass.typ), func(n *namespace) any { return plainList(routeClass, n.Routes) })
	define(c, "mounts", cel.ListType(mountClass.typ), func(n *namespace) any { return plainList(mountClass, n.Mounts) })
	define(c, "uidMap", cel.ListType(idmapClass.typ), func(n *namespace) any { return plainList(idmapClass, n.UIDMap) })
	define(c, "gidMap", cel.ListType(idmapClass.typ), func(n *namespace) any { return plainList(idmapClass, n.GIDMap) })
	define(c, "offsets", cel.MapType(cel.StringType, cel.DoubleType), func(n *namespace) any { return n.offsets() })
}

func (n *namespace) offsets() map[string]float64 {
	if n.Offsets == nil {
		return map[string]float64{}
	}
	return n.Offsets
}

// plainList returns a CEL list of objects that are nothing but their data.
func plainList[T any](c *class, items []T) ref.Val {
	vals := make([]ref.Val, len(items))
	for i := range items {
		vals[i] = &object{c, &items[i]}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}

// heldBy says whether something of that kind keeps n alive; with a path, at
// that path.
func (n *namespace) heldBy(kind snapshot.HolderKind, path string) bool {
	for _, h := range n.Holders {
		if h.Kind == kind && (path == "" || h.Path == path) {
			return true
		}
	}
	return false
}

// mount returns the topmost mount at path: the last in mountinfo's order.
func (n *namespace) mount(path string) (*snapshot.Mount, error) {
	for i := len(n.Mounts) - 1; i >= 0; i-- {
		if n.Mounts[i].Path == path {
			return &n.Mounts[i], nil
		}
	}
	return nil, absentf("nothing is mounted at %s", path)
}

func (n *namespace) route(dst string) (*snapshot.Route, error) {
	for i := range n.Routes {
		if n.Routes[i].Dst == dst {
			return &n.Routes[i], nil
		}
	}
	return nil, absentf("there is no route to %s", dst)
}

// holder is one reason why a namespace is alive.
type holder struct {
	*snapshot.Holder
	state *State
	of    *namespace
}

var holderClass = newClass("holder", func(a, b *holder) bool { return a.Holder == b.Holder }, nil)

func defineHolder() {
	c := holderClass
	define(c, "kind", cel.StringType, func(h *holder) any { return string(h.Kind) })
	define(c, "path", cel.StringType, func(h *holder) any { return h.Path })
	define(c, "pid", cel.IntType, func(h *holder) any { return h.PID })
	define(c, "tid", cel.IntType, func(h *holder) any { return h.TID })
	define(c, "fd", cel.IntType, func(h *holder) any { return h.FD })
	defineMaybe(c, "process", processClass.typ, func(h *holder) (any, error) {
		if p := h.state.byPID[h.PID]; p != nil {
			return p.val, nil
		}
		return nil, absentf("a holder of kind %q has no process", h.Kind)
	})
	defineMaybe(c, "ns", namespaceClass.typ, func(h *holder) (any, error) { return valueOf(h.ns()) })
}

// ns returns the mount namespace that a mount is in, or the namespace that
// holds. A number is given out once at a time over all types.
func (h *holder) ns() (*namespace, error) {
	if h.Inode != 0 {
		for _, n := range h.state.namespaces {
			if n.Inode == h.Inode {
				return n, nil
			}
		}
	}
	return nil, absentf("a holder of kind %q has no namespace that is seen", h.Kind)
}

func (n *namespace) holders() ref.Val {
	vals := make([]ref.Val, len(n.Holders))
	for i := range n.Holders {
		vals[i] = &object{holderClass, &holder{&n.Holders[i], n.state, n}}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}
