//go:build linux

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"example.org/nslab/sandbox"
)

func fitsNarrow(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.do("become narrow", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	p.visit(s.url("/"))
	p.sees("main", "A host name of your own")
	p.fits("the catalogue")
	p.click("a", "A host name of your own")
	p.sees("h2", "One name for everybody")
	for i := range evaluate[int](p, `document.querySelectorAll('button.step-pip').length`) {
		p.do("go to a step", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelectorAll('button.step-pip')[%d].click()`, i)))
		p.sees(".steps", fmt.Sprintf("Step %d of", i+1))
		p.fits(fmt.Sprintf("step %d", i+1))
	}

	p.click("nav.switch button", "Terminal")
	p.fits("the terminal")
	p.prompted()
	p.click(".terminal-cell.active .screen", "")
	p.line("sudo unshare --uts bash")
	p.until("the switch shows that an exercise is done", `document.querySelector('nav.switch .marks .cell.on')?.checkVisibility()`)
	p.click("nav.switch button", "Lesson")
	p.sees("h2", "What you have seen")
	p.click("button.step-pip", "A name for one shell")
	p.turned("uts-new")
}

// fits demands that nothing is wider than the window, neither the page nor what
// scrolls in it up and down.
func (p *tab) fits(what string) {
	p.t.Helper()
	wide := evaluate[[]string](p, `[document.documentElement, ...document.querySelectorAll('main, .terminals, .lesson, .bar')]
		.filter((e) => e.scrollWidth > e.clientWidth + 1 && e.getClientRects().length)
		.map((e) => e.tagName + '.' + e.className + ' ' + e.scrollWidth + ' > ' + e.clientWidth)`)
	if len(wide) > 0 {
		p.t.Errorf("%s is wider than the window: %q", what, wide)
	}
}

func turnsDark(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.prefers("light")
	p.visit(s.url("/labs/page"))
	p.prompted()
	type look struct{ Page, Text, Terminal string }
	see := func() look {
		return evaluate[look](p, `(() => {
			const colour = (e, of) => getComputedStyle(e)[of];
			const painted = [...document.querySelectorAll('.terminal-cell.active .screen *')].map((e) => colour(e, 'backgroundColor')).find((c) => !/, 0\)$/.test(c));
			return { Page: colour(document.body, 'backgroundColor'), Text: colour(document.body, 'color'), Terminal: painted };
		})()`)
	}
	light := see()
	p.prefers("dark")
	var dark look
	eventually(t, "the terminal changes its colours", func() bool { dark = see(); return dark.Terminal != light.Terminal })
	if brightness(t, light.Page) < brightness(t, light.Text) || brightness(t, light.Terminal) < 128 {
		t.Errorf("the light colours are not light: %+v", light)
	}
	if brightness(t, dark.Page) > brightness(t, dark.Text) || brightness(t, dark.Terminal) > 128 {
		t.Errorf("the dark colours are not dark: %+v", dark)
	}
}

// prefers makes the system prefer dark or light colours.
func (p *tab) prefers(scheme string) {
	p.t.Helper()
	p.do("prefer "+scheme, chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := cdp.Call(ctx, to, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// brightness of a colour as style sheets compute them, from 0 to 255.
func brightness(t *testing.T, colour string) int {
	t.Helper()
	parts := regexp.MustCompile(`\d+`).FindAllString(colour, 3)
	if len(parts) < 3 {
		t.Fatalf("%q is no colour", colour)
	}
	sum := 0
	for _, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("the colour %q: %v", colour, err)
		}
		sum += n
	}
	return sum / 3
}

func namesControls(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/"))
	p.sees("main", "A lab for the page")
	p.allNamed("the catalogue")
	p.click("button", "Keys")
	p.sees("dialog", "Keys")
	p.allNamed("the sheet of keys")
	p.press(kb.Escape)
	p.click("a", "A lab for the page")
	p.prompted()
	p.allNamed("a lab with a question")
	for _, menu := range []string{"New shell", "Terminal menu", "Sandbox"} {
		p.click("button", menu)
		p.sees(".menu-panel", "")
		p.allNamed("the menu " + menu)
		p.press(kb.Escape)
	}
	p.click("button", "Next")
	p.click("#check-own-name summary", "Show a solution")
	p.allNamed("a lab with a check")
}

// operable are the roles of what a person operates, or has to be told of.
var operable = map[string]bool{
	"button": true, "link": true, "textbox": true, "checkbox": true, "radio": true, "tab": true, "tabpanel": true,
	"slider": true, "splitter": true, "combobox": true, "menuitem": true, "dialog": true, "image": true, "DisclosureTriangle": true,
	"region": true, "timer": true,
}

// allNamed demands that everything a person operates has a name for a screen reader.
func (p *tab) allNamed(where string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.t.Fatalf("the accessibility tree of %s: %v", where, err)
	}
	count := 0
	for _, node := range tree.Nodes {
		role := axText(node.Role)
		if node.Ignored || !operable[role] {
			continue
		}
		count++
		if axText(node.Name) == "" {
			p.t.Errorf("in %s a %s has no name: %s", where, role, p.outerHTML(node.BackendDOMNodeID))
		}
	}
	if count < 2 {
		p.t.Errorf("in %s there are just %d things to operate; is the page there?", where, count)
	}
}

// axText is a value of the accessibility tree as text; "" for none.
func axText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if err := json.Unmarshal(v.Value, &text); err != nil {
		return string(v.Value)
	}
	return text
}

// outerHTML is how an element is written, or why that cannot be told.
func (p *tab) outerHTML(id cdp.BackendNodeID) string {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	html, err := chromedp.Call(ctx, dom.GetOuterHTML, dom.GetOuterHTMLParams{BackendNodeID: id})
	if err != nil {
		return err.Error()
	}
	return html.OuterHTML
}
