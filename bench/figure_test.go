//go:build linux

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	got := table([]figure{
		atMost("as quick as it must be", 12, 10, 1.5, "ms"),
		atMost("too slow", 16, 10, 1.5, "ms"),
		atLeast("fast enough", 90, 100, 0.8, "MB/s"),
		below("small", 1.25, 2, "MB"),
		below("large", 2.5, 2, "MB"),
		{what: "only told", got: quantity(0.126, "ms")},
		unmeasured("elsewhere", "≤ 0.1 ×", "no engine answers"),
	})
	const want = `| what | nslab | compared with | ratio | target | met |
| --- | ---: | ---: | ---: | ---: | --- |
| as quick as it must be | 12 ms | 10 ms | 1.2 × | ≤ 1.5 × | yes |
| too slow | 16 ms | 10 ms | 1.6 × | ≤ 1.5 × | no |
| fast enough | 90 MB/s | 100 MB/s | 0.9 × | ≥ 0.8 × | yes |
| small | 1.25 MB | – | – | ≤ 2 MB | yes |
| large | 2.5 MB | – | – | ≤ 2 MB | no |
| only told | 0.13 ms | – | – | – | – |
| elsewhere | – | – | – | ≤ 0.1 × | not measured: no engine answers |
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table is not as it should be (-want +got):\n%s", diff)
	}
}
