package labs

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// htmlRenderer renders what differs from goldmark's own: highlighted code, and
// links that leave the page or lead to another lab.
type htmlRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (h htmlRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, h.code)
	r.Register(ast.KindCodeBlock, h.code)
	r.Register(ast.KindLink, h.link)
	r.Register(ast.KindAutoLink, h.autoLink)
}

func (htmlRenderer) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if fence, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(fence.Language(source))
	}
	_, err := w.WriteString(string(highlight(string(n.Lines().Value(source)), language)) + "\n")
	return ast.WalkSkipChildren, err
}

func (htmlRenderer) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	link := n.(*ast.Link)
	_, err := w.WriteString(anchor(string(link.Destination), string(link.Title)))
	return ast.WalkContinue, err
}

func (htmlRenderer) autoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	link := n.(*ast.AutoLink)
	label := util.EscapeHTML(link.Label(source))
	_, err := fmt.Fprintf(w, "%s%s</a>", anchor(string(link.URL(source)), ""), label)
	return ast.WalkContinue, err
}

// anchor opens a link. One to another lab names it in data-lab, so that the
// page can go there without a new load; its address is relative to the base.
// Anything that lint would refuse leads nowhere.
func anchor(to, title string) string {
	attrs := ""
	if title != "" {
		attrs = ` title="` + escape(title) + `"`
	}
	if m := labLink.FindStringSubmatch(to); m != nil {
		return fmt.Sprintf(`<a href="labs/%s" data-lab="%s"%s>`, m[1], m[1], attrs)
	}
	if webLink(to) {
		safe := escape(string(util.URLEscape([]byte(to), true)))
		return fmt.Sprintf(`<a href="%s" target="_blank" rel="noopener noreferrer"%s>`, safe, attrs)
	}
	return "<a>"
}

func escape(text string) string { return string(util.EscapeHTML([]byte(text))) }

// commonLanguages are offered when the language of a code block is unknown.
var commonLanguages = []string{"sh", "bash", "console", "text", "c", "go", "json", "yaml"}

// knownLanguage says whether code can be highlighted in that language.
func knownLanguage(name string) bool {
	return name == "text" || name == "plaintext" || lexers.Get(name) != nil
}

var chromaFormatter = chromahtml.New(chromahtml.WithClasses(true))

// highlight returns code as HTML with CSS classes. Code in no language, or one
// that cannot be read, is shown as it is.
func highlight(code, language string) HTML {
	lexer := lexers.Get(language)
	if language == "" || lexer == nil {
		lexer = lexers.Fallback
	}
	var b bytes.Buffer
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	if err == nil {
		err = chromaFormatter.Format(&b, styles.Fallback, tokens)
	}
	if err != nil {
		return HTML(`<pre class="chroma"><code>` + escape(code) + `</code></pre>`)
	}
	return HTML(strings.TrimSpace(b.String()))
}
