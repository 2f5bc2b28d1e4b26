package labs

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// align returns a scalar's value with the place of each of its bytes, whatever
// the style that it is written in. It walks value and text side by side:
// YAML changes white space, quotes and escapes, and nothing else.
func (d *document) align(n *yaml.Node) span {
	src, value := d.body.value, n.Value
	out := span{value: value, table: make([]int, len(value))}
	j := d.offset(n)
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		j += max(0, strings.IndexByte(src[j:], '\n'))
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		j++
	}
	j = min(j, len(src))
	for i := 0; i < len(value); {
		escaped := n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(src[j:], `\\`)
		if space := blanks(value[i:]); space > 0 && !escaped {
			width := blanks(src[j:])
			for k := range space {
				out.table[i+k] = d.body.at(j + min(k, width))
			}
			i, j = i+space, j+width
			continue
		}
		j += blanks(src[j:])
		width := 1
		switch rest := src[min(j, len(src)):]; {
		case n.Style&yaml.SingleQuotedStyle != 0 && strings.HasPrefix(rest, "''"):
			width = 2
		case n.Style&yaml.DoubleQuotedStyle != 0 && strings.HasPrefix(rest, `\`):
			width = escapeWidth(rest)
		}
		_, size := utf8.DecodeRuneInString(value[i:])
		if width == 1 {
			width = size
		}
		for k := range size {
			out.table[i+k] = d.body.at(min(j+min(k, width-1), len(src)))
		}
		i, j = i+size, min(j+width, len(src))
	}
	out.base = d.at(n)
	return out
}

// blanks is the length of the white space that text begins with.
func blanks(text string) int { return len(text) - len(strings.TrimLeft(text, " \t\r\n")) }

// escapeWidth is the length of the escape that a double-quoted text begins with.
func escapeWidth(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	width, ok := map[byte]int{'x': 4, 'u': 6, 'U': 10}[text[1]]
	if !ok {
		width = 2
	}
	return min(width, len(text))
}
