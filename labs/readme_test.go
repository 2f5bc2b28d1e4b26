package labs

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func readREADME(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExampleInREADMEIsAGoodLab(t *testing.T) {
	_, rest, _ := strings.Cut(readREADME(t), "\n`````markdown\n")
	example, _, ok := strings.Cut(rest, "\n`````\n")
	if !ok {
		t.Fatal("README.md has no example lab between lines of five backquotes")
	}
	fsys := fstest.MapFS{
		"hostnames/lab.md": {Data: []byte(example + "\n")},
		"files/lab.md":     {Data: []byte(front + "## Step\n")},
	}
	lab, problems := Parse(fsys, "hostnames")
	if len(problems) > 0 {
		t.Fatal(Format(problems))
	}
	if got := strings.Join(lab.Items(), " "); got != "inode uts-new uts-named lab-unchanged" {
		t.Errorf("Items() = %s", got)
	}
}

// The shorter examples of blocks in README.md are good blocks too.
func TestBlocksInREADMEAreGood(t *testing.T) {
	_, rest, _ := strings.Cut(readREADME(t), "\n## Blocks\n")
	section, _, _ := strings.Cut(rest, "\n## Templates\n")
	section = strings.ReplaceAll(section, "](#templates)", "](../x/)")
	lab := mustParse(t, "## Step\n"+section)
	if got := strings.Join(lab.Items(), " "); got != "same syscall" {
		t.Errorf("Items() = %s", got)
	}
}

func TestREADMENamesEverything(t *testing.T) {
	readme := readREADME(t)
	for _, c := range celEnvironments().classes {
		for _, name := range c.fieldNames() {
			if !strings.Contains(readme, "`."+name+"`") {
				t.Errorf("README.md does not name the field .%s of a %s", name, c.name)
			}
		}
	}
	for name, how := range usage {
		if !strings.Contains(readme, name+"(") {
			t.Errorf("README.md does not name the function %s: %s", name, how)
		}
	}
	for _, kind := range holderKinds {
		if !strings.Contains(readme, kind) {
			t.Errorf("README.md does not name the kind of holder %s", kind)
		}
	}
}
