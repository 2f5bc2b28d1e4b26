package lesson

import (
	"fmt"

	"example.org/nslab/sandbox/snapshot"
)

// A use of a limit is told when it reaches told percent, and may be told again
// once it has fallen below forgotten percent, so that one that swings about the
// limit is told once.
const (
	told      = 95
	forgotten = 80
)

// uses is what the learner has been told to be used up. Not safe for concurrent
// use.
type uses map[string]bool

// reached returns a sentence for each use that has reached its limit since the
// last call.
func (u uses) reached(usage []snapshot.Usage) []string {
	var sentences []string
	for _, x := range usage {
		switch {
		case x.Max == 0:
			// There is no limit.
		case x.Used*100 < x.Max*forgotten:
			delete(u, x.Of)
		case x.Used*100 >= x.Max*told && !u[x.Of]:
			u[x.Of] = true
			sentences = append(sentences, usedUp(x))
		}
	}
	return sentences
}

// usedUp says what that means and what to do.
func usedUp(x snapshot.Usage) string {
	nearly := ""
	if x.Used < x.Max {
		nearly = "nearly "
	}
	switch x.Of {
	case "processes":
		return fmt.Sprintf("Your sandbox has %sas many processes as it may have (%d): the kernel refuses new ones until some end.", nearly, x.Max)
	case "bytes":
		return fmt.Sprintf("The file system of your sandbox is %sfull (%d MiB): delete something under /tmp or /root.", nearly, x.Max>>20)
	case "inodes":
		return fmt.Sprintf("Your sandbox has %sas many files as it may have (%d): delete some under /tmp or /root.", nearly, x.Max)
	}
	return fmt.Sprintf("Your sandbox has %sas many %s as it may have (%d).", nearly, x.Of, x.Max)
}
