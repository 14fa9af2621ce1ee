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

beside_training(_) if count(lib.training_facts) == 0

artifacts := lib.of("registry.artifact")

tagged := array.concat(lib.wired(["registry.tag"]), artifacts)

current := lib.wired(["registry.promote", "registry.lookup"])

others := array.concat(lib.unwired(["registry.register"]), artifacts)

answer := lib.met(sprintf("models are registered as versions with %s", [lib.tools(registers)]), array.concat(registers, current)) if {
	count(registers) > 0
} else := lib.met("a model is named in the repository, and CI registers its versions as tags", tagged) if {
	count(artifacts) > 0
	count(lib.wired(["registry.tag"])) > 0
} else := lib.partial("models are registered, but not by what trains them", loud) if {
	count(loud) > 0
} else := lib.partial("a model is named for a registry, but no step registers its versions", artifacts) if {
	count(artifacts) > 0
} else := lib.partial(sprintf("%s is named %s", [others[0].tool, lib.where(others[0])]), others) if {
	count(others) > 0
} else := lib.unmet("models are not registered as versions")
