package maturity.criteria.automated_promotion

import data.maturity.criteria.automated_model_deployment
import data.maturity.criteria.model_quality_gate
import data.maturity.lib

# What names a version as the current one, or adds it where a gate stands before.
promotes := [f |
	some f in lib.wired(["registry.promote", "registry.register"])
	count(lib.automatic(f) & lib.gating(f)) > 0
]

# On the same chain something trains and something gates.
gates := array.concat(array.concat(model_quality_gate.enforced, model_quality_gate.baseline), model_quality_gate.compared)

chained := [f |
	some f in promotes
	names := lib.chains(lib.automatic(f))
	count(lib.on_chain(lib.training_facts, names)) > 0
	count(lib.on_chain(gates, names)) > 0
]

# A step of the chain that waits for a person's approval.
waits := [f |
	some f in lib.wired(["approval.step"])
	count(lib.on_chain(chained, lib.chains(lib.live(f)))) > 0
]

# Where the gate is one by what the model in use left, what takes its place is the file,
# row or image that the chain puts there behind it.
own_gates := array.concat(array.concat(model_quality_gate.by_store, model_quality_gate.by_files), array.concat(model_quality_gate.plain, model_quality_gate.handed))

placed := [lib.by(f, ids) |
	count(own_gates) > 0
	some f in lib.wired(["standing.write", "registry.promote", "registry.register", "deploy.model", "deploy.app", "deploy.image"])
	ids := {id |
		some id in lib.automatic(f) & lib.gating(f)
		names := lib.chains({id})
		count(lib.on_chain(lib.training_facts, names)) > 0
		some g in own_gates
		count(lib.chains(lib.automatic(g) & lib.gating(g)) & names) > 0
	}
	count(ids) > 0
]

others := lib.any_of(["registry.promote"])

answer := lib.partial("the chain waits for a person's approval before it promotes", waits) if {
	count(waits) > 0
} else := lib.met("the chain that retrains also gates, promotes and deploys, with no person in between", array.concat(chained, gates)) if {
	count(chained) > 0
	model_quality_gate.answer.verdict == "met"
	automated_model_deployment.answer.verdict == "met"
} else := lib.met("the chain that retrains holds the candidate against what is in use, puts it there and deploys", array.concat(placed, own_gates)) if {
	count(placed) > 0
	model_quality_gate.answer.verdict == "met"
	automated_model_deployment.answer.verdict == "met"
} else := lib.partial("a gated model is promoted automatically, but not deployed", chained) if {
	count(chained) > 0
	model_quality_gate.answer.verdict == "met"
} else := lib.partial("a version is made the current one, but not behind a gate in a chain that runs by itself", others) if {
	count(others) > 0
} else := lib.unmet("no model is promoted without hands")
