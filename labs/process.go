package labs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"

	"example.org/nslab/sandbox/snapshot"
)

// process is a snapshot's process with its relations.
type process struct {
	*snapshot.Process
	state    *State
	children []*process
	val      ref.Val
}

func newProcess(s *State, p *snapshot.Process) *process {
	out := &process{Process: p, state: s}
	out.val = &object{processClass, out}
	return out
}

func (p *process) value() ref.Val { return p.val }

var processClass = newClass("process",
	func(a, b *process) bool { return a.PID == b.PID && a.Start == b.Start },
	func(p *process) string { return strconv.Itoa(p.PID) })

var processList = cel.ListType(processClass.typ)

func defineProcess() {
	c := processClass
	define(c, "pid", cel.IntType, func(p *process) any { return p.PID })
	define(c, "self", cel.IntType, func(p *process) any { return p.self() })
	define(c, "pids", cel.ListType(cel.IntType), func(p *process) any { return intsOf(p.NSPIDs) })
	define(c, "name", cel.StringType, func(p *process) any { return p.Comm })
	define(c, "args", cel.ListType(cel.StringType), func(p *process) any { return stringsOf(p.Args) })
	define(c, "command", cel.StringType, func(p *process) any { return strings.Join(p.Args, " ") })
	define(c, "state", cel.StringType, func(p *process) any { return p.State })
	define(c, "alive", cel.BoolType, func(p *process) any { return p.alive() })
	define(c, "uid", cel.IntType, func(p *process) any { return p.UID })
	define(c, "threads", cel.IntType, func(p *process) any { return p.Threads })
	define(c, "shell", cel.StringType, func(p *process) any { return p.shellTitle() })
	defineMaybe(c, "parent", processClass.typ, func(p *process) (any, error) {
		if parent := p.state.byPID[p.PPID]; parent != nil {
			return parent.val, nil
		}
		return nil, absentf("the parent of process %d is not seen", p.PID)
	})
	define(c, "children", processList, func(p *process) any { return listOf(p.children) })
	define(c, "descendants", processList, func(p *process) any { return listOf(p.descendants()) })
}

// alive is false for what has ended but was not yet waited for.
func (p *process) alive() bool { return p.State != "Z" && p.State != "X" }

// self is the pid that the process knows itself by: the innermost.
func (p *process) self() int {
	if len(p.NSPIDs) == 0 {
		return p.PID
	}
	return p.NSPIDs[len(p.NSPIDs)-1]
}

func (p *process) shellTitle() string {
	for _, sh := range p.state.shells {
		if p.Shell != "" && sh.ID == p.Shell {
			return sh.Title
		}
	}
	return ""
}

// descendants returns the living processes below p, parents first.
func (p *process) descendants() []*process {
	var out []*process
	seen := map[*process]bool{p: true}
	for queue := []*process{p}; len(queue) > 0; queue = queue[1:] {
		for _, child := range queue[0].children {
			// A snapshot is not taken at one instant: pids may seem to go round.
			if seen[child] {
				continue
			}
			seen[child] = true
			queue = append(queue, child)
			if child.alive() {
				out = append(out, child)
			}
		}
	}
	return out
}

// ns returns the namespace of that type that p is a member of.
func (p *process) ns(t snapshot.Type) (*namespace, error) {
	inode, ok := p.NS[t]
	if !ok {
		return nil, absentf("the %s namespace of process %d is not seen", t, p.PID)
	}
	return p.state.namespace(t, inode)
}

// nsForChildren returns the namespace that p's next child will be born in.
// See pid_namespaces(7) and time_namespaces(7).
func (p *process) nsForChildren(t snapshot.Type) (*namespace, error) {
	if inode, ok := p.Process.Children[t]; ok {
		return p.state.namespace(t, inode)
	}
	return p.ns(t)
}

// runs says whether the command line of p begins with those words.
func (p *process) runs(words []string) bool {
	return len(words) > 0 && len(p.Args) >= len(words) && slices.Equal(p.Args[:len(words)], words)
}

// same says whether p and q are in the same namespace of that type.
func same(p, q *process, t snapshot.Type) (bool, error) {
	a, err := p.ns(t)
	if err != nil {
		return false, err
	}
	b, err := q.ns(t)
	if err != nil {
		return false, err
	}
	return a == b, nil
}

// differ returns the types in which p and q are not in the same namespace.
func differ(p, q *process) ([]snapshot.Type, error) {
	out := []snapshot.Type{}
	for _, t := range snapshot.Types() {
		_, mine := p.NS[t]
		_, theirs := q.NS[t]
		if !mine && !theirs {
			continue // a kernel without that type
		}
		equal, err := same(p, q, t)
		if err != nil {
			return nil, err
		}
		if !equal {
			out = append(out, t)
		}
	}
	return out, nil
}
