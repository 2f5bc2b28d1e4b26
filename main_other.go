//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "nslab: namespaces are Linux's: run nslab with Vagrant (vagrant up), with Docker (see README.md), or on a Linux machine.")
	os.Exit(1)
}
