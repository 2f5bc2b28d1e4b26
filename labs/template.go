package labs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Template is text with {{expressions}} that are filled from a State. It is
// immutable and safe for concurrent use.
type Template struct {
	parts []part
}

// part is literal text, or an expression with the label that stands for it.
type part struct {
	text  string
	label string
	expr  *expression
}

// templateLabel is the label before an expression: {{PID: shell.pid}}.
var templateLabel = regexp.MustCompile(`^\s*([A-Z][A-Z0-9_]*):\s*`)

// noLabel stands for an expression without a label.
const noLabel = "…"

// template compiles a template; nil after a mistake, which is reported.
func (c *compiler) template(env *cel.Env, text span) *Template {
	out := &Template{}
	good := true
	rest := text
	for {
		open := strings.Index(rest.value, "{{")
		if open < 0 {
			break
		}
		out.literal(rest.value[:open])
		end := templateEnd(rest.value[open+2:])
		if end < 0 {
			c.add(rest.at(open), "This {{ has no }}.", "Write {{\"{{\"}} for the braces themselves.")
			return nil
		}
		inner := rest.slice(open+2, open+2+end)
		p := part{label: noLabel}
		if m := templateLabel.FindStringSubmatch(inner.value); m != nil {
			p.label = m[1]
			inner = inner.slice(len(m[0]), len(inner.value))
		}
		p.expr = c.compile(env, inner)
		if p.expr != nil && !printable(p.expr.out) {
			c.add(inner.trim().at(0), fmt.Sprintf("A %s cannot be printed.", typeName(p.expr.out)),
				"Name one of its fields.")
			p.expr = nil
		}
		good = good && p.expr != nil
		out.parts = append(out.parts, p)
		rest = rest.slice(open+2+end+2, len(rest.value))
	}
	out.literal(rest.value)
	if !good {
		return nil
	}
	return out
}

func (t *Template) literal(text string) {
	if text != "" {
		t.parts = append(t.parts, part{text: text})
	}
}

// templateEnd returns where the }} is that ends an expression, or -1. It looks
// over CEL's strings and inner braces.
func templateEnd(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\'', '"':
			quote := text[i]
			for i++; i < len(text) && text[i] != quote; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{':
			depth++
		case '}':
			if depth == 0 {
				if strings.HasPrefix(text[i:], "}}") {
					return i
				}
				return -1
			}
			depth--
		}
	}
	return -1
}

// String returns the text with labels where the expressions are.
func (t *Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.text)
		b.WriteString(p.label)
	}
	return b.String()
}

// ErrNotNow is wrapped by errors which say that something a lab speaks of does
// not exist in the sandbox now.
var ErrNotNow = errors.New("not there now")

// Fill returns the text with every expression computed. What the sandbox says
// cannot bring control characters into it: the text is going to be typed. The
// error wraps ErrNotNow when something is not there.
func (t *Template) Fill(s *State) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		val, err := p.expr.eval(s)
		if err != nil {
			return "", fmt.Errorf("labs: %s cannot be filled in: %w (%w)", p.label, err, ErrNotNow)
		}
		text := printVal(val)
		if strings.ContainsFunc(text, unicode.IsControl) {
			return "", fmt.Errorf("labs: what stands for %s holds control characters (%w)", p.label, ErrNotNow)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// missing stands in a text for what is not there.
const missing = "none"

// maxSaw is the most characters of a text that is shown: three lines of the
// page.
const maxSaw = 300

// show returns the text to be read, with "none" for what is not there.
func (t *Template) show(s *State) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		if val, err := p.expr.eval(s); err == nil {
			b.WriteString(printVal(val))
		} else {
			b.WriteString(missing)
		}
	}
	text := []rune(strings.TrimSpace(b.String()))
	if len(text) > maxSaw {
		text = append(text[:maxSaw-1], '…')
	}
	return strings.ToValidUTF8(string(text), "�")
}

// printable says whether values of a type can stand in a text.
func printable(t *cel.Type) bool {
	switch t.Kind() {
	case types.IntKind, types.UintKind, types.DoubleKind, types.StringKind, types.BoolKind:
		return true
	case types.ListKind:
		return t.Parameters()[0].Kind() != types.ListKind && printable(t.Parameters()[0])
	case types.StructKind:
		for _, c := range celEnvironments().classes {
			if c.typ.IsExactType(t) {
				return c.print != nil
			}
		}
	}
	return false
}

// printed is CEL's string() of an object.
func printed(v ref.Val) ref.Val { return types.String(printVal(v)) }

// maxItems is how many items of a list are printed: more than a text can show.
const maxItems = 100

// printVal returns a printable value as text; "none" for an empty list.
func printVal(v ref.Val) string {
	switch v := v.(type) {
	case types.String:
		return string(v)
	case types.Int:
		return strconv.FormatInt(int64(v), 10)
	case types.Uint:
		return strconv.FormatUint(uint64(v), 10)
	case types.Double:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case types.Bool:
		return strconv.FormatBool(bool(v))
	case *object:
		return v.class.print(v.v)
	case traits.Lister:
		var items []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			if len(items) == maxItems {
				items = append(items, noLabel)
				break
			}
			items = append(items, printVal(it.Next()))
		}
		if len(items) == 0 {
			return missing
		}
		return strings.Join(items, ", ")
	}
	return fmt.Sprint(v.Value())
}
