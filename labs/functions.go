package labs

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"example.org/nslab/sandbox/snapshot"
)

// stateVar is the hidden variable that holds the State. Authors cannot name
// it: @ is no letter of CEL.
const stateVar = "@state"

// stateClass has no fields: it carries the State to the functions that look
// something up in it.
var stateClass = newClass("state", identical[State], nil)

// Where an argument of a function is a string of a closed set, calls with a
// literal are checked when the lab is loaded.
var (
	typeArgument = map[string]int{ // function → index of the argument, the receiver not counted
		"ns": 0, "nsForChildren": 0, "born": 0, "namespaces": 0, "made": 0, "same": 2,
	}
	kindArgument = map[string]int{"heldBy": 0}
)

// holderKinds are the words that heldBy knows.
var holderKinds = []string{
	string(snapshot.ByProcess), string(snapshot.ByThread), string(snapshot.ByChildren), string(snapshot.ByMount),
	string(snapshot.ByFD), string(snapshot.ByNamespace), string(snapshot.ByFilesystem),
}

// typeNames returns the eight types' names.
func typeNames() []string {
	var out []string
	for _, t := range snapshot.Types() {
		out = append(out, string(t))
	}
	return out
}

// usage says how each function is called, for messages.
var usage = map[string]string{
	"shell":         `shell("one")`,
	"process":       `process(17)`,
	"named":         `named("sleep")`,
	"running":       `running("sleep 1000")`,
	"namespaces":    `namespaces("net")`,
	"made":          `made("net")`,
	"same":          `same(p, q, "uts") or same(p, q), with processes or shells`,
	"differ":        `differ(p, q), with processes or shells`,
	"ns":            `p.ns("uts"), of a process or a shell`,
	"nsForChildren": `p.nsForChildren("pid"), of a process`,
	"born":          `shell("one").born("uts"), of a shell`,
	"heldBy":        `n.heldBy("mount") or n.heldBy("mount", "/run/netns/demo"), of a namespace`,
	"interface":     `n.interface("eth0"), of a namespace`,
	"has":           `n.has("eth0"), of a namespace`,
	"route":         `n.route("default"), of a namespace`,
	"mount":         `n.mount("/mnt"), of a namespace`,
	"mounted":       `n.mounted("/mnt"), of a namespace`,
}

// lookups are the global functions; each becomes a call on the hidden State.
var lookups = []string{"shell", "process", "named", "running", "namespaces", "made"}

// lookupMacros turns shell("one") into @state.shell("one").
func lookupMacros() []cel.Macro {
	var out []cel.Macro
	for _, name := range lookups {
		out = append(out, cel.GlobalMacro(name, 1,
			func(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
				return f.NewMemberCall(name, f.NewIdent(stateVar), args...), nil
			}))
	}
	return out
}

// on1 declares receiver.name(string or int).
func on1[T any](name string, receiver *class, arg, result *cel.Type, call func(*T, ref.Val) (any, error)) cel.EnvOption {
	id := fmt.Sprintf("%s_%s_%s", receiver.name, name, arg)
	return cel.Function(name, cel.MemberOverload(id, []*cel.Type{receiver.typ, arg}, result,
		cel.BinaryBinding(func(self, arg ref.Val) ref.Val { return result1(call(self.Value().(*T), arg)) })))
}

// onString is on1 with a string.
func onString[T any](name string, receiver *class, result *cel.Type, call func(*T, string) (any, error)) cel.EnvOption {
	return on1(name, receiver, cel.StringType, result, func(self *T, arg ref.Val) (any, error) {
		return call(self, string(arg.(types.String)))
	})
}

// onType is on1 with a type of namespace.
func onType[T any](name string, receiver *class, result *cel.Type, call func(*T, snapshot.Type) (any, error)) cel.EnvOption {
	return onString(name, receiver, result, func(self *T, word string) (any, error) {
		t, ok := snapshot.ParseType(word)
		if !ok {
			return nil, absentf("there is no type of namespace %q", word)
		}
		return call(self, t)
	})
}

