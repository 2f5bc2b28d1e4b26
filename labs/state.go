package labs

import (
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"example.org/nslab/sandbox/snapshot"
)

// State is a snapshot as conditions see it. It is adapted once and then serves
// every check, question and template of one round. It is immutable and safe
// for concurrent use.
type State struct {
	snap *snapshot.Snapshot

	sandbox    *process
	processes  []*process
	namespaces []*namespace
	shells     []*shell

	byPID map[int]*process
	byNS  map[nsKey]*namespace

	// The same as CEL values.
	self, sandboxVal, firstShell ref.Val
	processList, namespaceList   ref.Val
	shellList                    ref.Val
}

// nsKey finds a namespace within one snapshot, where a number is used once.
type nsKey struct {
	typ   snapshot.Type
	inode uint64
}

// NewState adapts a snapshot. It keeps a reference to it and changes nothing.
func NewState(snap *snapshot.Snapshot) *State {
	s := &State{
		snap:  snap,
		byPID: make(map[int]*process, len(snap.Processes)),
		byNS:  make(map[nsKey]*namespace, len(snap.Namespaces)),
	}
	s.self = &object{stateClass, s}
	s.addNamespaces()
	s.addProcesses()
	s.addShells()
	s.processList = listOf(s.processes)
	s.namespaceList = listOf(s.namespaces)
	s.shellList = listOf(s.shells)
	return s
}

func (s *State) addNamespaces() {
	old := map[nsKey]bool{}
	for t, inode := range s.snap.Sandbox {
		old[nsKey{t, inode}] = true
	}
	for _, sh := range s.snap.Shells {
		// What a dead shell was born in may be gone, and its number used again.
		if !sh.Alive {
			continue
		}
		for t, inode := range sh.Born {
			old[nsKey{t, inode}] = true
		}
	}
	for i := range s.snap.Namespaces {
		n := &s.snap.Namespaces[i]
		key := nsKey{n.Type, n.Inode}
		s.byNS[key] = newNamespace(s, n, !old[key])
		s.namespaces = append(s.namespaces, s.byNS[key])
	}
}

func (s *State) addProcesses() {
	for i := range s.snap.Processes {
		p := newProcess(s, &s.snap.Processes[i])
		s.byPID[p.PID] = p
		s.processes = append(s.processes, p)
		for t, inode := range p.NS {
			if n := s.byNS[nsKey{t, inode}]; n != nil {
				n.members = append(n.members, p)
			}
		}
	}
	for _, p := range s.processes {
		if parent := s.byPID[p.PPID]; parent != nil && parent != p {
			parent.children = append(parent.children, p)
		}
	}
	// init is not trusted: what it says of its namespaces is not what they are.
	init := snapshot.Process{PID: 1, NSPIDs: []int{1}, Comm: "init", State: "S", Threads: 1}
	if p := s.byPID[1]; p != nil {
		init = *p.Process
	}
	init.NS = s.snap.Sandbox
	s.sandbox = newProcess(s, &init)
	if p := s.byPID[1]; p != nil {
		s.sandbox.children = p.children
	}
	s.sandboxVal = s.sandbox.val
}

func (s *State) addShells() {
	for i := range s.snap.Shells {
		sh := newShell(s, &s.snap.Shells[i])
		s.shells = append(s.shells, sh)
	}
	s.firstShell = types.WrapErr(absent("there is no shell"))
	if len(s.shells) > 0 {
		// Its end is not the lesson's: one opened in its place counts.
		if first, err := s.shellTitled(s.shells[0].Title); err == nil {
			s.firstShell = first.val
		}
	}
}

// namespace returns the one of that type and number, or an absent error when
// the snapshot does not list it.
func (s *State) namespace(t snapshot.Type, inode uint64) (*namespace, error) {
	if n := s.byNS[nsKey{t, inode}]; n != nil {
		return n, nil
	}
	return nil, absentf("the %s namespace is not seen", t)
}

// shellTitled returns the newest living shell with that title, else the newest.
func (s *State) shellTitled(title string) (*shell, error) {
	var found *shell
	for _, sh := range s.shells {
		if sh.Title == title && (found == nil || sh.Alive || !found.Alive) {
			found = sh
		}
	}
	if found == nil {
		return nil, absentf("there is no shell %q", title)
	}
	return found, nil
}

// ResolveName gives CEL the variables. See interpreter.Activation.
func (s *State) ResolveName(name string) (any, bool) {
	switch name {
	case stateVar:
		return s.self, true
	case "sandbox":
		return s.sandboxVal, true
	case "shell":
		return s.firstShell, true
	case "shells":
		return s.shellList, true
	case "processes":
		return s.processList, true
	case "namespaces":
		return s.namespaceList, true
	}
	return nil, false
}

// Parent is nil: there is no outer scope.
func (s *State) Parent() interpreter.Activation { return nil }

// answered is a State with what the learner answered.
type answered struct {
	*State
	answer ref.Val
}

// ResolveName adds the variable "answer".
func (a answered) ResolveName(name string) (any, bool) {
	if name == "answer" {
		return a.answer, true
	}
	return a.State.ResolveName(name)
}

// valued is a Go value that has a CEL value.
type valued interface{ value() ref.Val }

// listOf returns a CEL list of objects.
func listOf[T valued](items []T) ref.Val {
	vals := make([]ref.Val, len(items))
	for i, item := range items {
		vals[i] = item.value()
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}

// filterOf returns a CEL list of those items that keep accepts.
func filterOf[T valued](items []T, keep func(T) bool) ref.Val {
	return listOf(slices.DeleteFunc(slices.Clone(items), func(item T) bool { return !keep(item) }))
}

func intsOf[T ~int | ~int64 | ~uint64 | ~uint32](items []T) ref.Val {
	vals := make([]ref.Val, len(items))
	for i, item := range items {
		vals[i] = types.Int(item)
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}

func stringsOf[T ~string](items []T) ref.Val {
	vals := make([]ref.Val, len(items))
	for i, item := range items {
		vals[i] = types.String(item)
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}
