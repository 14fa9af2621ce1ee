// Package facts turns a tree that was read into facts: what was seen, where, in
// what sort of code, and which entries reach it. Facts know nothing of levels
// or criteria; package rubric asks its questions of them.
package facts
