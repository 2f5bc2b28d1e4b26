// Package web is the page: plain ES modules, style sheets and fonts, embedded in the binary and
// served without a build step.
//
// # What is promised
//
// The page works with no network but the server's own, below any base path, and under a strict
// content security policy: no inline script but the import map, which carries a nonce, no eval, no
// style from elsewhere, and Trusted Types for every string that becomes HTML.
//
// Assets are served below assets/<hash>/, where the hash is that of all of them together: relative
// imports between modules then need no rewriting, and an address never changes its content.
//
// # What it may touch
//
// The page talks to the server's HTTP interface (docs/api.md) and to nothing else.
package web

import "embed"

// embedded is the page as it lies in the source tree: index.html, which is a
// template, and the assets beside it.
//
//go:embed index.html words.js app css vendor
var embedded embed.FS
