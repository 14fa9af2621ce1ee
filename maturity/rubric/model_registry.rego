package maturity.criteria.model_registry

import data.maturity.lib

# A command that fails without notice registers nothing.
loud := [f | some f in lib.wired(["registry.register"]); count(lib.gating(f)) > 0]

# The pipeline registers: what trains leads there, or nobody has to start it.
registers := [f |
	some f in loud
	beside_training(f)
]

beside_training(f) if count(lib.chains(lib.live(f)) & lib.training_chains) > 0

beside_training(f) if count(lib.automatic(f)) > 0

# A step of a pipeline's definition, another step of which trains.
beside_training(f) if lib.detail(f, "trains")

beside_training(_) if count(lib.training_facts) == 0

artifacts := lib.of("registry.artifact")

tagged := array.concat(lib.wired(["registry.tag"]), artifacts)

current := lib.wired(["registry.promote", "registry.lookup"])

# Home-made: models are kept under names that differ by version, and beside them
# a name leads to the current one, on the chain that trains.
keys := lib.wired(["registry.key"])

pointers := [f |
	some f in lib.wired(["registry.pointer"])
	some k in keys
	count(lib.chains(lib.live(f)) & lib.chains(lib.live(k))) > 0
	beside_training(k)
]

# Or the tracker's folder, which has a model for each run, is kept as a whole, and
# what serves reads which run is the current one.
runs := [f | some f in lib.wired(["registry.runs"]); beside_training(f)]

chosen := lib.wired(["registry.run"])

indexed := [f | some f in lib.wired(["registry.index"]); beside_training(f)]

others := array.concat(lib.unwired(["registry.register"]), artifacts)

answer := lib.met(sprintf("models are registered as versions with %s", [lib.tools(registers)]), array.concat(registers, current)) if {
	count(registers) > 0
} else := lib.met("a model is named in the repository, and CI registers its versions as tags", tagged) if {
	count(artifacts) > 0
	count(lib.wired(["registry.tag"])) > 0
} else := lib.met("each model is kept under the name of its version, and a name leads to the current one", array.concat(keys, pointers)) if {
	count(pointers) > 0
} else := lib.met("each run's model is kept under the run's id, and a file says which run is the current one", array.concat(runs, chosen)) if {
	count(runs) > 0
	count(chosen) > 0
} else := lib.met("each training is filed under its version, and the latest is found by name", indexed) if {
	count(indexed) > 0
} else := lib.partial("models are copied to a name that the next one takes over", lib.wired(["registry.pointer"])) if {
	count(lib.wired(["registry.pointer"])) > 0
} else := lib.partial("models are registered, but not by what trains them", loud) if {
	count(loud) > 0
} else := lib.partial("a model is named for a registry, but no step registers its versions", artifacts) if {
	count(artifacts) > 0
} else := lib.partial(sprintf("%s is named %s", [others[0].tool, lib.where(others[0])]), others) if {
	count(others) > 0
} else := lib.unmet("models are not registered as versions")
