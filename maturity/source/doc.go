// Package source reads a repository once: it lists the files, tells from their
// paths what sort of code they hold, opens those that matter in parallel, each
// at most once, and parses them. The result, a [Tree], is what all later steps
// of a score work on; they touch no file.
package source
