package labs

import (
	"fmt"
	"slices"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/types"
)

// maxCost is what one expression may cost, in CEL's units, of which one takes
// some 200 ns: 50 ms at worst, which a server with hundreds of learners can
// bear for one mistaken lab. It allows one walk over all processes inside
// another, estimated for typicalList and run with up to some 150 processes,
// and refuses a third.
const maxCost = 250_000

// The sizes for which the cost of an expression is estimated when it is loaded:
// of all processes, namespaces or mounts of a sandbox; of the few that one
// speaks of (those with a name, the interfaces or holders of one namespace);
// and of a string.
const (
	typicalList   = 64
	typicalFew    = 8
	typicalString = 64
)

// maxNesting is how many exists, all, filter or map may stand inside or behind
// each other: one more than any lab needs.
const maxNesting = 4

// maxExpression is the most characters in one expression. A condition that is
// longer cannot be read, and would be two checks.
const maxExpression = 2000

// environments are the kinds of place an expression can stand in.
type environments struct {
	// check has no answer; text and number have one.
	check, text, number *cel.Env
	classes             []*class
}

// celEnvironments builds the environments when the first lab is loaded.
var celEnvironments = sync.OnceValue(func() *environments {
	defineProcess()
	defineShell()
	defineNamespace()
	defineHolder()
	defineFacts()
	e := &environments{classes: []*class{
		processClass, shellClass, namespaceClass, interfaceClass, routeClass, mountClass, idmapClass, holderClass, stateClass,
	}}
	must := func(env *cel.Env, err error) *cel.Env {
		if err != nil {
			// The environment has no input: this is a mistake in the program.
			panic(fmt.Sprintf("labs: the CEL environment: %v", err))
		}
		return env
	}
	p, err := newProvider(e.classes...)
	if err != nil {
		panic(err.Error())
	}
	options := slices.Concat([]cel.EnvOption{
		cel.CustomTypeProvider(p),
		cel.CustomTypeAdapter(types.DefaultTypeAdapter),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(50),
		cel.Macros(slices.Concat(cel.StandardMacros, lookupMacros())...),
		cel.Variable(stateVar, stateClass.typ),
		cel.Variable("sandbox", processClass.typ),
		cel.Variable("shell", shellClass.typ),
		cel.Variable("shells", cel.ListType(shellClass.typ)),
		cel.Variable("processes", processList),
		cel.Variable("namespaces", namespaceList),
		// string(p) and string(ns) print what a template would.
		cel.Function("string",
			cel.Overload("process_to_string", []*cel.Type{processClass.typ}, cel.StringType, cel.UnaryBinding(printed)),
			cel.Overload("namespace_to_string", []*cel.Type{namespaceClass.typ}, cel.StringType, cel.UnaryBinding(printed))),
		// No string extensions: a chain of replace makes any size of text, at a
		// cost of nothing. Chained maps count as nested, or they would double a
		// list without end.
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateComprehensionNestingLimit(maxNesting)),
	}, functions())
	e.check = must(cel.NewCustomEnv(append([]cel.EnvOption{cel.StdLib()}, options...)...))
	e.text = must(e.check.Extend(cel.Variable("answer", cel.StringType)))
	e.number = must(e.check.Extend(cel.Variable("answer", cel.IntType)))
	return e
})

// names returns the variables and global functions, for suggestions.
func (e *environments) names(env *cel.Env) []string {
	names := []string{"sandbox", "shell", "shells", "processes", "namespaces", "same", "differ", "size", "string", "int"}
	if env != e.check {
		names = append(names, "answer")
	}
	return append(names, "process", "named", "running", "made")
}

// members returns all names that may follow a dot.
func (e *environments) members() []string {
	var names []string
	for _, c := range e.classes {
		names = append(names, c.fieldNames()...)
	}
	for name := range usage {
		if !slices.Contains(lookups, name) {
			names = append(names, name)
		}
	}
	names = append(names, "exists", "all", "exists_one", "filter", "map", "size", "contains", "startsWith", "endsWith", "matches")
	slices.Sort(names)
	return slices.Compact(names)
}

// typicalCost estimates costs for a sandbox of typical size. The kernel's
// limits allow much larger ones; those are what the limit at run time is for.
type typicalCost struct{}

// EstimateSize gives every list and string its typical size.
func (typicalCost) EstimateSize(n checker.AstNode) *checker.SizeEstimate {
	size := uint64(typicalFew)
	switch t := n.Type(); t.Kind() {
	case types.StringKind:
		size = typicalString
	case types.ListKind:
		for _, c := range []*class{processClass, namespaceClass, mountClass} {
			if t.Parameters()[0].IsExactType(c.typ) {
				size = typicalList
			}
		}
	}
	return &checker.SizeEstimate{Max: size}
}

// EstimateCallCost says that functions which look through a list cost as much.
func (typicalCost) EstimateCallCost(function, _ string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	if _, ours := usage[function]; !ours {
		return nil
	}
	return &checker.CallEstimate{
		CostEstimate: checker.CostEstimate{Min: 1, Max: callCost(function)},
		ResultSize:   &checker.SizeEstimate{Max: typicalFew},
	}
}

// callCost is what a call of one of our functions costs.
func callCost(function string) uint64 {
	switch function {
	case "named", "running", "namespaces", "made", "same", "differ":
		return typicalList / 4
	}
	return 2
}
