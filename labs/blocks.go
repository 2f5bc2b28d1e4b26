package labs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// directives are the words that make a fenced block one of ours.
var directives = []string{"command", "question", "check"}

// maxBlocks bounds a lab: more cannot be done in the four hours that a lab may
// take at most.
const maxBlocks = 500

// author reads the Markdown of one lab.
type author struct {
	*compiler
	site site
	envs *environments
	// seen is where each id was first used.
	seen     map[string]int
	commands int
	blocks   int
}

// steps reads the lab's body.
func (r *report) steps(body span, lab *Lab, site site) []Step {
	a := &author{
		compiler: &compiler{report: r},
		site:     site, envs: celEnvironments(), seen: map[string]int{},
	}
	for _, s := range lab.Shells {
		a.shells = append(a.shells, s.Title)
	}
	root := parseMarkdown(body)
	r.checkMarkdown(body, root, site)

	var steps []Step
	var prose []ast.Node
	flush := func() {
		if len(prose) > 0 && len(steps) > 0 {
			last := &steps[len(steps)-1]
			last.Blocks = append(last.Blocks, &Prose{renderNodes(body, prose...)})
		}
		prose = nil
	}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		heading, isHeading := n.(*ast.Heading)
		switch {
		case isHeading && heading.Level == 1:
			r.add(body.at(nodeOffset(n)), "The title is in the front matter.", "Delete this heading, or write ## for a step.")
		case isHeading && heading.Level == 2:
			flush()
			title := plain(n, body.value)
			if title == "" {
				r.add(body.at(nodeOffset(n)), "This step has no title.", "")
			}
			steps = append(steps, Step{ID: fmt.Sprintf("step-%d", len(steps)+1), Title: title})
		case len(steps) == 0:
			r.add(body.at(nodeOffset(n)), "This stands before the first step.", "Begin with a heading: ## Title of the step.")
			steps = append(steps, Step{ID: "step-0"}) // so that it is said once
		case directiveOf(n, body.value) != "":
			flush()
			if b := a.block(n.(*ast.FencedCodeBlock), body); b != nil {
				last := &steps[len(steps)-1]
				last.Blocks = append(last.Blocks, b)
			}
		default:
			prose = append(prose, n)
		}
	}
	flush()
	if len(steps) == 0 {
		r.add(body.at(0), "The lab has no steps.", "Begin the first with a heading: ## Title of the step.")
	}
	return steps
}

// block reads one of our blocks; nil after a mistake.
func (a *author) block(n *ast.FencedCodeBlock, body span) Block {
	if a.blocks++; a.blocks == maxBlocks+1 {
		a.add(body.at(nodeOffset(n)), fmt.Sprintf("A lab has at most %d blocks.", maxBlocks), "Make two labs of it.")
	}
	if a.blocks > maxBlocks {
		return nil
	}
	info := body.slice(n.Info.Segment.Start, n.Info.Segment.Stop)
	word, _, _ := strings.Cut(strings.TrimSpace(info.value), " ")
	content := fenceContent(n, body)
	switch word {
	case "command":
		return a.command(info, content)
	case "question":
		return maybe(a.question(info, content))
	default:
		return maybe(a.check(info, content))
	}
}

// maybe keeps a nil pointer from becoming a Block that is not nil.
func maybe[T any, P interface {
	*T
	Block
}](p P) Block {
	if p == nil {
		return nil
	}
	return p
}

// fenceContent returns what stands between the fences.
func fenceContent(n *ast.FencedCodeBlock, body span) span {
	out := span{base: body.at(n.Info.Segment.Stop), table: []int{}}
	var b strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		for range segment.Padding {
			b.WriteByte(' ')
			out.table = append(out.table, body.at(segment.Start))
		}
		for at := segment.Start; at < segment.Stop; at++ {
			if body.value[at] == '\r' {
				continue // a file from Windows
			}
			b.WriteByte(body.value[at])
			out.table = append(out.table, body.at(at))
		}
	}
	out.value = b.String()
	return out
}

// shell returns the title of a shell, which must be one of the lab's.
func (a *author) shell(title span) string {
	if !slices.Contains(a.shells, title.value) {
		a.add(title.at(0), fmt.Sprintf("There is no shell %q.", clip(title.value)), didYouMean(title.value, a.shells))
	}
	return title.value
}

func (a *author) command(info, body span) Block {
	a.commands++
	out := &Command{ID: fmt.Sprintf("c%d", a.commands)}
	if title, ok := a.attributes(info, "shell")["shell"]; ok {
		out.Shell = a.shell(title)
	}
	text := body
	text = text.slice(0, len(strings.TrimRight(text.value, " \t\r\n")))
	if strings.TrimSpace(text.value) == "" {
		a.add(info.at(0), "This command is empty.", "")
		return nil
	}
	if out.Text = a.template(a.envs.check, text); out.Text == nil {
		return nil
	}
	out.HTML = highlight(out.Text.String(), "bash")
	return out
}
