// Package shell reads shell scripts as a maturity score needs them: which
// commands they run, and whether the failure of each would fail the script.
//
// That second question is what makes a test step a gate or a decoration, so
// the reader follows the shell's own rules: set -e and set +e, "|| true",
// pipes with and without pipefail, conditions, background jobs, functions that
// are called or never called, and what stands behind an unconditional exit.
package shell
