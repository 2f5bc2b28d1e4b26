package labs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
)

// The forms of CEL's messages that authors meet.
var (
	celUndeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	celField      = regexp.MustCompile(`^undefined field '([^']*)'`)
	celOverload   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	celSyntax     = regexp.MustCompile(`^Syntax error: `)
	celToken      = regexp.MustCompile(`^(?:token recognition error at: |mismatched input |extraneous input |no viable alternative at input )'(.*?)'(?: expecting .*)?$`)
)

// celNesting comes once for each level.
const celNesting = "comprehension exceeds nesting limit"

// operators are CEL's internal names of what authors write as signs.
var operators = map[string]string{
	"_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "_&&_": "&&", "_||_": "||",
	"_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%", "!_": "!", "-_": "-", "@in": "in", "_[_]": "[ ]", "_?_:_": "? :",
}

// explain turns CEL's message into a sentence and a fix.
func explain(env *cel.Env, message string) (text, fix string) {
	known := celEnvironments()
	if m := celUndeclared.FindStringSubmatch(message); m != nil {
		if strings.HasPrefix(m[1], "@") {
			m[1] = strings.TrimPrefix(m[1], stateVar)
		}
		return unknownName(env, m[1])
	}
	if m := celField.FindStringSubmatch(message); m != nil {
		if how, ok := usage[m[1]]; ok {
			return fmt.Sprintf("%q is a function, not a field.", m[1]), "Write " + how + "."
		}
		return fmt.Sprintf("There is no field %q.", m[1]), nearOnly(m[1], known.members())
	}
	if m := celOverload.FindStringSubmatch(message); m != nil {
		return noOverload(m[1], m[2])
	}
	if celSyntax.MatchString(message) {
		return syntaxError(celSyntax.ReplaceAllString(message, ""))
	}
	if message == celNesting {
		return fmt.Sprintf("More than %d exists, all, filter or map are inside or behind each other.", maxNesting), "Make two checks of it."
	}
	if strings.HasPrefix(message, "invalid matches argument") {
		return "This is not a regular expression.", "See https://github.com/google/re2/wiki/Syntax."
	}
	return capital(sentence(message)) + ".", ""
}

func unknownName(env *cel.Env, name string) (text, fix string) {
	if how, ok := usage[name]; ok {
		return fmt.Sprintf("%q is not called like this.", name), "Write " + how + "."
	}
	if name == "answer" {
		return "There is no answer here.", "Only a question's \"correct\" and the \"when\" of its hints have \"answer\"."
	}
	return fmt.Sprintf("There is no %q.", name), didYouMean(name, celEnvironments().names(env))
}

// nearOnly is didYouMean without the list of all words.
func nearOnly(word string, known []string) string {
	if nearest(word, known) == "" {
		return ""
	}
	return didYouMean(word, known)
}

func noOverload(function, arguments string) (text, fix string) {
	arguments = strings.ReplaceAll(arguments, "state.", "")
	if how, ok := usage[function]; ok {
		return fmt.Sprintf("%q is not called with %s.", function, arguments), "Write " + how + "."
	}
	sign, ok := operators[function]
	if !ok {
		return fmt.Sprintf("%q is not called with %s.", function, arguments), ""
	}
	text = fmt.Sprintf("%s does not go with %s.", sign, arguments)
	if strings.Contains(arguments, "namespace") && strings.Contains(arguments, "int") {
		return text, "Use .inode for a namespace's number, or compare two namespaces."
	}
	if strings.Contains(arguments, "process") && strings.Contains(arguments, "int") {
		return text, "Use .pid for a process's number."
	}
	if sign == "==" || sign == "!=" {
		return text, "Both sides must be of one type; string(…) and int(…) convert."
	}
	return text, ""
}

// syntaxError rewords what CEL's parser says.
func syntaxError(detail string) (text, fix string) {
	if strings.Contains(detail, "'<EOF>'") {
		return "The expression ends too early.", "A bracket, a quote or an operand is missing."
	}
	m := celToken.FindStringSubmatch(detail)
	if m == nil {
		return "This is not valid CEL: " + sentence(detail) + ".", ""
	}
	token := strings.TrimSpace(m[1])
	switch token {
	case "=":
		fix = "Equality is written ==."
	case "&", "and", "AND":
		fix = "And is written &&."
	case "|", "or", "OR":
		fix = "Or is written ||."
	case "not", "NOT":
		fix = "Not is written !."
	}
	return fmt.Sprintf("%q is not expected here.", token), fix
}

// sentence is a message without the end that a sentence of ours brings along.
func sentence(message string) string {
	message, _, _ = strings.Cut(strings.TrimSpace(message), "\n")
	return strings.TrimRight(message, ". ")
}

// typeName is how a type is called in messages and in README.md.
func typeName(t *cel.Type) string {
	switch t.Kind() {
	case types.ListKind:
		return "list of " + typeName(t.Parameters()[0])
	case types.MapKind:
		return "map of " + typeName(t.Parameters()[0]) + " to " + typeName(t.Parameters()[1])
	}
	return t.TypeName()
}

func typeNamesOf(list []*cel.Type) string {
	var names []string
	for _, t := range list {
		if name := typeName(t); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
