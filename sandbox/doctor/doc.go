// Package doctor says what a host can and cannot do for sandboxes, and with
// which command each fault is mended there.
//
// Examine asks the host one question after another: its kernel, its namespaces
// and what restricts them, ids, the proc and sysfs that a container may have
// covered, cgroups, the lessons' programs, the data directory. At the end it
// boots a sandbox and starts a shell in it, and that has the last word: the
// answers before only explain it.
//
// A Host is a file system and a handful of functions, so that tests can ask the
// same of hosts that they have never seen (testdata/*.txtar). Nothing here
// needs a privilege, and nothing that it makes stays.
package doctor
