package labs_test

import (
	"fmt"
	"strings"
	"testing/fstest"

	"example.org/nslab/labs"
	"example.org/nslab/sandbox/snapshot"
)

const small = `---
title: A host name of your own
summary: Rename a shell's machine.
minutes: 5
track: first-steps
order: 1
about: [uts]
shells:
  - title: one
    namespaces: [uts]
---

## Rename it

~~~check id=named
goal: Name it **container-test**.
met: shell("one").now.ns("uts").hostname == "container-test"
saw: 'its name is {{shell("one").now.ns("uts").hostname}}'
hints:
  - text: See hostname(1).
solution:
  - one: hostname container-test
~~~
`

func ExampleCheck_Eval() {
	lab, problems := labs.Parse(fstest.MapFS{"names/lab.md": {Data: []byte(small)}}, "names")
	fmt.Print(labs.Format(problems))

	// What package sandbox would read from /proc.
	ns := map[snapshot.Type]uint64{snapshot.UTS: 4026532201}
	snap := &snapshot.Snapshot{
		Processes:  []snapshot.Process{{PID: 2, Comm: "bash", State: "S", NS: ns}},
		Shells:     []snapshot.Shell{{ID: "s1", Title: "one", PID: 2, Alive: true, Born: ns}},
		Namespaces: []snapshot.Namespace{{Type: snapshot.UTS, Inode: 4026532201, Hostname: "lab"}},
	}
	check := lab.Check("named")
	result, err := check.Eval(labs.NewState(snap))
	fmt.Println(result.Met, result.Saw, err)

	snap.Namespaces[0].Hostname = "container-test"
	result, err = check.Eval(labs.NewState(snap))
	fmt.Println(result.Met, result.Saw, err)
	// Output:
	// false its name is lab <nil>
	// true its name is container-test <nil>
}

func ExampleParse() {
	text := strings.Replace(small, "title: A host", "titel: A host", 1)
	broken := fstest.MapFS{"names/lab.md": {Data: []byte(text)}}
	_, problems := labs.Parse(broken, "names")
	fmt.Println(problems[0])
	// Output:
	// names/lab.md:2:1: There is no key "titel" in the front matter.
	//     2 | titel: A host name of your own
	//       | ^
	//       = Did you mean "title"?
}
