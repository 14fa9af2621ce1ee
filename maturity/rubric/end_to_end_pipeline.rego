package maturity.criteria.end_to_end_pipeline

import data.maturity.criteria.automated_model_deployment
import data.maturity.criteria.model_quality_gate
import data.maturity.criteria.model_registry
import data.maturity.lib

training := lib.wired(["train", "train.remote", "train.entry"])

# What registers a version. Where the registry is one of another kind, it is
# enough that the training registers.
keeping := lib.wired(["registry.register", "registry.promote"])

keeps(id) if count(lib.lead_to(keeping, {id})) > 0

# A place for the model in use, behind a gate, is a registry of one entry.
keeps(id) if {
	count(model_quality_gate.by_store) + count(model_quality_gate.by_files) > 0
	count(lib.lead_to(lib.wired(["standing.write"]), {id})) > 0
}

keeps(_) if {
	count(keeping) == 0
	model_registry.answer.verdict == "met"
}

# What puts the model in place: deployments that carry it, what serves it being
# told to take it, or the alias being set that the service follows.
deploying := array.concat(
	array.concat(lib.wired(["deploy.model"]), automated_model_deployment.carrying),
	array.concat(array.concat(automated_model_deployment.cues, automated_model_deployment.batch), array.concat(automated_model_deployment.told, followed)),
)

followed := [lib.by(f, ids) |
	count(automated_model_deployment.following) > 0
	some f in lib.wired(["registry.promote"])
	ids := {id | some id in lib.live(f); not "change" in lib.entry(id).triggers} # what checks changes has a registry of its own
	count(ids) > 0
]

# An entry that deploys, to which one leads that trains, and one that keeps.
chains := [lib.by(f, ids) |
	some f in deploying
	ids := {id |
		some id in lib.live(f)
		not lib.entry(id).kind in {"documented", "script"}
		count(lib.lead_to(training, {id})) > 0
		keeps(id)
	}
	count(ids) > 0
]

# Training that accepts its model and scores with it in one run needs no registry
# in between. What people start may hold jobs that have nothing to do with one another.
scored := [lib.by(f, ids) |
	some f in lib.wired(["serve"])
	f.detail.rows
	ids := {id |
		some id in lib.automatic(f)
		count(lib.reaching(training, {id})) > 0
		count(lib.reaching(automated_model_deployment.accepting, {id})) > 0
	}
	count(ids) > 0
]

# A change request trains, and its merge deploys what it left: the person
# between them only approves.
merged := [lib.by(f, ids) |
	some f in automated_model_deployment.direct
	ids := lib.triggered(f, {"push", "after"})
	count(ids) > 0
	some t in training
	some id in lib.triggered(t, {"change"})
	lib.entry(id).kind == "ci-job"
	not tests(id)
]

# Jobs that try the code out train as well, but leave nothing.
tests(id) if regex.match(`(?i)test|\bci\b|lint|check`, sprintf("%s %s", [lib.entry(id).name, lib.entry(id).path]))

apart := lib.wired(["deploy.model", "deploy.app"])

answer := lib.met("one chain leads from the data to the deployed model", array.concat(chains, training)) if {
	count(chains) > 0
} else := lib.met("one run leads from the data to the scores of the model that it accepted", array.concat(scored, training)) if {
	count(scored) > 0
} else := lib.met("a change trains, and its merge deploys the result", array.concat(merged, training)) if {
	count(merged) > 0
} else := lib.partial("training and deployment are automated apart from one another", array.concat(apart, training)) if {
	count(apart) > 0
	count(training) > 0
} else := lib.partial("the chain ends before deployment", keeping) if {
	count(training) > 0
	count(keeping) > 0
} else := lib.unmet("nothing connects data, training and deployment")
