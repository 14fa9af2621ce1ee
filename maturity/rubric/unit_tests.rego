package maturity.criteria.unit_tests

import data.maturity.lib

files := lib.of("test.file")

good := [f | some f in files; f.detail.asserting > 0; f.detail.own != ""]

named := [object.union(f, {"subject": sprintf("%d asserting tests of %s", [f.detail.asserting, f.detail.own]), "context": "source"}) | some f in good]

answer := lib.met(sprintf("%d test functions in %d files assert something about the project's own code", [sum([f.detail.asserting | some f in good]), count(good)]), named) if {
	count(good) > 0
} else := lib.partial("there are tests, but all of them are skipped", files) if {
	count(files) > 0
	sum([f.detail.skipped | some f in files]) == sum([f.detail.tests | some f in files])
} else := lib.partial("there are tests, but none asserts anything", files) if {
	count(files) > 0
	sum([f.detail.asserting | some f in files]) == 0
} else := lib.partial("there are tests, but none that runs asserts anything about the project's own code", files) if {
	count(files) > 0
} else := lib.partial(sprintf("a test runner is named %s; there is no test", [lib.where(declared[0])]), declared) if {
	count(declared) > 0
} else := lib.unmet("there is no test")

declared := lib.of("test")
