package labtest

import "testing"

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, out, want string }{
		{"keeps text", "one\r\ntwo\r\n", "one\ntwo\n"},
		{"drops colours and modes", "\x1b[?2004h\x1b[1mone\x1b[0m \x1b[32mroot@lab\x1b[0m:~# ", "one root@lab:~# "},
		{"drops titles and links", "\x1b]0;title\x07a\x1b]8;;https://x\x1b\\b", "ab"},
		{"drops character sets and keypad modes", "\x1b(B\x1b=x\x1b>", "x"},
		{"applies backspaces", "lss\b \b -l", "ls -l"},
		{"keeps what was written last in a line", "10 %\r20 %\r\ndone", "20 %\ndone"},
		{"drops the bell", "a\x07b", "ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain(tt.out); got != tt.want {
				t.Errorf("plain(%q) = %q, want %q", tt.out, got, tt.want)
			}
		})
	}
}

func TestPrompts(t *testing.T) {
	for _, tt := range []struct {
		text               string
		prompt, incomplete bool
	}{
		{"one root@lab:~# ", true, false},
		{"ls\nfile\nlearner@lab:/$ ", true, false},
		{"bash-5.2# ", true, false},
		{"echo \"it\n> ", false, true},
		{"PING 192.0.2.1\n", false, false},
		{"a# b", false, false},
		{">>> ", false, false},
	} {
		if got := prompts.MatchString(tt.text); got != tt.prompt {
			t.Errorf("a prompt ends %q: %t, want %t", tt.text, got, tt.prompt)
		}
		if got := continuation.MatchString(tt.text); got != tt.incomplete {
			t.Errorf("a prompt for the rest ends %q: %t, want %t", tt.text, got, tt.incomplete)
		}
	}
}
