package maturity.criteria.model_monitoring

import data.maturity.lib

# What serves or scores: the code that answers, and services, images and timers.
serving := lib.entries_of(lib.wired(["infer", "serving.app", "serving"]))

operating(f) if count(lib.live(f) & serving) > 0

operating(f) if count(lib.automatic(f)) > 0

operating(f) if {
	some id in lib.live(f)
	lib.entry(id).kind in {"image", "service", "timer"}
}

monitors := [f | some f in lib.wired(["monitor"]); operating(f)]

# Home-made: a function named for keeping predictions that writes rows, in the
# file of the same function, on the path that serves.
kept := [f |
	some f in lib.wired(["cue.predictions"])
	operating(f)
	some s in lib.of("store")
	s.path == f.path
	s.function == f.function
]

# Metrics of quality that are pushed to a store by something that runs by itself.
pushed := [f |
	some f in lib.wired(["monitor.push"])
	count(lib.reaching(lib.wired(["cue.quality", "cue.drift", "cue.predictions"]), lib.automatic(f))) > 0
]

service := lib.wired(["monitor.service"])

apart := lib.wired(["monitor", "cue.predictions", "drift", "cue.drift"])

others := lib.any_of(["monitor", "cue.predictions", "drift"])

answer := lib.met(sprintf("predictions or their quality are recorded with %s", [lib.tools(monitors)]), monitors) if {
	count(monitors) > 0
} else := lib.met("each prediction is kept by what serves", kept) if {
	count(kept) > 0
} else := lib.met("metrics of the model's quality are pushed to a store", pushed) if {
	count(pushed) > 0
} else := lib.partial("the service is watched, its predictions are not", service) if {
	count(service) > 0
} else := lib.partial("something is measured, but not by what serves, nor kept", apart) if {
	count(apart) > 0
} else := lib.partial(sprintf("%s is named %s", [others[0].subject, lib.where(others[0])]), others) if {
	count(others) > 0
} else := lib.unmet("nothing records what the model predicts")
