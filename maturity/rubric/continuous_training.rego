package maturity.criteria.continuous_training

import data.maturity.lib

# By a timer, an event, or the end of another pipeline.
timed := [lib.by(f, ids) |
	some f in lib.training_facts
	ids := lib.timed(f)
	count(ids) > 0
]

# A push counts where it runs the production training: the same chain
# registers or deploys what it trained.
production := lib.wired(["registry.register", "registry.promote", "deploy.model"])

pushed := [lib.by(f, ids) |
	some f in lib.training_facts
	ids := {id | some id in lib.triggered(f, {"push", "tag", "release"}); not is_test(id)}
	count(lib.on_chain(production, lib.chains(ids))) > 0
]

# Or the application that it deploys is led to by the job that trained its model.
shipped := [lib.by(f, ids) |
	some f in lib.training_facts
	ids := {id |
		some id in lib.triggered(f, {"push", "tag", "release"})
		not is_test(id)
		some d in lib.wired(["deploy.app"])
		some to in lib.automatic(d) & lib.gating(d)
		lib.leads(id, to)
	}
	count(ids) > 0
]

# A job of tests trains on samples, whatever its code could register.
is_test(id) if {
	lib.entry(id).kind == "ci-job"
	regex.match(`(?i)test|check|lint|smoke`, concat(" ", [lib.base(lib.entry(id).path), lib.entry(id).name]))
	count(lib.reaching(lib.wired(["deploy.model", "registry.promote"]), {id})) == 0
}

# A timer or rule of a cloud that starts what is named for training, and that
# something puts in place; the project has training to be started.
started := [f |
	some f in timers
	lib.starts_training(f)
]

# Code that runs by itself starts what trains.
begun := [f |
	some f in lib.wired(["retrain.start"])
	lib.detail(f, "trains")
	count(lib.timed(f)) > 0
]

tried := [lib.by(f, ids) |
	some f in lib.training_facts
	ids := {id | some id in lib.automatic(f); tries_out(id)}
	count(ids) > 0
]

tries_out(id) if lib.is_check(id)

tries_out(id) if is_test(id)

timers := lib.of("timer.training")

commented := lib.of("commented")

by_hand := [f | some f in lib.training_facts; some id in lib.live(f); "manual" in lib.entry(id).triggers; lib.entry(id).kind in {"ci-job", "pipeline"}]

answer := lib.met(sprintf("training is started by %s", [starters(timed, {"schedule", "event", "after"})]), timed) if {
	count(timed) > 0
} else := lib.met("a push to the default branch trains, and registers or deploys the result", array.concat(pushed, shipped)) if {
	count(pushed) + count(shipped) > 0
} else := lib.met("a timer or rule of the cloud starts what trains", started) if {
	count(started) > 0
} else := lib.met("what runs by itself starts training", array.concat(begun, lib.training_facts)) if {
	count(begun) > 0
	count(lib.any_of(["train", "train.remote"])) > 0
} else := lib.partial("a timer or rule of the cloud starts training, but CI does not put it in place", timers) if {
	count(timers) > 0
} else := lib.partial("the timer is commented out", commented) if {
	count(commented) > 0
} else := lib.partial("training is only tried out, by a job that change requests start too", tried) if {
	count(tried) > 0
} else := lib.partial("the training pipeline waits for somebody to start it", by_hand) if {
	count(by_hand) > 0
} else := lib.unmet("nothing starts training but people")

words := {"schedule": "a timer", "event": "an event", "after": "the end of another pipeline"}

starters(facts, triggers) := concat(" and ", sort({words[t] |
	some f in facts
	some id in lib.live(f)
	some t in lib.entry(id).triggers
	t in triggers
}))
