package maturity.criteria.automated_model_deployment

import data.maturity.lib

# What puts a model or an endpoint in place, started by no person.
direct := [lib.by(f, ids) |
	some f in lib.wired(["deploy.model"])
	ids := {id | some id in lib.automatic(f) & lib.gating(f); serves_users(id, f)}
	count(ids) > 0
]

applications := array.concat(synced, [lib.by(f, ids) |
	some f in lib.wired(["deploy.app"])
	ids := {id | some id in lib.automatic(f) & lib.gating(f); serves_users(id, f)}
	count(ids) > 0
])

# What the cluster takes from git by itself is deployed by the push, or by the merge
# of the change that it was pushed to.
synced := [lib.by(f, ids) |
	some f in lib.wired(["deploy.synced"])
	ids := lib.gating(f) & (lib.automatic(f) | lib.triggered(f, {"change"}))
	count(ids) > 0
]

# The environment is that of users unless it is named as another one.
serves_users(id, f) if {
	stages := {s.subject | some s in lib.of("deploy.stage"); s.path == f.path; s.line == f.line; some l in s.entries; l.id == id}
	stages_serve(stages)
}

stages_serve(stages) if count(stages) == 0

stages_serve(stages) if "production" in stages

# An application that carries a model: a job that leads to it trained the model
# or fetched it; it is a model server's object; what is deployed asks the registry
# when it starts; or the model is committed, and what is deployed loads it.
trained := lib.lead_to(lib.wired(["train", "train.remote", "model.fetch"]), lib.entries_of(applications))

manifests := [f | some f in lib.of("serving.manifest"); f.context == "source"]

committed := [f | some f in lib.of("artefact"); f.context == "source"]

loaded := lib.wired(["load", "unpickle"])

asking := [f | some f in lib.asked_by_service; some id in lib.live(f); lib.entry(id).kind in {"image", "service"}]

carrying := applications if {
	count(applications) > 0
	count(trained) + count(manifests) + count(asking) > 0
} else := applications if {
	count(applications) > 0
	count(committed) > 0
	count(loaded) > 0
} else := images

# An image into which the chain that trains puts its model, and which it pushes,
# where the roll-out itself lies outside the repository.
images := [lib.by(f, ids) |
	some f in lib.wired(["deploy.image"])
	not lib.detail(f, "without")
	ids := {id |
		some id in lib.automatic(f) & lib.gating(f)
		count(lib.on_chain(lib.wired(["deploy.model", "deploy.app"]), lib.chains({id}))) == 0
		count(lib.lead_to(lib.wired(["train", "train.remote"]), {id})) > 0
	}
	count(ids) > 0
]

# A job that runs by itself and asks for the current model: the registry, or by a
# function named for it beside the loading of a model.
lookups := array.concat(lib.wired(["registry.lookup"]), [f |
	some f in lib.wired(["cue.latest"])
	count([l | some l in lib.wired(["load"]); l.path == f.path]) > 0
])

batch := [lib.by(f, ids) |
	some f in lookups
	ids := lib.triggered(f, {"schedule", "event", "after"})
	count(lib.reaching(lib.wired(["infer", "load"]), ids)) > 0
	not f.path in lib.training_files
	scores(f, ids)
]

# A training job looks the current model up to compare it; that is no scoring, nor
# is a monitor that imports what serves.
scores(_, ids) if {
	count(lib.reaching(lib.wired(["train"]), ids)) == 0
	count(lib.reaching([s | some s in lib.wired(["serve"]); s.detail.rows], ids)) > 0
}

scores(f, ids) if {
	count(lib.reaching(lib.wired(["train"]), ids)) == 0
	count([i | some i in lib.wired(["infer"]); i.path == f.path]) > 0
}

scores(f, _) if {
	regex.match(`(?i)infer|predict|scor|batch|serv|forecast`, f.path)
	count([i | some i in lib.wired(["infer", "serve"]); i.path == f.path]) > 0
}

