//go:build linux

package server

import "testing"

// TestBrowser is the whole path: a real server with real sandboxes, and the page in
// headless Chromium, used by mouse and keys. Each test proves its name. See tab for
// what is demanded of every one of them.
func TestBrowser(t *testing.T) {
	c := startChromium(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *chromium)
	}{
		{"the printed address shows the catalogue and is rid of its token", showsCatalogue},
		{"who comes without the token is told where it is", asksForToken},
		{"below a base path everything is found", servesBelow},

		{"the article's commands turn the checks by themselves", playsArticle},
		{"a lab is done from end to end without a mouse", playsByKeyboard},
		{"F6 goes round the page, n and p through the steps", goesRound},
		{"a link from lab to lab does not load the page anew", followsLinks},
		{"hints come one by one, a mistake is noticed, and the page types the solution", helps},
		{"a question is answered wrong, then right", asks},
		{"a shell that has ended is started again", startsShellAgain},
		{"a saved change of a lab is in the open page, a broken one as its mistake", followsLab},

		{"a large paste arrives whole", pastes},
		{"Ctrl+C stops endless output and copies what is selected, Ctrl+V pastes it", interruptsAndCopies},
		{"a program in the terminal gets at the clipboard when it is allowed to", guardsClipboard},
		{"a reload finds the same shells, their output and the progress", resumes},
		{"connections that break lose and repeat nothing", survivesCuts},
		{"a server that is stopped is named, and a fresh sandbox offered", namesStop},
		{"a server that was started anew after a crash is named, and a fresh sandbox offered", namesCrash},
		{"a reset gives a fresh sandbox and keeps the progress", resets},
		{"a sandbox that was ended is named, and a fresh one offered", namesEnd},
		{"a sandbox whose init was killed is named, and a fresh one offered", namesKill},
		{"who finds all sandboxes taken waits with a countdown and gets the next", waitsForPlace},

		{"at 390 pixels lesson and terminal take turns and nothing is cut off", fitsNarrow},
		{"the system's choice of dark colours is followed, by the terminal too", turnsDark},
		{"every control has a name", namesControls},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, c) })
	}
}