func result1(v any, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// functions declares all functions of conditions.
func functions() []cel.EnvOption {
	out := []cel.EnvOption{
		onString("shell", stateClass, shellClass.typ, func(s *State, title string) (any, error) {
			return valueOf(s.shellTitled(title))
		}),
		on1("process", stateClass, cel.IntType, processClass.typ, func(s *State, pid ref.Val) (any, error) {
			if p := s.byPID[int(pid.(types.Int))]; p != nil {
				return p.val, nil
			}
			return nil, absentf("there is no process %d", int(pid.(types.Int)))
		}),
		onString("named", stateClass, processList, func(s *State, name string) (any, error) {
			return filterOf(s.processes, func(p *process) bool { return p.alive() && p.Comm == name }), nil
		}),
		onString("running", stateClass, processList, func(s *State, command string) (any, error) {
			words := strings.Fields(command)
			return filterOf(s.processes, func(p *process) bool { return p.alive() && p.runs(words) }), nil
		}),
		onType("namespaces", stateClass, namespaceList, func(s *State, t snapshot.Type) (any, error) {
			return filterOf(s.namespaces, func(n *namespace) bool { return n.Type == t }), nil
		}),
		onType("made", stateClass, namespaceList, func(s *State, t snapshot.Type) (any, error) {
			return filterOf(s.namespaces, func(n *namespace) bool { return n.Type == t && n.made }), nil
		}),
		onType("ns", processClass, namespaceClass.typ, func(p *process, t snapshot.Type) (any, error) {
			return valueOf(p.ns(t))
		}),
		onType("nsForChildren", processClass, namespaceClass.typ, func(p *process, t snapshot.Type) (any, error) {
			return valueOf(p.nsForChildren(t))
		}),
		onType("ns", shellClass, namespaceClass.typ, func(s *shell, t snapshot.Type) (any, error) {
			p, err := s.process()
			if err != nil {
				return nil, err
			}
			return valueOf(p.ns(t))
		}),
		onType("born", shellClass, namespaceClass.typ, func(s *shell, t snapshot.Type) (any, error) {
			return valueOf(s.born(t))
		}),
		onString("heldBy", namespaceClass, cel.BoolType, func(n *namespace, kind string) (any, error) {
			return n.heldBy(snapshot.HolderKind(kind), ""), nil
		}),
		cel.Function("heldBy", cel.MemberOverload("namespace_heldBy_path",
			[]*cel.Type{namespaceClass.typ, cel.StringType, cel.StringType}, cel.BoolType,
			cel.FunctionBinding(func(args ...ref.Val) ref.Val {
				n := args[0].Value().(*namespace)
				return types.Bool(n.heldBy(snapshot.HolderKind(args[1].(types.String)), string(args[2].(types.String))))
			}))),
		onString("interface", namespaceClass, interfaceClass.typ, func(n *namespace, name string) (any, error) {
			return valueOf(n.named(name))
		}),
		onString("has", namespaceClass, cel.BoolType, func(n *namespace, name string) (any, error) {
			_, err := n.named(name)
			return err == nil, nil
		}),
		onString("route", namespaceClass, routeClass.typ, func(n *namespace, dst string) (any, error) {
			r, err := n.route(dst)
			return &object{routeClass, r}, err
		}),
		onString("mount", namespaceClass, mountClass.typ, func(n *namespace, path string) (any, error) {
			m, err := n.mount(path)
			return &object{mountClass, m}, err
		}),
		onString("mounted", namespaceClass, cel.BoolType, func(n *namespace, path string) (any, error) {
			_, err := n.mount(path)
			return err == nil, nil
		}),
	}
	return append(out, comparisons()...)
}

// comparisons declares same and differ, for processes and shells in any mix.
func comparisons() []cel.EnvOption {
	var out []cel.EnvOption
	for _, a := range []*class{processClass, shellClass} {
		for _, b := range []*class{processClass, shellClass} {
			id := a.name + "_" + b.name
			out = append(
				out,
				cel.Function("same", cel.Overload("same_"+id+"_type", []*cel.Type{a.typ, b.typ, cel.StringType}, cel.BoolType,
					cel.FunctionBinding(func(args ...ref.Val) ref.Val { return result1(sameOf(args)) }))),
				cel.Function("same", cel.Overload("same_"+id, []*cel.Type{a.typ, b.typ}, cel.BoolType,
					cel.BinaryBinding(func(x, y ref.Val) ref.Val {
						types, err := differOf(x, y)
						return result1(len(types) == 0, err)
					}))),
				cel.Function("differ", cel.Overload("differ_"+id, []*cel.Type{a.typ, b.typ}, cel.ListType(cel.StringType),
					cel.BinaryBinding(func(x, y ref.Val) ref.Val {
						types, err := differOf(x, y)
						return result1(stringsOf(types), err)
					}))),
			)
		}
	}
	return out
}

func sameOf(args []ref.Val) (any, error) {
	t, ok := snapshot.ParseType(string(args[2].(types.String)))
	if !ok {
		return nil, absentf("there is no type of namespace %q", args[2].Value())
	}
	p, q, err := bothProcesses(args[0], args[1])
	if err != nil {
		return nil, err
	}
	return same(p, q, t)
}

func differOf(x, y ref.Val) ([]snapshot.Type, error) {
	p, q, err := bothProcesses(x, y)
	if err != nil {
		return nil, err
	}
	return differ(p, q)
}

func bothProcesses(x, y ref.Val) (p, q *process, err error) {
	if p, err = processOf(x); err != nil {
		return nil, nil, err
	}
	q, err = processOf(y)
	return p, q, err
}

// processOf returns a process, or a shell's own process.
func processOf(v ref.Val) (*process, error) {
	switch v := v.Value().(type) {
	case *process:
		return v, nil
	case *shell:
		return v.process()
	}
	return nil, absentf("a %s is no process", v.Type().TypeName())
}
