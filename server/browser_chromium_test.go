//go:build linux

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a headless browser without a profile.
type chromium struct{ ctx context.Context }

// startChromium starts Debian's chromium, or skips where there is none. It is ended
// with the test.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("NSLAB_MUST_WORK") != "" {
			t.Fatalf("there is no chromium to show the page in: %v", err)
		}
		t.Skip("there is no chromium here to show the page in (on Debian: apt-get install chromium)")
	}
	// Chromium's sandbox needs what nslab's tests need themselves, and refuses
	// root; the pages that it shows are our own. Without WebGL the terminals are
	// painted as text in elements, which a test can read.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-3d-apis", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 800), chromedp.WSURLReadTimeout(time.Minute))
	alloc, free := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		// Closed by itself it takes its files away; end and free end it in any case.
		bounded, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := chromedp.Cancel(bounded); err != nil {
			t.Logf("close %s: %v", path, err)
		}
		end()
		free()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &chromium{ctx}
}

// listen notes what should not be in the console.
func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.complaints = append(p.complaints, "exception: "+text)
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeWarning {
			return
		}
		for _, arg := range e.Args {
			p.complaints = append(p.complaints, fmt.Sprintf("%s: %s %s", e.Type, arg.Value, arg.Description))
		}
	case *log.EventEntryAdded:
		network := e.Entry.Source == log.EntrySourceNetwork || strings.HasPrefix(e.Entry.Text, "WebSocket connection to")
		if network && p.offline || e.Entry.Level != log.EntryLevelError && e.Entry.Level != log.EntryLevelWarning {
			return
		}
		p.complaints = append(p.complaints, fmt.Sprintf("%s %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			text, _ := json.Marshal(e.Issue.Details.ContentSecurityPolicyIssueDetails) // to be read by a person
			p.complaints = append(p.complaints, "content security policy: "+string(text))
		}
	}
}

// mayLoseNetwork lets the browser complain about calls and sockets that fail, since
// the test makes them fail.
func (p *tab) mayLoseNetwork() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offline = true
}
