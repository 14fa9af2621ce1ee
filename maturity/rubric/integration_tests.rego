package maturity.criteria.integration_tests

import data.maturity.lib

tests := lib.of("test.together")

good := [object.union(f, {"context": "source"}) | some f in tests; f.detail.holds; not lost(f)]

# What a job starts must be able to fail it.
lost(f) if {
	f.context == "command"
	count(lib.checked_by(f)) == 0
}

answer := lib.met(sprintf("a test exercises several parts together: %s", [good[0].subject]), good) if {
	count(good) > 0
} else := lib.partial("there are tests of several parts, but none that runs asserts anything about the project's own code", tests) if {
	count(tests) > 0
} else := lib.unmet("no test exercises several parts together")
