// Package tasks reads the files in which projects name their commands: make,
// just, mise, Taskfile, tox, npm, and the script tables of pyproject.toml.
// Each becomes a list of [Target]; where a target's commands lead is found by
// package reach.
package tasks
