package labs

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is CommonMark with tables. It has no state that changes.
var markdown = goldmark.New(
	// Alignment by attribute: the page allows no inline styles.
	goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(htmlRenderer{}, 100))),
)

// parseMarkdown returns the tree of a span; offsets in it are those of value.
func parseMarkdown(s span) ast.Node {
	return markdown.Parser().Parse(text.NewReader([]byte(s.value)))
}

// renderNodes returns the HTML of checked nodes.
func renderNodes(s span, nodes ...ast.Node) HTML {
	var b bytes.Buffer
	for _, n := range nodes {
		// Writing to a buffer cannot fail, and rendering fails in no other way.
		if err := markdown.Renderer().Render(&b, []byte(s.value), n); err != nil {
			return ""
		}
	}
	return HTML(strings.TrimSpace(b.String()))
}

// fragment renders a piece of Markdown that stands in a block's body: a goal,
// a hint, a choice. It may hold no headings and no blocks of ours.
func (r *report) fragment(s span, site site) HTML {
	root := parseMarkdown(s)
	before := len(r.problems)
	r.checkMarkdown(s, root, site)
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindHeading {
			r.add(s.at(nodeOffset(n)), "A heading cannot stand in a block.", "Write plain text or **bold**; begin a # with a backslash.")
		}
		if d := directiveOf(n, s.value); d != "" {
			r.add(s.at(nodeOffset(n)), fmt.Sprintf("A %s cannot stand inside another block.", d), "")
		}
	}
	if len(r.problems) > before {
		return ""
	}
	return renderNodes(s, root)
}

// line renders Markdown as fragment does, without the paragraph around it when
// there is just one.
func (r *report) inline(s span, site site) HTML {
	html := string(r.fragment(s, site))
	inner, ok := strings.CutPrefix(html, "<p>")
	inner, ok2 := strings.CutSuffix(inner, "</p>")
	if ok && ok2 && !strings.Contains(inner, "<p>") {
		return HTML(inner)
	}
	return HTML(html)
}

// maxProseDepth bounds what stands in each other: browsers give up on pages that are
// nested deeply, and readers before them.
const maxProseDepth = 16

// nests says whether nodes of this kind may stand in each other.
func nests(n ast.Node) bool {
	switch n.Kind() {
	case ast.KindBlockquote, ast.KindListItem, ast.KindEmphasis:
		return true
	}
	return false
}

// checkMarkdown reports what prose may not hold.
func (r *report) checkMarkdown(s span, root ast.Node, site site) {
	depth := 0
	// Walk's visitor never returns an error.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if nests(n) && entering {
			depth++
		} else if nests(n) {
			depth--
		}
		if !entering {
			return ast.WalkContinue, nil
		}
		if depth > maxProseDepth {
			r.add(s.at(nodeOffset(n)), fmt.Sprintf("Lists, quotations or emphasis are nested more than %d deep here.", maxProseDepth), "Take some of them out of the others.")
			return ast.WalkSkipChildren, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML:
			if at := nodeOffset(n); at >= 0 && strings.HasPrefix(s.value[at:], "</") {
				return ast.WalkSkipChildren, nil // its beginning is said already
			}
			r.add(s.at(nodeOffset(n)), "Raw HTML is not allowed.", "Write it in Markdown, or put it in `backquotes` to show it.")
			return ast.WalkSkipChildren, nil
		case *ast.Image:
			r.add(s.at(nodeOffset(n)), "Images are not supported.", "Say it in words, or draw it in a ```text block.")
		case *ast.Link:
			r.checkLink(s, n, string(n.Destination), site)
		case *ast.AutoLink:
			r.checkLink(s, n, string(n.URL([]byte(s.value))), site)
		case *ast.FencedCodeBlock:
			r.checkFence(s, n)
		}
		return ast.WalkContinue, nil
	})
}

// labLink is a link to another lab: ../uts/lab.md, ../uts/ or ../uts.
var labLink = regexp.MustCompile(`^\.\./([a-z][a-z0-9-]*)(?:/|/lab\.md)?$`)

func (r *report) checkLink(s span, n ast.Node, to string, site site) {
	if webLink(to) {
		return
	}
	at := s.at(nodeOffset(n))
	m := labLink.FindStringSubmatch(to)
	switch {
	case m == nil:
		r.add(at, fmt.Sprintf("A link cannot lead to %q.", clip(to)), "Links lead to https://…, http://… or to another lab: ../uts/lab.md.")
	case !slices.Contains(site.labs, m[1]):
		r.add(at, fmt.Sprintf("There is no lab %q to link to.", m[1]), didYouMean(m[1], site.labs))
	}
}

func webLink(to string) bool {
	scheme, rest, ok := strings.Cut(to, "://")
	return ok && rest != "" && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// checkFence reports code blocks whose first word is neither a language nor one
// of our blocks, and our blocks where they cannot stand.
func (r *report) checkFence(s span, n *ast.FencedCodeBlock) {
	word, _, _ := strings.Cut(strings.TrimSpace(infoOf(n, s.value)), " ")
	at := s.at(nodeOffset(n))
	switch {
	case !closed(n, s.value):
		r.add(at, "This block has no end.", "End it with a line of as many backquotes as it began with.")
	case slices.Contains(directives, word):
		if n.Parent().Kind() != ast.KindDocument {
			r.add(at, fmt.Sprintf("A %s cannot stand inside a list or a quotation.", word), "Put it at the top level, without indentation.")
		}
	case word != "" && !knownLanguage(word):
		r.add(at, fmt.Sprintf("There is no block and no language %q.", clip(word)),
			didYouMean(word, slices.Concat(directives, commonLanguages)))
	}
}

// closed says whether a line ends the block, and not the end of the text.
func closed(n *ast.FencedCodeBlock, source string) bool {
	end := 0
	if n.Info != nil {
		end = n.Info.Segment.Stop
	} else if n.Pos() >= 0 {
		end = n.Pos() + 3
	}
	if lines := n.Lines(); lines.Len() > 0 {
		end = lines.At(lines.Len()-1).Stop - 1
	}
	_, rest, _ := strings.Cut(source[min(end, len(source)):], "\n")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Contains(line, "```") || strings.Contains(line, "~~~")
}

// infoOf is the text after the fence.
func infoOf(n *ast.FencedCodeBlock, source string) string {
	if n.Info == nil {
		return ""
	}
	return string(n.Info.Segment.Value([]byte(source)))
}

// directiveOf returns the word if a node is one of our blocks, else "".
func directiveOf(n ast.Node, source string) string {
	fence, ok := n.(*ast.FencedCodeBlock)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimSpace(infoOf(fence, source)), " ")
	if slices.Contains(directives, word) {
		return word
	}
	return ""
}

// nodeOffset returns where a node stands: a code block at the word behind its
// fence, which is what a problem is about.
func nodeOffset(n ast.Node) int {
	if fence, ok := n.(*ast.FencedCodeBlock); ok && fence.Info != nil {
		return fence.Info.Segment.Start
	}
	return max(n.Pos(), 0)
}

// plain returns the text of a node without its markup.
func plain(n ast.Node, source string) string {
	var b strings.Builder
	// Walk's visitor never returns an error.
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value([]byte(source)))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label([]byte(source)))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}
