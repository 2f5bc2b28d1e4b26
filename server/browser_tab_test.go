//go:build linux

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tab is a page as a person has it before them, in a browser that has never been
// anywhere: two tabs are two learners. What it does, it does by mouse and keys.
//
// At the test's end nothing may have been complained about in the console, neither
// by scripts nor by the browser, and no content security policy may have been
// violated.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	offline    bool // the browser may complain about the network
}

// finders find what a person would point at. They are there in every document.
const finders = `
	const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
	globalThis.$name = (e) => (e.getAttribute('aria-label') ?? e.innerText ?? '').replace(/\s+/g, ' ').trim();
	globalThis.$find = (selector, name) => [...document.querySelectorAll(selector)].filter(shown).find((e) => $name(e).includes(name));
	globalThis.$text = (selector) => [...document.querySelectorAll(selector)].filter(shown).map((e) => e.innerText).join('\n');
	const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
	globalThis.$settled = () => frame().then(frame).then(() => true);
	globalThis.$point = async (selector, name) => {
		const e = $find(selector, name);
		if (!e || e.disabled) return null;
		e.scrollIntoView({ block: 'center', behavior: 'instant' });
		const before = e.getBoundingClientRect();
		await $settled();
		const box = e.getBoundingClientRect();
		if (box.x !== before.x || box.y !== before.y) return null;
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		const top = document.elementFromPoint(x, y);
		return top && (e.contains(top) || top.contains(e)) ? [x, y] : null;
	};
	globalThis.$screen = () => [...document.querySelectorAll('.terminal-cell.active .xterm-rows > div')]
		.map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();
`

// open opens a tab of a new learner. It is closed with the test.
func (c *chromium) open(t *testing.T) *tab {
	t.Helper()
	p := &tab{t: t}
	ctx, end := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.listen))
	p.ctx = ctx
	t.Cleanup(func() {
		if t.Failed() {
			p.keep()
		}
		end()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.complaints {
			t.Errorf("in the console: %s", c)
		}
	})
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		if _, err := cdp.Call(ctx, to, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, to, audits.Enable, cdp.Empty{}); err != nil {
			return err
		}
		// Several tabs are open at once, and each is the one before its person.
		focus := emulation.SetFocusEmulationEnabledParams{Enabled: true}
		if _, err := cdp.Call(ctx, to, emulation.SetFocusEmulationEnabled, focus); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, to, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: finders})
		return err
	}))
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return p
}

// keep keeps what the tab shows as a picture (see "go test -artifacts") and says it.
func (p *tab) keep() {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no picture of the page: %v", err)
		return
	}
	file := filepath.Join(p.t.ArtifactDir(), "page.png")
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.t.Logf("no picture of the page: %v", err)
		return
	}
	p.t.Logf("the page is in %s and shows:\n%s\n--- the terminal:\n%s\n--- the focus: %s", file,
		evaluate[string](p, `document.body.innerText`), evaluate[string](p, `$screen()`),
		evaluate[string](p, `document.activeElement.cloneNode().outerHTML`))
}

// do does something in the tab.
func (p *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// evaluate returns what a script is in the page.
func evaluate[T any](p *tab, script string) T {
	p.t.Helper()
	v, err := try[T](p, script)
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", script, err)
	}
	return v
}

func try[T any](p *tab, script string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// until waits until a script is true in the page.
func (p *tab) until(what, script string) {
	p.t.Helper()
	eventually(p.t, what, func() bool {
		ok, err := try[bool](p, "Boolean("+script+")")
		return err == nil && ok // a page that is being left has no answer
	})
}

// visit goes to an address and waits until the page is there.
func (p *tab) visit(url string) {
	p.t.Helper()
	p.do("visit "+url, chromedp.Navigate(url))
	p.until("the page is drawn", `document.querySelector('#app main')`)
}

// sees waits until text is shown in what the selector finds.
func (p *tab) sees(selector, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s shows %q", selector, text), fmt.Sprintf(`$text(%s).includes(%s)`, quote(selector), quote(text)))
}

// shows reports whether text is shown now in what the selector finds.
func (p *tab) shows(selector, text string) bool {
	p.t.Helper()
	return evaluate[bool](p, fmt.Sprintf(`$text(%s).includes(%s)`, quote(selector), quote(text)))
}

// click clicks by mouse on the first shown element that the selector finds and that
// has the name, when it can be clicked on: it stays where it is, nothing covers it,
// and it is not disabled.
func (p *tab) click(selector, name string) {
	p.t.Helper()
	var at []float64
	eventually(p.t, fmt.Sprintf("%s %q can be clicked on", selector, name), func() bool {
		var err error
		at, err = try[[]float64](p, fmt.Sprintf(`$point(%s, %s)`, quote(selector), quote(name)))
		return err == nil && at != nil
	})
	p.do("click on "+name, chromedp.MouseClickXY(at[0], at[1]))
}

// line types a line into the terminal that has the focus, once its shell has
// prompted, and Enter once it is shown.
func (p *tab) line(text string) {
	p.t.Helper()
	p.prompted()
	p.press(text)
	p.until(fmt.Sprintf("the terminal echoes %q", text), fmt.Sprintf(`$screen().replaceAll('\n', '').endsWith(%s)`, quote(text)))
	p.press(kb.Enter)
}

// prompted waits until the shell in the active terminal waits for a line.
func (p *tab) prompted() {
	p.t.Helper()
	p.until("the shell prompts", `document.querySelector('.terminal-cell.active') && /[#$]$/.test($screen())`)
}

// prints waits until the active terminal shows a text.
func (p *tab) prints(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("the terminal shows %q", text), fmt.Sprintf(`$screen().includes(%s)`, quote(text)))
}

// screen is the text that the active terminal shows.
func (p *tab) screen() string {
	p.t.Helper()
	return evaluate[string](p, `$screen()`)
}

// turned waits until the check is shown as done, with its mark.
func (p *tab) turned(check string) {
	p.t.Helper()
	p.until("check "+check+" is green", fmt.Sprintf(`document.querySelector(%s)`, quote("#check-"+check+".done .check-mark svg")))
}

// settles waits until the page has drawn what is new and listens to it: a person is
// never faster than that.
func (p *tab) settles() {
	p.t.Helper()
	evaluate[bool](p, `$settled()`)
}

// sandbox is the id of the sandbox that the page is at.
func (p *tab) sandbox() string {
	p.t.Helper()
	p.until("the address names the sandbox", `new URL(location).searchParams.get('sandbox')`)
	return evaluate[string](p, `new URL(location).searchParams.get('sandbox')`)
}

// call makes a call as another tab of the same browser would, and returns the body.
func (p *tab) call(method, path string) string {
	p.t.Helper()
	return evaluate[string](p, fmt.Sprintf(`fetch(%s, { method: %s }).then((r) => r.text())`, quote(path), quote(method)))
}

// quote writes text as a JavaScript string.
func quote(text string) string {
	b, _ := json.Marshal(text) // a string always marshals
	return string(b)
}
