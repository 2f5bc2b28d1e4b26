//go:build linux

package server

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"example.org/nslab/sandbox"
)

// playsByKeyboard does the lab on UTS namespaces. The lab may gain steps; what is
// typed here is what its exercises and questions want.
func playsByKeyboard(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.visit(s.url("/"))
	p.sees("main", "A host name of your own")
	p.tabTo("A host name of your own")
	p.press(kb.Enter)
	p.sees("h2", "One name for everybody")
	p.prompted()

	p.typeInto("two", "readlink /proc/$$/ns/uts")
	p.prints("uts:[")
	p.answer("uts-two", regexp.MustCompile(`uts:\[(\d+)\]`).FindStringSubmatch(p.screen())[1])
	p.nextSteps("A name for one shell")
	p.typeInto("one", "sudo unshare --uts bash")
	p.turned("uts-new")
	p.answer("name-before", "lab")
	p.typeInto("one", "hostname container-test")
	p.turned("uts-named")
	p.nextSteps("The others saw nothing")
	p.typeInto("two", "sudo unshare --uts bash")
	p.line("hostname other")
	p.turned("two-named")
	p.nextSteps("The same process")
	p.typeInto("one", "exit")
	p.line("exec unshare --uts bash")
	p.turned("same-process")
	p.line("clear; echo pid=$$.")
	p.until("the pid is shown", `/pid=\d+\./.test($screen())`)
	p.answer("same-pid", regexp.MustCompile(`pid=(\d+)\.`).FindStringSubmatch(p.screen())[1])
	p.nextSteps("What you have seen")
	p.sees(".onward", "Everything in this lab is done.")
}

// goesRound walks through the regions of the page, and through its steps as fast as
// keys come.
func goesRound(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.visit(s.url("/labs/uts"))
	p.prompted()
	to := func(region string) {
		t.Helper()
		p.press(kb.F6)
		p.until("the focus is in "+region, fmt.Sprintf(`document.activeElement.closest('[data-region].%s')`, region))
	}
	to("bar")
	to("lesson")
	p.press("nn")
	p.sees(".steps", "Step 3 of 6")
	p.press("p")
	p.sees(".steps", "Step 2 of 6")
	to("terminals")
	to("bar")
	to("lesson")
	to("terminals")

	p.toLesson()
	p.press("?")
	p.sees("dialog", "Keys")
	p.press(kb.Enter) // on the button that closes it
	p.until("the focus is in the lesson again", `document.activeElement.closest('.lesson')`)
}

// tabTo presses Tab until what has that name has the focus.
func (p *tab) tabTo(name string) {
	p.t.Helper()
	const most = 100 // no page has so many controls
	for range most {
		p.press(kb.Tab)
		if evaluate[bool](p, fmt.Sprintf(`$name(document.activeElement).includes(%s)`, quote(name))) {
			return
		}
	}
	p.t.Fatalf("%d times Tab do not lead to %q", most, name)
}

// typeInto goes into the terminal, to the shell with that title, and types a line.
func (p *tab) typeInto(shell, line string) {
	p.t.Helper()
	p.press(kb.ArrowDown, chromedp.ModifierCtrl, chromedp.ModifierShift)
	p.until("a terminal has the focus", `document.activeElement.closest('.terminal-cell.active .screen')`)
	here := fmt.Sprintf(`$name(document.activeElement).endsWith(' %s')`, shell)
	if !evaluate[bool](p, here) {
		p.press(kb.ArrowRight, chromedp.ModifierCtrl, chromedp.ModifierShift)
		p.until("the terminal of "+shell+" has the focus", here)
	}
	p.line(line)
}

// toLesson goes out of the terminal, into the lesson.
func (p *tab) toLesson() {
	p.t.Helper()
	p.press(kb.ArrowUp, chromedp.ModifierCtrl, chromedp.ModifierShift)
	p.until("the lesson has the focus", `document.activeElement.closest('.lesson')`)
}

// answer goes to a question of the step and answers it.
func (p *tab) answer(question, answer string) {
	p.t.Helper()
	p.toLesson()
	field := fmt.Sprintf(`document.activeElement.closest(%s)`, quote("#question-"+question))
	for range 100 {
		p.press(kb.Tab)
		if evaluate[bool](p, `Boolean(`+field+`)`) {
			break
		}
	}
	p.press(answer + kb.Enter)
	p.sees("#question-"+question, "Correct.")
}

// nextSteps goes on to the step with that title: by the key for it, or by the
// button where the key would be typed into a field.
func (p *tab) nextSteps(title string) {
	p.t.Helper()
	if !evaluate[bool](p, `Boolean(document.activeElement.closest('.lesson'))`) {
		p.toLesson()
	}
	for range 20 {
		if p.shows("h2", title) {
			return
		}
		p.settles()
		before := evaluate[string](p, `$text('h2')`)
		if evaluate[bool](p, `document.activeElement.matches('input')`) {
			p.tabTo("Next")
			p.press(kb.Enter)
		} else {
			p.press("n")
		}
		p.until("there is another step", fmt.Sprintf(`$text('h2') !== %s`, quote(before)))
	}
	p.t.Fatalf("no step is called %q", title)
}

// press presses keys one after the other, with modifiers held down. What a key
// types goes with its going down, as from a keyboard: what chromedp.KeyEvent sends
// apart a terminal takes for a second key.
func (p *tab) press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do("press "+strconv.Quote(keys), chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		for _, r := range keys {
			for _, e := range keyEvents(r, modifiers) {
				if _, err := cdp.Call(ctx, to, input.DispatchKeyEvent, e); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// keyEvents is what one key does: it goes down and up.
func keyEvents(r rune, modifiers []chromedp.Modifier) []input.DispatchKeyEventParams {
	events := kb.Encode(r)
	down, up := *events[0], *events[len(events)-1]
	for _, m := range modifiers {
		down.Modifiers |= int64(m)
		up.Modifiers |= int64(m)
	}
	if len(events) == 3 && down.Modifiers&^int64(chromedp.ModifierShift) == 0 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
	} else {
		down.Type = kb.KeyRawDown
	}
	return []input.DispatchKeyEventParams{down, up}
}