# Home-made: one entry registers a version, publishes it, and makes the service
# take it.
cues := [lib.by(f, ids) |
	some f in lib.wired(["cue.deploy"])
	ids := lib.automatic(f)
	count(lib.reaching(lib.wired(["cue.reload"]), ids)) > 0
	count(lib.reaching(lib.wired(["registry.register", "registry.promote"]), ids)) > 0
]

# The same where the version becomes the current one in a store of the project's
# own, and what serves is told so.
switched := [lib.by(f, ids) |
	some f in lib.wired(["registry.promote"])
	ids := {id | some id in lib.automatic(f) & lib.gating(f); count(lib.reaching(telling, {id})) > 0}
	count(ids) > 0
]

telling := [f | some f in lib.wired(["cue.reload"]); regex.match(`(?i)serv|worker|model|api|container`, f.subject)]

# The service looks again while it runs: whoever moves the alias deploys.
following := lib.wired(["model.follow"])

# What trains makes a version the current one, and tells the service to take it.
reloaded := [lib.by(f, ids) |
	some f in array.concat(lib.wired(["reload.request"]), restarts)
	ids := lib.automatic(f)
	count(lib.reaching(lib.wired(["registry.register", "registry.promote"]), ids)) > 0
	count(lib.reaching(lib.training_facts, ids)) > 0
]

told := array.concat(switched, reloaded)

# A service that is started anew asks the registry for its current model.
restarts := lib.wired(["cue.restart"]) if count(asking) > 0

else := []

# A job that scores by itself with what training leaves, where training decides
# whether a new model takes over.
accepting := lib.on_chain(lib.wired(["cue.accepted", "cue.promote", "registry.promote"]), lib.training_chains)

scoring := [lib.by(f, ids) |
	count(accepting) > 0
	some f in lib.wired(["serve"])
	f.detail.rows
	ids := lib.triggered(f, {"schedule", "event", "after"})
	count(ids) > 0
]

others := lib.any_of(["deploy.model", "deploy.app", "deploy.image", "serving.manifest", "serving", "cue.deploy"])

by_hand := lib.wired(["deploy.model", "deploy.app"])

answer := lib.met("a pipeline deploys the model without a manual command", direct) if {
	count(direct) > 0
} else := lib.met("the chain that trains also deploys what serves the model", array.concat(applications, trained)) if {
	count(applications) > 0
	count(trained) > 0
} else := lib.met("CI applies the object that serves the model", array.concat(applications, manifests)) if {
	count(applications) > 0
	count(manifests) > 0
} else := lib.met("what is deployed takes the registry's current model when it starts", array.concat(applications, asking)) if {
	count(applications) > 0
	count(asking) > 0
} else := lib.met("the deployed application carries the committed model", array.concat(applications, committed)) if {
	count(applications) > 0
	count(committed) > 0
	count(loaded) > 0
} else := lib.met("the chain that trains puts the model into an image and pushes it", images) if {
	count(images) > 0
} else := lib.met("the service looks for a new version while it runs, and takes it", following) if {
	count(following) > 0
} else := lib.met("a job that runs by itself takes the registry's current model", batch) if {
	count(batch) > 0
} else := lib.met("the training chain publishes its model and makes the service take it", cues) if {
	count(cues) > 0
} else := lib.met("what trains tells the service to take the new version", told) if {
	count(told) > 0
} else := lib.met("a job that runs by itself scores with the model that training accepted", array.concat(scoring, accepting)) if {
	count(scoring) > 0
} else := lib.partial("what is deployed automatically does not carry the model", applications) if {
	count(applications) > 0
} else := lib.partial("the model is deployed by a command that people start, or that may fail unnoticed", by_hand) if {
	count(by_hand) > 0
} else := lib.partial(sprintf("%s serves or ships, but nothing deploys a new model", [others[0].subject]), others) if {
	count(others) > 0
} else := lib.unmet("nothing deploys a model")
