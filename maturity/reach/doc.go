// Package reach finds out what a repository really runs. It starts from the
// entries (active CI jobs, images, compose and Kubernetes commands, pipeline
// definitions, timers, console scripts, documented commands), follows each
// command through wrappers, task runners and shell scripts to Python files and
// their imports, and keeps for each what it met on the way: the commands, the
// files, and whether a failure there would still fail the entry.
//
// The walk is bounded ([MaxDepth] steps) and visits each place once for each
// entry. It reads a [source.Tree] only; nothing is executed.
package reach
