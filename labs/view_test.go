package labs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// The JSON of a lab with every kind of block is part of the HTTP interface.
func TestViewJSON(t *testing.T) {
	lab := mustParse(t, "## Prose and `code`\n\nText with a [lab](../x/lab.md), a [page](https://example.com/?a=1&b=2 \"T\"), <https://example.com>.\n\n"+
		"### A heading\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```sh\nls -la /proc/$$/ns/\n```\n\n```\n<b>plain</b>\n```\n\n    indented & code\n"+
		checks+strings.TrimPrefix(questions, "## Step\n"))
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(lab.View()); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/view.json", b.String())
	for _, secret := range []string{"correct", "wrong", "accept"} {
		if strings.Contains(b.String(), `"`+secret) {
			t.Errorf("the page is told %q", secret)
		}
	}
}

// Whatever slips past lint is still not rendered as markup.
func TestRenderingIsSafeByItself(t *testing.T) {
	for markdown, bad := range map[string]string{
		"<script>alert(1)</script>":        "<script",
		"a <img src=x onerror=alert(1)> b": "<img",
		"[x](javascript:alert(1))":         "javascript",
		"[x](data:text/html,x)":            "data:",
		"![x](javascript:alert(1))":        "javascript",
		"<javascript:alert(1)>":            `href="javascript`,
		"[x](https://a/\"onclick=\"x)":     `"onclick`,
		"[x](https://a 'a\"b')":            `a"b`,
		"```sh\n<script>\n```":             "<script",
		"~~~\"><script>\nx\n~~~":           "<script",
	} {
		s := span{value: markdown}
		if html := string(renderNodes(s, parseMarkdown(s))); strings.Contains(html, bad) {
			t.Errorf("%s renders as %s", markdown, html)
		}
	}
}
