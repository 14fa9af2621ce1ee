package maturity.criteria.scoring_code

import data.maturity.lib

scorers := lib.wired(["serve"])

of_kind(kinds) := [f | some f in scorers; f.detail.kind in kinds]

# What is deployed: a container, a service, something that CI or a documented
# command puts in place.
in_container(f) if {
	some id in lib.live(f)
	lib.entry(id).kind in {"image", "service"}
}

deployed := lib.wired(["deploy.model", "deploy.app", "serving.manifest", "deploy.image"])

manifests := lib.of("serving.manifest")

services := [f |
	some f in of_kind({"web", "handler"})
	deployable(f)
]

# A service of a version of the registry is started by one command, too.
versioned := [f | some f in of_kind({"web", "handler"}); f.detail.versioned]

# What a platform calls needs nobody else to run it, once it is deployed.
handed := [f |
	some f in lib.of("serve")
	f.detail.kind == "handler"
	count(handing) > 0
]

handing := lib.wired(["deploy.model", "deploy.app"])

deployable(f) if in_container(f)

deployable(_) if count(deployed) > 0

deployable(_) if count(manifests) > 0

# A batch job counts if it asks for a version of the model, and is started by a
# command of its own; one that is named for scoring, if a container or a timer
# starts it.
batches := [f | some f in of_kind({"batch"}); f.detail.versioned]

started := [f |
	some f in of_kind({"batch"})
	f.detail.rows
	runs_alone(f)
]

runs_alone(f) if in_container(f)

runs_alone(f) if count(lib.triggered(f, {"schedule", "event", "after"})) > 0

platform := [f | some f in lib.wired(["serving"]); f.context == "command"]

# A platform serves what is registered: it needs no code of the project's own.
managed := [f | some f in lib.wired(["deploy.model", "serving.manifest", "score.managed"]); versions]

# Or it serves what the same chain has just trained.
handed_on := lib.on_chain(lib.wired(["deploy.model"]), lib.training_chains)

default versions := false

versions if count(lib.wired(["registry.register", "registry.lookup"])) > 0

# An object of a model server names the model's files, and a command applies it.
named := [f | some f in lib.wired(["serving.manifest"]); lib.detail(f, "model")]

demos := of_kind({"demo"})

# An application for people that asks the registry for a version, and that a
# container or service starts, is more than a demo.
shown := [f | some f in demos; f.detail.versioned; lookup_at(f); in_container(f)]

lookup_at(f) if {
	some r in lib.wired(["registry.lookup"])
	r.path in {f.path, f.detail.from}
}

loose := array.concat(of_kind({"web", "handler"}), of_kind({"batch"}))

elsewhere := [f | some f in array.concat(lib.unwired(["serve"]), lib.unwired(["serving"])); f.context in {"source", "unused", "notebook", "example"}]

notebooks := [f | some f in lib.any_of(["load", "infer"]); f.context == "notebook"]

answer := lib.met("a service loads the model and answers, and is deployed with one command", array.concat(services, deployed)) if {
	count(services) > 0
} else := lib.met("a platform calls the code that scores, and one command deploys it", array.concat(handed, handing)) if {
	count(handed) > 0
} else := lib.met("a command serves the model as the tracking tool keeps it", platform) if {
	count(platform) > 0
} else := lib.met("a batch job loads a version of the model and scores with it", batches) if {
	count(batches) > 0
} else := lib.met("a service of a version of the registry is started by one command", versioned) if {
	count(versioned) > 0
} else := lib.met("a container or a timer starts a job that loads the model and scores with it", started) if {
	count(started) > 0
} else := lib.met("a platform serves the registered model, and is told so by a command or definition", managed) if {
	count(managed) > 0
} else := lib.met("the chain that trains puts its model on a platform that serves it", handed_on) if {
	count(handed_on) > 0
} else := lib.met("a model server is told where the model lies, and a command applies that", named) if {
	count(named) > 0
} else := lib.met("an application shows the answers of a version of the registry, and is deployed with one command", shown) if {
	count(shown) > 0
} else := lib.partial("a demo loads the model; nothing deploys it for use", demos) if {
	count(demos) > 0
} else := lib.partial("code loads the model and answers, but the model has no version, or nothing deploys it", loose) if {
	count(loose) > 0
} else := lib.partial("code that scores is there, but nothing runs it", elsewhere) if {
	count(elsewhere) > 0
} else := lib.partial("models answer in notebooks only", notebooks) if {
	count(notebooks) > 0
} else := lib.unmet("nothing loads a model to score new data")
