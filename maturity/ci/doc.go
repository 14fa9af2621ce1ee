// Package ci reads the pipelines of CI hosts into one form: what starts a
// pipeline, which jobs it has, what they need, which shell commands and actions
// they run, and what keeps a job from running or from failing.
//
// Each host has its file: [GitHub] (through actionlint's parser), [GitLab] and
// [Azure]. What a step's script does is read by package shell; where it leads
// is found by package reach.
package ci
