//go:build linux

package sandbox

import "errors"

var errRegisters = errors.New("written for amd64 alone")

func toolInt80([]string) error  { return errRegisters }
func toolTraced([]string) error { return errRegisters }
func becomeSleep() error        { return errRegisters }

// withRegisters are attacks that change a process's registers, which are
// written for one architecture.
var withRegisters = condition{"amd64", func(*grounds) string { return errRegisters.Error() }}
