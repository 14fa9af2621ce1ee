package maturity.criteria.automated_model_deployment

import data.maturity.lib

# What puts a model or an endpoint in place, started by no person.
direct := [lib.by(f, ids) |
	some f in lib.wired(["deploy.model"])
	ids := lib.automatic(f) & lib.gating(f)
	count(ids) > 0
]

applications := [f | some f in lib.wired(["deploy.app"]); count(lib.automatic(f) & lib.gating(f)) > 0]

# An application that carries a model: trained on the same chain, served by an
# object of a model server, or committed and loaded by what is deployed.
trained := lib.on_chain(lib.wired(["train", "train.remote", "registry.lookup"]), lib.chains({id | some f in applications; some id in lib.automatic(f)}))

manifests := [f | some f in lib.of("serving.manifest"); f.context == "source"]

committed := [f | some f in lib.of("artefact"); f.context == "source"]

loaded := lib.wired(["load"])

# A job that runs by itself and asks the registry for the current model.
batch := [lib.by(f, ids) |
	some f in lib.wired(["registry.lookup"])
	ids := lib.triggered(f, {"schedule", "event", "after"})
	count(lib.reaching(lib.wired(["infer", "load"]), ids)) > 0
	count(lib.reaching(lib.wired(["train"]), ids)) == 0
]

# Home-made: one entry registers a version, publishes it, and makes the service
# take it.
cues := [lib.by(f, ids) |
	some f in lib.wired(["cue.deploy"])
	ids := lib.automatic(f)
	count(lib.reaching(lib.wired(["cue.reload"]), ids)) > 0
	count(lib.reaching(lib.wired(["registry.register", "registry.promote"]), ids)) > 0
]

others := lib.any_of(["deploy.model", "deploy.app", "deploy.image", "serving.manifest", "serving", "cue.deploy"])

by_hand := [f | some f in lib.wired(["deploy.model", "deploy.app"])]

answer := lib.met("a pipeline deploys the model without a manual command", direct) if {
	count(direct) > 0
} else := lib.met("the chain that trains also deploys what serves the model", array.concat(applications, trained)) if {
	count(applications) > 0
	count(trained) > 0
} else := lib.met("CI applies the object that serves the model", array.concat(applications, manifests)) if {
	count(applications) > 0
	count(manifests) > 0
} else := lib.met("the deployed application carries the committed model", array.concat(applications, committed)) if {
	count(applications) > 0
	count(committed) > 0
	count(loaded) > 0
} else := lib.met("a job that runs by itself takes the registry's current model", batch) if {
	count(batch) > 0
} else := lib.met("the training chain publishes its model and makes the service take it", cues) if {
	count(cues) > 0
} else := lib.partial("what is deployed automatically does not carry the model", applications) if {
	count(applications) > 0
} else := lib.partial("the model is deployed by a command that people start, or that may fail unnoticed", by_hand) if {
	count(by_hand) > 0
} else := lib.partial(sprintf("%s serves or ships, but nothing deploys a new model", [others[0].subject]), others) if {
	count(others) > 0
} else := lib.unmet("nothing deploys a model")
