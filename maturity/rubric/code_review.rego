package maturity.criteria.code_review

import data.maturity.lib

owners := [f | some f in lib.of("owners"); f.context == "source"]

rules := [f | some f in lib.of("review.rule"); f.detail.approvals >= 1]

nobody := lib.of("owners")

none := lib.of("review.rule")

pages := lib.of("review.docs")

answer := lib.met("named owners are asked to review changes of their files", owners) if {
	count(owners) > 0
} else := lib.met(sprintf("changes need an approval: %s", [rules[0].subject]), rules) if {
	count(rules) > 0
} else := lib.partial("the file of owners names nobody", nobody) if {
	count(nobody) > 0
} else := lib.partial("the rule for the branch asks for no approval", none) if {
	count(none) > 0
} else := lib.partial("contributors are told how to propose changes, but nothing asks for a review", pages) if {
	count(pages) > 0
} else := lib.unmet("nothing in the files asks for a review")
