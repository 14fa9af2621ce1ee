package maturity.criteria.model_quality_gate

import data.maturity.lib

# A gate section that a CI job enforces on changes or on the default branch.
config := lib.of("gate.config")

enforced := [f |
	some f in lib.wired(["muster"])
	count(lib.gating(f) & lib.triggered(f, {"push", "change", "schedule", "event", "after", "tag"})) > 0
]

not_enforced := array.concat(config, lib.of("muster"))

baseline := lib.wired(["gate.baseline"])

# Home-made: a comparison of candidate and current model, the current one asked
# of a registry, and a registration or refusal, all on one path.
compared := [f |
	some f in lib.wired(["compare"])
	count(lib.reaching(lib.wired(["registry.lookup"]), lib.live(f))) > 0
	count(lib.reaching(lib.wired(["registry.register", "registry.promote", "gate.cancel"]), lib.live(f))) > 0
]

# By files: the measure of the model in use is read from where a better candidate's is
# written.
by_files := lib.with_training(lib.wired(["compare.files"]))

lookups := lib.reaching(lib.wired(["registry.lookup"]), lib.entries_of(compared))

hints := lib.any_of(["gate.threshold", "compare", "gate.report"])

answer := lib.met("CI runs muster's gate, which compares with the current model and fails on a regression", array.concat(enforced, config)) if {
	count(config) > 0
	count(enforced) > 0
} else := lib.met("the candidate must be no worse than a baseline", baseline) if {
	count(baseline) > 0
} else := lib.met("the candidate is compared with the registry's current model before it is registered or promoted", array.concat(compared, lookups)) if {
	count(compared) > 0
} else := lib.met("the candidate is compared with the measure that the current model left, and takes its place when it is better", by_files) if {
	count(by_files) > 0
} else := lib.partial("a gate is configured, but no CI job enforces it", not_enforced) if {
	count(config) > 0
} else := lib.partial("metrics are checked or shown, but nothing refuses a model that is worse than the current one", hints) if {
	count(hints) > 0
} else := lib.unmet("a new model is not compared with the current one")
