// Package labtest plays labs in real sandboxes. It is what "nslab lab test" does,
// and what keeps the built-in labs true.
//
// A lab is played three times over, each time from its top and in sandboxes that
// nobody has used:
//
//   - as its author solves it: only the solutions are typed. Each check must be
//     unmet before its solution and turn by itself after it; each question must
//     refuse its wrong answers and accept its right ones at the point where it
//     stands;
//   - as a reader does it: every command is clicked as printed, and what is still
//     unmet where a check stands is solved. No command may be unknown or leave its
//     shell waiting for the rest of a line; each check must be passed and each
//     question be answerable where it stands;
//   - as somebody errs: each near-miss is typed after the solutions of the checks
//     before its own, in a sandbox for itself, and must leave its check unmet.
//
// Everything is typed into the ptys that a browser would type into, and a
// [lesson.Session] does the looking, so a lab that passes here works on the page.
// Between two lines the player waits until the shell has come to rest: see screen.
package labtest
