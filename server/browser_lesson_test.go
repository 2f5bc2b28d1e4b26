//go:build linux

package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.org/nslab/sandbox"
)

// pageLab is the folder with the lab of these tests.
const pageLab = "testdata/browser/labs"

func showsCatalogue(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1}), c.open(t)
	p.visit(s.url("/"))
	p.sees("main", "A host name of your own")
	p.sees("main", "Just a shell")
	if at := evaluate[string](p, `location.href`); at != "http://"+s.addr+"/" {
		t.Errorf("the page is at %s; want the address without the token", at)
	}
	p.click("a", "A host name of your own")
	p.sees("h2", "One name for everybody")
	if at := evaluate[string](p, `location.pathname`); at != "/labs/uts" {
		t.Errorf("the lab is at %s; want /labs/uts", at)
	}
}

func asksForToken(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1}), c.open(t)
	p.mayLoseNetwork() // the calls are refused
	p.visit("http://" + s.addr + "/")
	p.sees("main [role=alert]", "nslab prints one address when it starts")
	p.visit(s.url("/"))
	p.sees("main", "A host name of your own")
}

func servesBelow(t *testing.T, c *chromium) {
	s, p := openSiteBelow(t, "/of/nslab", sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.visit(s.url("/"))
	p.click("a", "A host name of your own")
	p.prompted()
	if at := evaluate[string](p, `location.pathname`); at != "/of/nslab/labs/uts" {
		t.Errorf("the lab is at %s; want it below the base path", at)
	}
	p.click(".terminal-cell.active .screen", "")
	p.line("echo below-$((1+1))")
	p.prints("below-2")
	p.do("reload", chromedp.Reload())
	p.prints("below-2")
	p.click("header a", "nslab")
	p.sees("main", "Just a shell")
}

func followsLinks(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 2, Pool: 1}), c.open(t)
	p.visit(s.url("/labs/clone"))
	evaluate[bool](p, `globalThis.same = true`)
	for !evaluate[bool](p, `Boolean($find('.lesson a', 'host names'))`) {
		p.click("button", "Next")
	}
	p.click(".lesson a", "host names")
	p.sees("h2", "One name for everybody")
	p.prompted()
	if at := evaluate[string](p, `location.pathname`); at != "/labs/uts" {
		t.Errorf("the link leads to %s; want /labs/uts", at)
	}
	if !evaluate[bool](p, `globalThis.same === true`) {
		t.Error("the page was loaded anew")
	}
}

func playsArticle(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}), c.open(t)
	p.visit(s.url("/labs/uts"))
	p.click("button.step-pip", "A name for one shell")
	p.click(".terminal-cell.active .screen", "")
	p.line("ls -la /proc/$$/ns/")
	p.prints("uts:[")
	if !p.shows("#check-uts-new", "Not yet") {
		t.Error("the check is green before anything was done")
	}
	p.line("sudo unshare --uts bash")
	p.turned("uts-new")
	p.sees("#check-uts-new", "shell one: uts ")
	p.line("hostname container-test")
	p.turned("uts-named")
	p.sees("#check-uts-named", "in shell one the name is container-test; the lab is called lab")

	// The others saw nothing.
	p.click("[role=tab]", "two")
	p.line("hostname")
	p.prints("\nlab\n")
	if screen := p.screen(); strings.Contains(screen, "container-test") {
		t.Errorf("shell two has heard of the new name:\n%s", screen)
	}
}

func helps(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click("button", "Next")
	p.click("#check-own-name button", "Show hint 1 of 2")
	p.sees("#check-own-name", "The first hint.")
	if p.shows("#check-own-name", "The second hint.") {
		t.Error("the second hint came with the first")
	}
	p.click("#check-own-name button", "Show hint 2 of 2")
	p.sees("#check-own-name", "The second hint.")

	p.click(".terminal-cell.active .screen", "")
	p.line("sudo unshare --net bash")
	p.sees("#check-own-name .check-noticed", "That is a network namespace.")
	p.line("exit")
	p.until("the mistake is forgotten", `!document.querySelector('#check-own-name .check-noticed')`)

	p.prompted()
	p.click("#check-own-name summary", "Show a solution")
	p.sees("#check-own-name .solution", "sudo unshare --uts bash")
	p.click("#check-own-name button", "Type it for me")
	p.prints("sudo unshare --uts bash")
	p.turned("own-name")
}

func asks(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click("#question-choice label", "A file on a disk")
	p.click("#question-choice button", "Answer")
	p.sees("#question-choice .verdict", "Not that.")
	p.sees("#question-choice .explain", "Nothing is on a disk here.")
	p.click("#question-choice label", "A namespace")
	p.click("#question-choice button", "Answer")
	p.sees("#question-choice .verdict", "Correct. 2 tries")
	p.sees("#question-choice .explain", "The inode is the identity of the namespace.")
	p.until("the question is marked", `document.querySelector('#question-choice.done .check-mark svg')`)
}

func startsShellAgain(t *testing.T, c *chromium) {
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, pageLab), c.open(t)
	p.visit(s.url("/labs/page"))
	p.prompted()
	p.click(".terminal-cell.active .screen", "")
	p.line("exit 3")
	p.sees(".banner", "This shell has ended with status 3.")
	p.click(".banner button", "Start again")
	p.line("echo alive-$((1+1))")
	p.prints("alive-2")
}

func followsLab(t *testing.T, c *chromium) {
	folder := t.TempDir()
	file := filepath.Join(folder, "page", "lab.md")
	text, err := os.ReadFile(filepath.Join(pageLab, "page", "lab.md"))
	if err != nil {
		t.Fatal(err)
	}
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	save(string(text))
	s, p := openSite(t, sandbox.Options{MaxSandboxes: 1, Pool: 1}, folder), c.open(t)
	p.visit(s.url("/labs/page"))
	p.sees(".lesson", "The first version.")
	p.prompted()

	save(strings.Replace(string(text), "answer: single", "answer: simple", 1))
	p.sees(".lint", "The saved change has a mistake; you see the last good version.")
	p.sees(".lint", "answer: simple")
	p.sees(".lesson", "The first version.")

	// The machine is shared and may be busy, so that one of several is enough.
	best := time.Hour
	for i := range 5 {
		version := fmt.Sprintf("Version %d of it.", i)
		saved := time.Now()
		save(strings.Replace(string(text), "The first version.", version, 1))
		p.sees(".lesson", version)
		if best = min(best, time.Since(saved)); best < time.Second {
			break
		}
	}
	if best > time.Second {
		t.Errorf("a saved change was in the page after %v; want less than a second", best)
	}
	p.until("the mistake is gone", `!document.querySelector('.lint')`)
}
