package labs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// expression is a compiled CEL expression. It is safe for concurrent use.
type expression struct {
	program cel.Program
	out     *cel.Type
}

// compiler compiles the expressions of one lab.
type compiler struct {
	*report
	// shells are the titles of the lab's shells.
	shells []string
}

// compile checks an expression for syntax, names, types and cost. It reports
// what is wrong and returns nil then. No want means any type.
func (c *compiler) compile(env *cel.Env, text span, want ...*cel.Type) *expression {
	text = text.trim()
	if text.value == "" {
		c.add(text.at(0), "The expression is empty.", "")
		return nil
	}
	if utf8.RuneCountInString(text.value) > maxExpression {
		c.add(text.at(0), fmt.Sprintf("The expression is longer than %d characters.", maxExpression), "Make two checks of it.")
		return nil
	}
	checked, issues := env.Compile(text.value)
	if issues.Err() != nil {
		for i, e := range issues.Errors() {
			if i > 0 && (celSyntax.MatchString(e.Message) || e.Message == celNesting) {
				break // the rest says the same again
			}
			message, fix := explain(env, e.Message)
			c.add(text.at(celOffset(text.value, e.Location.Line(), e.Location.Column())), message, fix)
		}
		return nil
	}
	if len(want) > 0 && !slices.ContainsFunc(want, checked.OutputType().IsExactType) {
		c.add(text.at(0), fmt.Sprintf("The expression is of type %s.", typeName(checked.OutputType())),
			"It must be of type "+typeNamesOf(want)+".")
		return nil
	}
	if !c.literals(checked, text) || !c.cost(env, checked, text) {
		return nil
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost), cel.CostTracking(actualCost{}))
	if err != nil {
		c.add(text.at(0), "The expression cannot be run: "+sentence(err.Error())+".", "")
		return nil
	}
	return &expression{program, checked.OutputType()}
}

func (c *compiler) cost(env *cel.Env, checked *cel.Ast, text span) bool {
	estimate, err := env.EstimateCost(checked, typicalCost{})
	if err != nil {
		c.add(text.at(0), "The cost of the expression cannot be estimated: "+sentence(err.Error())+".", "")
		return false
	}
	if estimate.Max > maxCost {
		c.add(text.at(0), fmt.Sprintf("The expression may cost %d; the limit is %d.", estimate.Max, maxCost),
			"Put fewer exists, all, filter or map inside each other.")
		return false
	}
	return true
}

// literals reports words in calls that belong to a closed set and are none of it.
func (c *compiler) literals(checked *cel.Ast, text span) bool {
	good := true
	tree := checked.NativeRep()
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		call := e.AsCall()
		word := func(i int) (string, int, bool) {
			if i >= len(call.Args()) || call.Args()[i].Kind() != ast.LiteralKind {
				return "", 0, false
			}
			s, ok := call.Args()[i].AsLiteral().(types.String)
			at := tree.SourceInfo().GetStartLocation(call.Args()[i].ID())
			return string(s), text.at(celOffset(text.value, at.Line(), at.Column())), ok
		}
		check := func(i int, known []string, what string) {
			if got, at, ok := word(i); ok && !slices.Contains(known, got) {
				c.add(at, fmt.Sprintf("There is no %s %q.", what, clip(got)), didYouMean(got, known))
				good = false
			}
		}
		if i, ok := typeArgument[call.FunctionName()]; ok {
			check(i, typeNames(), "type of namespace")
		}
		if i, ok := kindArgument[call.FunctionName()]; ok {
			check(i, holderKinds, "kind of holder")
		}
		if call.FunctionName() == "shell" {
			check(0, c.shells, "shell")
		}
	}))
	return good
}

// celOffset turns CEL's line (from 1) and column (from 0, in characters) into
// a byte offset.
func celOffset(text string, line, column int) int {
	start := 0
	for range line - 1 {
		end := strings.IndexByte(text[start:], '\n')
		if end < 0 {
			break
		}
		start += end + 1
	}
	current, _, _ := strings.Cut(text[start:], "\n")
	return start + runeOffset(current, column)
}

// actualCost charges calls of our functions as the estimate does.
type actualCost struct{}

// CallCost is nil for CEL's own functions: it has its own prices for them.
func (actualCost) CallCost(function, _ string, _ []ref.Val, _ ref.Val) *uint64 {
	if _, ours := usage[function]; !ours {
		return nil
	}
	cost := callCost(function)
	return &cost
}

// eval runs the expression. An error that is absence (see isAbsence) means
// that something it speaks of is not there.
func (e *expression) eval(scope interpreter.Activation) (ref.Val, error) {
	val, _, err := e.program.Eval(scope)
	if err != nil {
		return nil, err
	}
	return val, nil
}

// holds runs a condition. What is not there makes it false; the error is for
// what the author must mend: an expression that costs too much.
func (e *expression) holds(scope interpreter.Activation) (bool, error) {
	val, err := e.eval(scope)
	if err != nil {
		if isCostly(err) {
			return false, fmt.Errorf("labs: a condition was given up after %d units of cost", maxCost)
		}
		return false, nil
	}
	return val == types.True, nil
}

func isCostly(err error) bool {
	var cancelled interpreter.EvalCancelledError
	return errors.As(err, &cancelled)
}
