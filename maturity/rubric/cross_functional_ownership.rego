package maturity.criteria.cross_functional_ownership

import data.maturity.lib

owners := lib.of("ownership")

roles := {f.detail.role | some f in owners; count(f.detail.owners) > 0}

people := {o | some f in owners; some o in f.detail.owners}

# Where nothing serves yet, the training code is all there is to own.
serving := count(lib.of("serve")) > 0

covered if {
	"training" in roles
	"serving" in roles
}

covered if {
	"training" in roles
	not serving
}

file := lib.of("ownership.file")

answer := lib.met(sprintf("%d owners cover the code that trains and serves", [count(people)]), owners) if {
	covered
	count(people) > 1
} else := lib.partial("there are code owners, but not two of them for both training and serving", array.concat(owners, file)) if {
	count(file) > 0
} else := lib.unmet("no code owners are named")
