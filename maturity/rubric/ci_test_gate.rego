package maturity.criteria.ci_test_gate

import data.maturity.criteria.unit_tests
import data.maturity.lib

# The tests assert something about the project: of its code, or of its services
# and programs as they run.
default asserted := false

asserted if unit_tests.answer.verdict == "met"

asserted if {
	some f in lib.of("test.together")
	f.context == "test"
	f.detail.holds
}

jobs := [f | some f in lib.of("test"); f.context == "command"; lib.entry(f.entries[0].id).kind == "ci-job"]

# The job runs for pushes to the default branch or for change requests.
on_change := [f | some f in jobs; count(lib.triggered(f, {"push", "change"})) > 0]

gates := [f | some f in on_change; count(lib.gating(f)) > 0; object.get(f, ["detail", "selects"], 1) > 0]

# The folders or the mark that the command names leave no test.
nothing := [f | some f in on_change; object.get(f, ["detail", "selects"], 1) == 0]

lost := [f | some f in on_change; count(lib.swallowed(f)) > 0]

off := [f | some f in jobs; count(lib.live(f)) == 0]

# What starts the build lies in a cloud or on a page of the host.
outside := [f | some f in jobs; count(lib.triggered(f, {"elsewhere"})) > 0]

listed := lib.wired(["test.empty"])

elsewhere := lib.of("elsewhere")

answer := lib.met("CI runs the tests on every change, and fails when they fail", gates) if {
	count(gates) > 0
	asserted
} else := lib.partial("CI runs a test runner on every change, but there is no test that asserts anything about the project's own code", gates) if {
	count(gates) > 0
} else := lib.partial("what CI runs selects none of the tests", nothing) if {
	count(nothing) > 0
	count(nothing) == count(on_change)
} else := lib.partial(sprintf("CI runs the tests, but they cannot fail the build: %s", [lib.swallowed(lost[0])[0]]), lost) if {
	count(lost) > 0
} else := lib.partial("the job that runs the tests is switched off", off) if {
	count(off) > 0
} else := lib.unknown("a build runs the tests, but what starts it is kept outside the files", outside) if {
	count(outside) > 0
	asserted
} else := lib.partial("the tests run in CI, but neither on pushes to the default branch nor on change requests", jobs) if {
	count(jobs) > 0
} else := lib.partial("CI only lists the tests", listed) if {
	count(listed) > 0
} else := lib.unknown("CI calls a pipeline that lies in another repository: what it runs cannot be told from here", input.unresolved) if {
	count(input.unresolved) > 0
	asserted
} else := lib.partial("there is a CI file in a folder where the host does not read it", elsewhere) if {
	count(elsewhere) > 0
} else := lib.unmet("no CI job runs the tests")
