# METADATA
# title: What must be there besides
# description: What `gate.require` names.
package muster.gate.requirements

import data.muster.lib

required(name) if name in input.gate.require

# METADATA
# title: No test ran
# description: |
#   muster.yaml requires tests, and no stage of this run left a JUnit file in which a test
#   passed; one whose tests were all skipped does not count. Give a stage `junit:`, for
#   example with pytest --junitxml=junit.xml, and run the whole pipeline.
# custom:
#   code: tests-missing
deny contains finding if {
	required("tests")
	input.run != null
	input.tests.passed == 0
	input.tests.failed == 0
	finding := {
		"code": "tests-missing",
		"passes": "at least one test that ran and passed",
		"message": sprintf("The gate requires tests, and none ran%s.", [skipped]),
	}
}

skipped := sprintf(": %s skipped", [lib.counted(input.tests.skipped, "test")]) if input.tests.skipped > 0

skipped := "" if input.tests.skipped == 0

# METADATA
# title: Tests failed
# description: |
#   A stage's JUnit file has tests that failed, although the stage itself did not. Mend
#   them. Without `require: [tests]` this only warns.
# custom:
#   code: tests-failed
deny contains failed if {
	required("tests")
	input.tests.failed > 0
}

warn contains failed if {
	not required("tests")
	input.tests.failed > 0
}

failed := {
	"code": "tests-failed",
	"passes": "no test that failed",
	"message": sprintf("%s failed%s.", [lib.counted(input.tests.failed, "test"), which]),
}

which := sprintf(": %s", [lib.names(input.tests.failures)]) if count(input.tests.failures) > 0

which := "" if count(input.tests.failures) == 0

# METADATA
# title: No licence
# description: |
#   muster.yaml requires a licence, and none was found: no file LICENSE or COPYING among the
#   model's files or in the repository, and no `license:` in the front matter of a model
#   card (README.md or MODEL_CARD.md). Add one of them.
# custom:
#   code: license-missing
deny contains finding if {
	required("license")
	input.model != null
	object.get(input.model.license, "path", "") == ""
	finding := {
		"code": "license-missing",
		"passes": "a file LICENSE in the repository",
		"message": "The gate requires a licence, and there is none: not in the model's files, not in a model card, not in the repository.",
	}
}

# METADATA
# title: It is not recorded where the model comes from
# description: |
#   muster.yaml requires provenance: a commit that everything came from, without changes
#   that are not committed, and of each stage the image that it ran in, by its id. Commit,
#   and run the stages in images: with the process executor nobody knows what they ran in.
# custom:
#   code: provenance-missing
deny contains finding if {
	required("provenance")
	count(unknown) > 0
	finding := {
		"code": "provenance-missing",
		"passes": "a run from a commit without changes, each stage in an image",
		"message": sprintf("The gate requires provenance, and %s.", [concat("; ", sort(unknown))]),
	}
}

unknown contains "the run was in no repository" if object.get(input.model.provenance, "commit", "") == ""

unknown contains "files were changed that are not committed" if input.model.provenance.dirty

unknown contains sprintf("it is not recorded in which image %s ran", [lib.names(input.model.provenance.unpinned)]) if {
	count(input.model.provenance.unpinned) > 0
}
