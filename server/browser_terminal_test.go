//go:build linux

package server

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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

func interruptsAndCopies(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click(".terminal-cell.active .screen", "")
	p.line("yes endless")
	p.prints("endless\nendless\nendless")
	p.press("c", chromedp.ModifierCtrl)
	p.line("clear; echo word-$((40+2))")
	p.prints("word-42\n")

	at := evaluate[[]float64](p, `(() => {
		const rows = [...document.querySelectorAll('.terminal-cell.active .xterm-rows > div')];
		const box = rows.find((row) => row.textContent.startsWith('word-42')).firstElementChild.getBoundingClientRect();
		return [box.x + 10, box.y + box.height / 2];
	})()`)
	p.do("select the word", chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)))
	p.until("the word is selected", `document.querySelector('.terminal-cell.active .xterm-selection > div')`)
	p.press("c", chromedp.ModifierCtrl)
	p.until("the selection is copied and gone", `!document.querySelector('.terminal-cell.active .xterm-selection > div')`)
	if screen := p.screen(); strings.Contains(screen, "^C") {
		t.Errorf("what copies interrupted too:\n%s", screen)
	}
	p.press("echo again-")
	p.press("v", chromedp.ModifierCtrl)
	p.press(kb.Enter)
	p.prints("\nagain-word-42\n")
}

func guardsClipboard(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.copies("mine")
	p.click(".terminal-cell.active .screen", "")
	const write = `printf '\033]52;c;dGhlaXJz\a'` // "theirs" in base64

	p.line(write)
	p.sees(".banner", "A program in the terminal wants to put text on your clipboard.")
	p.click(".banner button", "No")
	p.prompted()
	p.pasteKeys()
	p.prints("# mine")

	p.press("c", chromedp.ModifierCtrl)
	p.line(write)
	p.click(".banner button", "Allow from now on")
	p.until("the banner is gone", `!document.querySelector('.banner')`)
	p.click(".terminal-cell.active .screen", "")
	p.prompted()
	p.pasteKeys()
	p.prints("# theirs")
}

// paste puts text on the clipboard and pastes it.
func (p *tab) paste(text string) {
	p.t.Helper()
	p.copies(text)
	p.pasteKeys()
}

// copies puts text on the clipboard.
func (p *tab) copies(text string) {
	p.t.Helper()
	p.do("copy", chromedp.Evaluate[chromedp.Void]("navigator.clipboard.writeText("+quote(text)+")", chromedp.EvalAwaitPromise,
		func(e *runtime.EvaluateParams) { e.UserGesture = new(true) }))
}

// pasteKeys presses Ctrl+Shift+V.
func (p *tab) pasteKeys() {
	p.t.Helper()
	p.press("V", chromedp.ModifierCtrl)
}
