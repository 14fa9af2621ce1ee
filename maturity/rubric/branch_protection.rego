package maturity.criteria.branch_protection

import data.maturity.criteria.ci_test_gate
import data.maturity.lib

rules := [f | some f in lib.of("protect"); count(f.detail.checks) > 0]

# The jobs that run the tests so that a failure fails them.
tests := {id | some f in ci_test_gate.gates; some id in lib.gating(f)}

on_tests := [f | some f in rules; count({j | some j in f.detail.jobs} & tests) > 0]

# Something puts the rule into force: the service that reads the file, or a job.
applied := [f | some f in on_tests; f.detail.applied]

appliers := lib.released(["protect.apply"])

by_terraform := [f | some f in on_tests; f.tool == "Terraform"]

terraform := [f | some f in lib.released(["infra.apply"]); regex.match(`^(terraform|tofu)\b.*\bapply\b`, f.subject)]

answer := lib.met("the settings of the repository require the job that runs the tests", applied) if {
	count(applied) > 0
} else := lib.met("a job applies the rule that requires the job that runs the tests", array.concat(on_tests, appliers)) if {
	count(on_tests) > 0
	count(appliers) > 0
} else := lib.met("CI applies the Terraform that requires the job that runs the tests", array.concat(by_terraform, terraform)) if {
	count(by_terraform) > 0
	count(terraform) > 0
} else := lib.partial("a rule that requires the tests is kept as a file, but nothing that is here applies it", on_tests) if {
	count(on_tests) > 0
} else := lib.partial("a rule requires checks, but none of them is the job that runs the tests", rules) if {
	count(rules) > 0
} else := lib.partial("a rule for the branch requires no check", lib.of("protect")) if {
	count(lib.of("protect")) > 0
} else := lib.unmet("no file says which checks the default branch requires")
