//go:build linux

package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"example.org/nslab/sandbox"
)

// pasted is so many lines: three quarters of a megabyte with letters of one, two,
// three and four bytes. A line is shorter than a terminal takes at once (4096).
const pasted = 12000

func pastes(t *testing.T, c *chromium) {
	var text strings.Builder
	for i := range pasted {
		fmt.Fprintf(&text, "line %d: a tab\tand letters: é ï 名前空間 𝄞 and a few more\n", i)
	}
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click(".terminal-cell.active .screen", "")
	p.line("stty -echo; echo ready-$((1+1)); cat > pasted; stty echo; sha256sum pasted")
	p.prints("ready-2")
	p.paste(text.String())
	p.press("d", chromedp.ModifierCtrl)
	p.prints(fmt.Sprintf("%x", sha256.Sum256([]byte(text.String()))))

	// Pasted text cannot end its own bracket: what looks like Enter in it runs nothing.
	p.line("clear")
	p.prompted()
	p.paste("echo not-$((1+1))\x1b[201~\recho nor-$((1+1))")
	p.prints("nor-$((1+1))")
	p.press("c", chromedp.ModifierCtrl)
	p.line("echo after-$((1+1))")
	p.prints("after-2")
	if screen := p.screen(); strings.Contains(screen, "not-2") || strings.Contains(screen, "nor-2") {
		t.Errorf("the pasted text ran:\n%s", screen)
	}
}

// paste puts text on the clipboard and presses Ctrl+Shift+V.
func (p *tab) paste(text string) {
	p.t.Helper()
	p.do("paste", chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		yes := true
		copied, err := cdp.Call(ctx, to, runtime.Evaluate, runtime.EvaluateParams{
			Expression: "navigator.clipboard.writeText(" + quote(text) + ")", UserGesture: &yes, AwaitPromise: &yes,
		})
		if err != nil {
			return err
		}
		if copied.ExceptionDetails != nil {
			return fmt.Errorf("the clipboard: %s", copied.ExceptionDetails.Exception.Description)
		}
		for _, e := range keyEvents('V', []chromedp.Modifier{chromedp.ModifierCtrl}) {
			if _, err := cdp.Call(ctx, to, input.DispatchKeyEvent, e); err != nil {
				return err
			}
		}
		return nil
	}))
}
