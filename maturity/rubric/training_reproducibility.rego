package maturity.criteria.training_reproducibility

import data.maturity.criteria.dependency_locking
import data.maturity.lib

seeds := lib.with_training(lib.wired(["seed"]))

parameters := lib.with_training(lib.wired(["params", "settings"]))

missing := [what |
	some part in [
		{"what": "no seed is set", "there": count(seeds) > 0},
		{"what": "no parameters are read from a file or the command line", "there": count(parameters) > 0},
		{"what": "the environment is not locked", "there": dependency_locking.answer.verdict == "met"},
	]
	not part.there
	what := part.what
]

notebooks := [f | some f in lib.unwired(["params"]); f.context == "notebook"]

answer := lib.met("training reads its parameters, sets its seed, and the environment is locked", array.concat(array.slice(seeds, 0, 1), parameters)) if {
	count(missing) == 0
} else := lib.partial(concat("; ", missing), array.concat(array.slice(seeds, 0, 1), parameters)) if {
	count(missing) < 3
} else := lib.partial("parameters are read in notebooks only", notebooks) if {
	count(notebooks) > 0
} else := lib.unmet("neither seeds, nor parameters, nor the environment are fixed by files")
