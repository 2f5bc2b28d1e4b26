package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// boots is the last check: it tries the main job. Its finding goes to the
// report, and it returns whether the job can be done.
func (h Host) boots(ctx context.Context, r *Report) bool {
	t, err := h.Boot(ctx)
	if err != nil {
		f := Finding{State: Impossible, Name: "a sandbox", Says: fmt.Sprintf("One was tried, in vain: %s.", strings.TrimSuffix(err.Error(), "."))}
		for _, o := range r.Findings {
			if o.State == Impossible {
				f.Says += " The cause is probably above."
				break
			}
		}
		r.Findings = append(r.Findings, f)
		return false
	}
	r.Findings = append(r.Findings, ok("a sandbox", "One booted in %v, and a shell in it showed its prompt after %v; to prepare the host took %v.",
		short(t.Boot), short(t.Shell), short(t.Open)))
	works := true
	for i, f := range r.Findings {
		switch {
		case f.State != Impossible:
		case f.Name == dataName: // a sandbox has no use for it, the server has
			works = false
		default:
			r.Findings[i].State = Missing // it was possible after all
		}
	}
	return works
}

// short is a duration with no more digits than anybody reads.
func short(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
