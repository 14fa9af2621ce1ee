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

# What is in use left its measure in a file, an artefact or a table: something reads it
# there, the candidate is held against it, and what is better takes its place there.
by_store := [f |
	some f in lib.with_training(lib.wired(["compare", "compare.plain"]))
	count(replaced(f)) > 0
]

replaced(f) := {w.detail.word |
	some w in lib.wired(["standing.write"])
	refused(f, w)
	some r in lib.wired(["standing.read"])
	r.detail.word == w.detail.word
	count(lib.live(r) & lib.live(f)) > 0
}

# The comparison stands before what replaces: in the same process, or in a step whose
# failure stops those that follow.
refused(f, w) if {
	w.context == "source"
	count(lib.live(w) & lib.live(f)) > 0
}

refused(f, w) if count(lib.chains(lib.live(w)) & lib.chains(lib.gating(f))) > 0

# One step writes the difference to the registry's model down, a condition of the
# pipeline decides by it.
handed := [f |
	some f in lib.wired(["compare.handed"])
	conditions := [c | some c in lib.wired(["gate.threshold"]); not object.get(c, "tool", "") == ""]
	count(lib.on_chain(conditions, lib.chains(lib.live(f)))) > 0
	count(lib.on_chain(lib.wired(["registry.register", "registry.promote"]), lib.chains(lib.live(f)))) > 0
]

# The same names decide nothing by themselves; beside a question to the registry they do.
plain := [f |
	some f in lib.wired(["compare.plain"])
	count([l | some l in lib.reaching(lib.wired(["registry.lookup"]), lib.live(f)); l.path == f.path]) > 0
	count(lib.reaching(lib.wired(["registry.register", "registry.promote", "gate.cancel"]), lib.live(f))) > 0
]

lookups := lib.reaching(lib.wired(["registry.lookup"]), lib.entries_of(array.concat(compared, plain)))

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
} else := lib.met("the candidate is compared with the registry's current model before it is registered or promoted", array.concat(plain, lookups)) if {
	count(plain) > 0
} else := lib.met("the pipeline goes on only if the candidate's difference to the registry's model allows it", handed) if {
	count(handed) > 0
} else := lib.met("the candidate is compared with the measure of what is in use, and takes its place when it is better", by_store) if {
	count(by_store) > 0
} else := lib.partial("a gate is configured, but no CI job enforces it", not_enforced) if {
	count(config) > 0
} else := lib.partial("metrics are checked or shown, but nothing refuses a model that is worse than the current one", hints) if {
	count(hints) > 0
} else := lib.unmet("a new model is not compared with the current one")
