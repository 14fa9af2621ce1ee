package maturity.criteria.data_validation

import data.maturity.lib

# On the way to training, and able to stop it.
checks := [f |
	some f in lib.with_training(lib.wired(["validate", "validate.own"]))
	count(lib.gating(f)) > 0
]

reports := lib.wired(["validate.report"])

harmless := lib.wired(["validate", "validate.own"])

unwired := lib.unwired(["validate", "validate.report", "validate.own"])

named := lib.of("cue.validate")

answer := lib.met("data is checked on the way to training, and a failure stops it", checks) if {
	count(checks) > 0
} else := lib.partial("data is checked, but a failure does not stop training", array.concat(reports, harmless)) if {
	count(reports) + count(harmless) > 0
} else := lib.partial(sprintf("%s is named %s", [unwired[0].tool, lib.where(unwired[0])]), unwired) if {
	count(unwired) > 0
	object.get(unwired[0], "tool", "") != ""
} else := lib.partial("a function checks data, but nothing that trains calls it, or it stops nothing", array.concat(unwired, named)) if {
	count(unwired) + count(named) > 0
} else := lib.unmet("the data is not checked before training")
