// Package starter looks at a repository and proposes a first muster.yaml.
//
// [Look] reads it once. What describes a pipeline already is imported, the
// first of dvc.yaml, MLproject and a Makefile; else the scripts and notebooks
// themselves say what they read and write. Each reader makes a pipeline, a
// plain value; [settle] makes it one that muster accepts (paths, names, one
// maker for each file); and the writer turns it into text for people. What
// muster.yaml cannot say stays in that text as a comment, and is a note: nothing
// is left out in silence.
//
// Whatever is in the repository is input of a stranger: sizes, nesting and
// numbers are bounded, links are not followed, and no text gets into the file
// other than quoted.
package starter
