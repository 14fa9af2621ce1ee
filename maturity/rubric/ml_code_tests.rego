package maturity.criteria.ml_code_tests

import data.maturity.lib

tests := lib.of("test.ml")

others := [f | some f in lib.of("test.file"); f.detail.asserting > 0]

empty := lib.of("test.file")

answer := lib.met(sprintf("%d files of tests assert something about the code of features, models or scoring", [count(tests)]), tests) if {
	count(tests) > 0
} else := lib.partial("tests assert something, but not about the code of features or models", others) if {
	count(others) > 0
} else := lib.partial("there are tests, but none asserts anything", empty) if {
	count(empty) > 0
} else := lib.unmet("no test covers the code of features or models")
