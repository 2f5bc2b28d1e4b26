//go:build linux

package main

import (
	"fmt"
	"strings"
)

// figure is one row of the table.
type figure struct {
	what string
	// got and base are what was measured, with units; base is "" where there
	// is nothing to compare with.
	got, base string
	// ratio is got to base, "" without a base.
	ratio string
	// target is what is demanded, "" for a row that only informs.
	target string
	met    bool
	// absent says why the figure could not be measured here.
	absent string
}

// atMost is a figure whose ratio must not exceed most.
func atMost(what string, got, base, most float64, unit string) figure {
	r := got / base
	return figure{
		what: what, got: quantity(got, unit), base: quantity(base, unit),
		ratio: quantity(r, "×"), target: "≤ " + quantity(most, "×"), met: r <= most,
	}
}

// atLeast is a figure whose ratio must not be less than least.
func atLeast(what string, got, base, least float64, unit string) figure {
	r := got / base
	return figure{
		what: what, got: quantity(got, unit), base: quantity(base, unit),
		ratio: quantity(r, "×"), target: "≥ " + quantity(least, "×"), met: r >= least,
	}
}

// below is a figure that is demanded to be smaller than a fixed quantity.
func below(what string, got, most float64, unit string) figure {
	return figure{what: what, got: quantity(got, unit), target: "≤ " + quantity(most, unit), met: got <= most}
}

// unmeasured is a row for what could not be measured here, and why.
func unmeasured(what, target, why string) figure {
	return figure{what: what, target: target, absent: why}
}

// quantity formats three digits and a unit.
func quantity(v float64, unit string) string {
	digits := 0
	switch {
	case v < 10:
		digits = 2
	case v < 100:
		digits = 1
	}
	text := fmt.Sprintf("%.*f", digits, v)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + " " + unit
}

// table prints rows as Markdown.
func table(rows []figure) string {
	var b strings.Builder
	b.WriteString("| what | nslab | compared with | ratio | target | met |\n| --- | ---: | ---: | ---: | ---: | --- |\n")
	for _, f := range rows {
		met := "no"
		switch {
		case f.absent != "":
			met = "not measured: " + f.absent
		case f.target == "":
			met = "–"
		case f.met:
			met = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.what, or(f.got), or(f.base), or(f.ratio), or(f.target), met)
	}
	return b.String()
}

// or is a dash for what is not there.
func or(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
