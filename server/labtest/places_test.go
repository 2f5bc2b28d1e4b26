package labtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindPlaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lab.md")
	text := "---\ntitle: x\n---\n\n## One\n\n```command shell=one\n- why: not a near-miss\n```\n\n" + // 7
		"````text\n```check id=inside\n````\n\n" + // inside another block
		"~~~question id=q\nask: x\n~~~\n\n" + // 15
		"```check id=\"c\"\ngoal: x\nhints:\n  - text: x\nnear:\n  - why: x\n    type:\n      - one: x\n  - type: [x]\n    why: y\nholds: true\n```\n" + // 19
		"``` command\nls\n```\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want := places{
		blocks: map[string]int{"c1": 7, "q": 15, "c": 19, "c2": 31},
		nears:  map[string][]int{"c": {24, 27}},
	}
	if diff := cmp.Diff(want, findPlaces(file), cmp.AllowUnexported(places{})); diff != "" {
		t.Errorf("findPlaces (-want +got):\n%s", diff)
	}
}
