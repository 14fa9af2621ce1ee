// Package maturity says how far a repository has come: its level from 0 (no
// automation) to 4 (full automation), with evidence for every answer.
//
// Data passes through it once. The tree is read and parsed (source, python, ci,
// shell, tasks, yamldoc), everything that runs is followed to what it runs
// (reach), what was seen becomes facts (facts, with the catalogue of tools as
// data), the rubric's rules in Rego turn facts into answers (rubric), and this
// package computes the kind of repository and the level from them, by
// arithmetic alone. [Scorer.Score] does all of that; the same tree gives the same
// assessment. Nothing of the repository is executed, and no network is used.
package maturity
