package maturity.criteria.deployment_traceability

import data.maturity.lib

# What predicts says it; a browser of the registry says it of every model.
scoring := lib.entries_of(lib.wired(["infer", "load", "serving"])) | looking_up

# Beside a job that scores rows, a service reads them, and says whose they are.
looking_up := lib.entries_of(lib.wired(["serving.app"])) if {
	some f in lib.wired(["serve"])
	f.detail.rows
} else := set()

said := [f |
	some f in lib.wired(["trace.exposed"])
	not f.detail.fixed
	count(lib.live(f) & scoring) > 0
]

runs := [f | some f in said; f.detail.identifies == "run"]

# A version of the registry leads to its run.
versions := [f |
	some f in said
	f.detail.identifies == "model"
	count(lib.reaching(lib.asked_by_service, lib.live(f))) > 0
]

# A record that the deployment writes: a version beside its run, commit or data.
deployments := lib.entries_of(lib.wired(["deploy.model", "cue.deploy"]))

records := [f | some f in lib.wired(["trace.record"]); f.detail.run; count(lib.live(f) & deployments) > 0]

# The service shows the version of a file that training wrote beside its run.
written := [f |
	some f in said
	f.detail.identifies in {"model", "commit"}
	some r in lib.of("trace.record")
	r.path != f.path
	r.detail.origin
]

# What is deployed is named by a version of the registry, or chosen by it.
named := lib.wired(["deploy.named"])

chosen := [f |
	some f in lib.wired(["deploy.version"])
	f.note in {"deploy.model"}
	regex.match(`(?i)version|run`, f.subject)
	count(lib.any_of(["registry.register", "registry.tag", "registry.artifact"])) > 0
]

# An image named by its commit holds the model that its own chain trained, or
# that the commit names.
carrying := lib.wired(["train", "train.remote", "model.fetch"])

images := [f |
	some f in lib.wired(["image.commit"])
	not into_empty(f)
	count(lib.lead_to(carrying, lib.automatic(f))) > 0
]

# All images that its jobs push are without a model.
into_empty(f) if {
	pushed := lib.reaching(lib.wired(["deploy.image"]), lib.live(f))
	count(pushed) > 0
	every p in pushed { lib.detail(p, "without") }
}

constant := [f | some f in lib.wired(["trace.exposed"]); f.detail.fixed]

answer := lib.met("the service says which run its model came from", runs) if {
	count(runs) > 0
} else := lib.met("the service says which version of the registry it serves", versions) if {
	count(versions) > 0
} else := lib.met("the deployment keeps a record of the run and version", records) if {
	count(records) > 0
} else := lib.met("what is deployed is named by its version in the registry", array.concat(named, chosen)) if {
	count(named) + count(chosen) > 0
} else := lib.met("the service shows the version that training wrote down beside its origin", written) if {
	count(written) > 0
} else := lib.met("the image is named by the commit, and holds the model of that commit", array.concat(images, carrying)) if {
	count(images) > 0
} else := lib.partial("the service says a version, but it does not lead to a training run", array.concat(said, constant)) if {
	count(said) + count(constant) > 0
} else := lib.not_applicable("nothing is served") if {
	lib.nothing_to_release
} else := lib.unmet("what is deployed does not say which model it is")
