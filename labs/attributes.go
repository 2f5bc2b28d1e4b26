package labs

import (
	"fmt"
	"regexp"
	"slices"
)

// attribute is one key=value of an info string.
var attribute = regexp.MustCompile(`([^\s=]+)(?:=("[^"]*"|\S*))?`)

// attributes reads the info string of a block.
func (a *author) attributes(info span, known ...string) map[string]span {
	out := map[string]span{}
	for i, m := range attribute.FindAllStringSubmatchIndex(info.value, -1) {
		if i == 0 {
			continue // the block's own word
		}
		key := info.value[m[2]:m[3]]
		switch {
		case !slices.Contains(known, key):
			a.add(info.at(m[2]), fmt.Sprintf("There is no attribute %q here.", clip(key)), didYouMean(key, known))
		case m[4] < 0 || m[4] == m[5]:
			a.add(info.at(m[2]), fmt.Sprintf("The attribute %q has no value.", key), fmt.Sprintf("Write %s=…", key))
		case out[key].value != "":
			a.add(info.at(m[2]), fmt.Sprintf("The attribute %q is there twice.", key), "")
		default:
			value := info.slice(m[4], m[5])
			if n := len(value.value); n > 1 && value.value[0] == '"' {
				value = value.slice(1, n-1)
			}
			out[key] = value
		}
	}
	return out
}

// numbered are the ids that commands and steps get by themselves.
var numbered = regexp.MustCompile(`^(c|step-)[0-9]+$`)

// id returns the id of a question or a check, which must be its own.
func (a *author) id(info span) string {
	id, ok := a.attributes(info, "id")["id"]
	switch {
	case !ok:
		a.add(info.at(0), "This block has no id.", "Write an id after its first word: id=uts-new. Progress is kept under it.")
	case !ValidID(id.value):
		a.add(id.at(0), fmt.Sprintf("%q cannot be an id.", clip(id.value)), idFix)
	case numbered.MatchString(id.value):
		a.add(id.at(0), fmt.Sprintf("The id %q is taken by a command or a step.", id.value), "Choose another.")
	default:
		if first, used := a.seen[id.value]; used {
			line, _ := a.src.place(first)
			a.add(id.at(0), fmt.Sprintf("The id %q is used in line %d already.", id.value, line), "Choose another.")
		} else {
			a.seen[id.value] = id.at(0)
		}
	}
	return id.value
}
