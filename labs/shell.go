package labs

import (
	"path"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"

	"example.org/nslab/sandbox/snapshot"
)

// shell is a snapshot's shell with its process.
type shell struct {
	*snapshot.Shell
	state *State
	val   ref.Val
}

func newShell(s *State, sh *snapshot.Shell) *shell {
	out := &shell{Shell: sh, state: s}
	out.val = &object{shellClass, out}
	return out
}

func (s *shell) value() ref.Val { return s.val }

var shellClass = newClass("shell", func(a, b *shell) bool { return a.ID == b.ID }, nil)

func defineShell() {
	c := shellClass
	define(c, "id", cel.StringType, func(s *shell) any { return s.ID })
	define(c, "title", cel.StringType, func(s *shell) any { return s.Title })
	define(c, "pid", cel.IntType, func(s *shell) any { return s.PID })
	define(c, "alive", cel.BoolType, func(s *shell) any { return s.Alive })
	define(c, "flags", cel.ListType(cel.StringType), func(s *shell) any { return stringsOf(s.Flags) })
	defineMaybe(c, "process", processClass.typ, func(s *shell) (any, error) { return valueOf(s.process()) })
	defineMaybe(c, "now", processClass.typ, func(s *shell) (any, error) { return valueOf(s.now()) })
	define(c, "tree", processList, func(s *shell) any { return listOf(s.tree()) })
}

// valueOf turns an object or the error of its absence into what CEL wants.
func valueOf[T valued](item T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return item.value(), nil
}

// process returns the process that the sandbox cloned for the shell.
func (s *shell) process() (*process, error) {
	if p := s.state.byPID[s.PID]; s.Alive && p != nil {
		return p, nil
	}
	return nil, absentf("shell %q has ended", s.Title)
}

// born returns the namespace that the shell was cloned into.
func (s *shell) born(t snapshot.Type) (*namespace, error) {
	inode, ok := s.Born[t]
	if !ok || !s.Alive {
		return nil, absentf("what shell %q was born in is gone", s.Title)
	}
	return s.state.namespace(t, inode)
}

// now returns the process that reads what the learner types: the innermost
// interactive shell below the shell's process that is in the foreground of its
// terminal, or, while some other program is, the innermost interactive shell;
// or the shell's process itself.
func (s *shell) now() (*process, error) {
	p, err := s.process()
	if err != nil {
		return nil, err
	}
	inForeground := func(q *process) bool { return q.Foreground && q.interactive() }
	for _, reads := range []func(*process) bool{inForeground, (*process).interactive} {
		if inner, _, _ := p.innermost(0, reads); inner != nil {
			return inner, nil
		}
	}
	return p, nil
}

// maxDepth bounds how deep innermost looks: more than the 32 levels that the
// kernel nests namespaces, with sudo and unshare between them.
const maxDepth = 256

// innermost returns the deepest process at or below p of which reads is true,
// and how deep it is; of two equally deep ones the newer.
func (p *process) innermost(depth int, reads func(*process) bool) (found *process, level int, start uint64) {
	if reads(p) {
		found, level, start = p, depth, p.Start
	}
	if depth == maxDepth {
		return found, level, start
	}
	for _, child := range p.children {
		f, l, st := child.innermost(depth+1, reads)
		if f != nil && (found == nil || l > level || l == level && st > start) {
			found, level, start = f, l, st
		}
	}
	return found, level, start
}

// shellNames are the programs that people type commands into.
var shellNames = map[string]bool{
	"bash": true, "sh": true, "dash": true, "ash": true, "busybox": true,
	"zsh": true, "fish": true, "ksh": true, "mksh": true, "rbash": true,
}

// interactive says whether p looks like a shell that reads from a terminal: it
// is one, is not stopped, and was given neither a script nor a command.
func (p *process) interactive() bool {
	if !p.alive() || p.State == "T" || !shellNames[strings.TrimPrefix(path.Base(p.Comm), "-")] {
		return false
	}
	for i := 1; i < len(p.Args); i++ {
		switch arg := p.Args[i]; {
		case arg == "-c":
			return false
		case arg == "--rcfile" || arg == "--init-file" || arg == "-o" || arg == "-O" || arg == "+O":
			i++ // its value
		case p.Comm == "busybox" && shellNames[arg]:
			// the applet's name
		case !strings.HasPrefix(arg, "-"):
			return false
		}
	}
	return true
}

// tree returns the living processes that descend from the shell, its own
// first, then by pid; also those that were handed to init since.
func (s *shell) tree() []*process {
	below := map[*process]bool{}
	if p, err := s.process(); err == nil {
		below[p] = true
		for _, d := range p.descendants() {
			below[d] = true
		}
	}
	var out []*process
	for _, p := range s.state.processes {
		if p.alive() && (below[p] || p.Shell != "" && p.Shell == s.ID) {
			out = append(out, p)
		}
	}
	return out
}
