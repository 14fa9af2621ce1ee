package maturity.criteria.model_monitoring

import data.maturity.criteria.drift_detection
import data.maturity.lib

# What serves or scores: the code that answers, and services, images and timers.
serving := lib.entries_of(lib.wired(["infer", "serving.app", "serving"]))

operating(f) if count(lib.live(f) & serving) > 0

operating(f) if count(lib.automatic(f)) > 0

operating(f) if {
	some id in lib.live(f)
	lib.entry(id).kind in {"image", "service", "timer"}
}

monitors := [f | some f in lib.wired(["monitor"]); operating(f); not lib.compares_itself(f); not traces_training(f)]

# A trace of the calls of training records no answer of what is in use.
traces_training(f) if {
	contains(f.subject, "trace")
	f.path in lib.training_files
	not lib.has_server
}

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

# A platform is told to keep or watch what the model answers: by code or a
# command that runs, or by a setting that something applies.
managed := array.concat(lib.wired(["monitor.managed"]), applied(["monitor.setting"]))

applied(categories) := [f |
	some f in lib.any_of(categories)
	not lib.is_prose(f)
	in_use(f)
]

in_use(f) if {
	lib.own(f)
	count(lib.live(f)) > 0
}

in_use(f) if lib.detail(f, "synced")

# What SageMaker captures is watched only by a schedule.
captured := array.concat(applied(["monitor.capture"]), applied(["monitor.schedule"]))

watched if count(applied(["monitor.schedule"])) > 0

# A record of a prediction with the model or input that it came from, by what
# serves, or by a job that scores.
recorded := [f | some f in lib.wired(["prediction.record"]); operating(f)]

# What came true is joined with what was predicted by a job that runs by itself, trains
# nothing and keeps what it finds.
realised := [lib.by(f, ids) |
	some f in lib.wired(["outcome.join"])
	ids := {id |
		some id in lib.timed(f)
		count(lib.reaching(lib.training_facts, {id})) == 0
		count(lib.reaching(lib.wired(["tracking", "monitor.push", "store", "notify", "monitor"]), {id})) > 0
	}
	count(ids) > 0
]

# Drift that is measured by itself with a threshold, and kept or compared run by run.
measured := [f |
	some f in drift_detection.running
	count(drift_detection.decided) > 0
	count(lib.reaching(lib.wired(["store", "monitor.push", "tracking", "notify", "monitor"]), lib.live(f))) > 0
]

settings := lib.any_of(["monitor.setting", "monitor.schedule", "monitor.managed"])

service := lib.wired(["monitor.service"])

apart := lib.wired(["monitor", "cue.predictions", "drift", "cue.drift"])

others := lib.any_of(["monitor", "cue.predictions", "drift"])

answer := lib.met(sprintf("predictions or their quality are recorded with %s", [lib.tools(monitors)]), monitors) if {
	count(monitors) > 0
} else := lib.met("each prediction is kept by what serves", kept) if {
	count(kept) > 0
} else := lib.met("each prediction is stored with the model or input that it came from", recorded) if {
	count(recorded) > 0
} else := lib.met(sprintf("%s keeps or watches what the model answers", [lib.tools(managed)]), managed) if {
	count(managed) > 0
} else := lib.met("SageMaker captures what the endpoint answers, and a schedule watches it", captured) if {
	watched
} else := lib.met("metrics of the model's quality are pushed to a store", pushed) if {
	count(pushed) > 0
} else := lib.met("what came true is joined with what was predicted, and the result is kept", realised) if {
	count(realised) > 0
} else := lib.met("the data of each run is measured against a threshold, and the result is kept", measured) if {
	count(measured) > 0
} else := lib.partial("what the endpoint answers is captured, but nothing looks at it", captured) if {
	count(captured) > 0
} else := lib.partial("a platform could watch the model, but nothing applies the setting", settings) if {
	count(settings) > 0
} else := lib.partial("the service is watched, its predictions are not", service) if {
	count(service) > 0
} else := lib.partial("something is measured, but not by what serves, nor kept", apart) if {
	count(apart) > 0
} else := lib.partial(sprintf("%s is named %s", [others[0].subject, lib.where(others[0])]), others) if {
	count(others) > 0
} else := lib.unmet("nothing records what the model predicts")
