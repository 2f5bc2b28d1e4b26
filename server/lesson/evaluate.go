package lesson

import (
	"example.org/nslab/labs"
	"example.org/nslab/sandbox/snapshot"
)

// evaluate returns how the checks of lab stand, given how they stood. What a
// condition asks for and is not there makes the condition unmet; that is not worth
// a log line, it is how most checks begin.
func evaluate(lab *labs.Lab, snap *snapshot.Snapshot, old []Check) []Check {
	checks := carry(lab, old)
	if len(checks) == 0 {
		return checks
	}
	state := labs.NewState(snap)
	for i, c := range lab.Checks() {
		k := &checks[i]
		r, err := c.Eval(state)
		k.Met = err == nil && r.Met
		k.Saw = r.Saw
		k.Hints = nil
		if !k.Met {
			for _, h := range r.Hints {
				k.Hints = append(k.Hints, string(h))
			}
		}
		k.Passed = k.Met || (k.Passed && !c.Holds)
	}
	return checks
}
