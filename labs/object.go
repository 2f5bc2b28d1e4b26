package labs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// class is one type that conditions can name: process, namespace, …
//
// CEL's own way to show Go structs to expressions reads fields by reflection
// and compares objects deeply. Here objects refer to each other in circles and
// equality means identity, so each class says itself what its fields are.
type class struct {
	name   string
	typ    *cel.Type
	fields map[string]field
	// same says whether two objects are the same thing in one snapshot.
	same func(a, b any) bool
	// print returns what stands in a text for the object; nil if it cannot.
	print func(v any) string
}

// field is one field of a class: its type, and how to read it.
type field struct {
	typ *cel.Type
	get func(v any) (any, error)
}

// newClass returns a class whose Go values are of type *T.
func newClass[T any](name string, same func(a, b *T) bool, print func(*T) string) *class {
	c := &class{name: name, typ: cel.ObjectType(name), fields: map[string]field{}}
	c.same = func(a, b any) bool {
		x, ok := a.(*T)
		y, ok2 := b.(*T)
		return ok && ok2 && same(x, y)
	}
	if print != nil {
		c.print = func(v any) string { return print(v.(*T)) }
	}
	return c
}

// identical is the equality of values that are made once for each State.
func identical[T any](a, b *T) bool { return a == b }

// define adds a field that is always there.
func define[T any](c *class, name string, typ *cel.Type, get func(*T) any) {
	c.fields[name] = field{typ, func(v any) (any, error) { return get(v.(*T)), nil }}
}

// defineMaybe adds a field that may be absent, which is an error.
func defineMaybe[T any](c *class, name string, typ *cel.Type, get func(*T) (any, error)) {
	c.fields[name] = field{typ, func(v any) (any, error) { return get(v.(*T)) }}
}

// absent is the error of what is not there. It makes a condition unmet.
type absent string

func (a absent) Error() string { return string(a) }

func absentf(format string, args ...any) error { return absent(fmt.Sprintf(format, args...)) }

// object is a value of a class, as CEL handles it.
type object struct {
	class *class
	v     any
}

// ConvertToNative is never used by conditions.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	if t.AssignableTo(reflect.TypeOf(o.v)) {
		return o.v, nil
	}
	return nil, fmt.Errorf("labs: a %s is no %v", o.class.name, t)
}

// ConvertToType converts to a string what can be printed.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	switch {
	case t == types.TypeType:
		return o.class.typ
	case t == types.StringType && o.class.print != nil:
		return types.String(o.class.print(o.v))
	}
	return types.NewErr("a %s is no %s", o.class.name, t.TypeName())
}

// Equal is true for the same thing, not for equal fields.
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	return types.Bool(ok && p.class == o.class && o.class.same(o.v, p.v))
}

// Type returns the class's type.
func (o *object) Type() ref.Type { return o.class.typ }

// Value returns the Go value, a pointer.
func (o *object) Value() any { return o.v }

// provider adds the classes to CEL's own types.
type provider struct {
	*types.Registry
	classes map[string]*class
}

func newProvider(classes ...*class) (*provider, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("labs: make a CEL type registry: %w", err)
	}
	p := &provider{registry, map[string]*class{}}
	for _, c := range classes {
		p.classes[c.name] = c
	}
	return p, nil
}

// FindStructType makes the classes known as types.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if c, ok := p.classes[name]; ok {
		return types.NewTypeTypeWithParam(c.typ), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames returns the names of a class's fields, sorted.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	c, ok := p.classes[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	return c.fieldNames(), true
}

func (c *class) fieldNames() []string {
	names := make([]string, 0, len(c.fields))
	for name := range c.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// FindStructFieldType gives the checker a field's type and the interpreter the
// function that reads it.
func (p *provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	c, ok := p.classes[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, fieldName)
	}
	f, ok := c.fields[fieldName]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type: f.typ,
		IsSet: func(v any) bool {
			_, err := f.get(v)
			return err == nil
		},
		GetFrom: f.get,
	}, true
}

// NewValue refuses to make objects: they come from the kernel.
func (p *provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if _, ok := p.classes[name]; ok {
		return types.WrapErr(errors.New("objects of the sandbox cannot be made in an expression"))
	}
	return p.Registry.NewValue(name, fields)
}
