package labtest

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"

	"example.org/nslab/labs"
)

// places says in which line of its file a block of a lab begins. The zero value
// knows of none.
type places struct {
	blocks map[string]int   // by id
	nears  map[string][]int // the near-misses of a check, in order
}

var (
	// fence begins or ends a block of code; the words after it say which.
	fence = regexp.MustCompile("^ {0,3}(```+|~~~+)(.*)$")
	// blockID is the id of a question or a check.
	blockID = regexp.MustCompile(`\bid="?([a-z0-9-]+)`)
	// nearLine begins a near-miss in a check's body.
	nearLine = regexp.MustCompile(`^ *- *(?:why|type):`)
)

// findPlaces reads the lines off a lab's file. A file that cannot be read any more
// has no places: the report is of the lab, and goes on without them.
func findPlaces(file string) places {
	p := places{blocks: map[string]int{}, nears: map[string][]int{}}
	f, err := os.Open(file)
	if err != nil {
		return p
	}
	defer f.Close()
	var end, check string // what ends the block that the line is in, and whose it is
	commands, inNear := 0, false
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		m := fence.FindStringSubmatch(lines.Text())
		switch {
		case end != "" && m != nil && strings.HasPrefix(m[1], end) && strings.TrimSpace(m[2]) == "":
			end, check = "", ""
		case end != "":
			if line := lines.Text(); line != "" && line[0] != ' ' && line[0] != '-' {
				inNear = strings.HasPrefix(line, "near:")
			}
			if check != "" && inNear && nearLine.MatchString(lines.Text()) {
				p.nears[check] = append(p.nears[check], n)
			}
		case m != nil:
			end, inNear = m[1], false
			word, rest, _ := strings.Cut(strings.TrimSpace(m[2]), " ")
			id := blockID.FindStringSubmatch(rest)
			switch {
			case word == "command":
				commands++
				p.blocks[fmt.Sprintf("c%d", commands)] = n
			case id != nil && (word == "check" || word == "question"):
				p.blocks[id[1]] = n
				if word == "check" {
					check = id[1]
				}
			}
		}
	}
	return p
}

// near is the line of the i-th near-miss of a check, or that of the check.
func (p places) near(c *labs.Check, i int) int {
	if nears := p.nears[c.ID]; len(nears) == len(c.Near) {
		return nears[i]
	}
	return p.blocks[c.ID]
}

// block is the line of a block, or 0.
func (p places) block(b labs.Block) int { return p.blocks[blockName(b)] }
