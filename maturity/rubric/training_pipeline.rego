package maturity.criteria.training_pipeline

import data.maturity.lib

sequences := [f |
	some f in lib.of("sequence")
	f.detail.trains
	f.detail.steps > 1
	f.context == "source"
	count([id | some id in lib.live(f); not is_trial(id)]) > 0
]

# A job of tests tries training out; it is no pipeline, whatever it runs in order.
is_trial(id) if {
	lib.is_check(id)
	regex.match(`(?i)test|\bci\b|check|lint|bench|smoke`, concat(" ", [lib.base(lib.entry(id).path), lib.entry(id).name]))
}

records := lib.of("record.run")

# A definition that hands files from stage to stage. One of DVC that was never
# run has no lock; then something else must run it.
defined := [f |
	some f in sequences
	f.tool in {"dvc", "muster"}
	runs_there(f)
]

# It was run, or somebody is told how to.
runs_there(f) if object.get(f.detail, "locked", true)

runs_there(_) if count([e | some e in lib.wired(["train.entry"]); startswith(e.subject, "dvc ")]) > 0

run_by_others := [f | some f in sequences; f.tool in {"dvc", "muster"}; count(lib.automatic(f)) > 0]

training := lib.wired(["train"])

# A flow with at least two tasks, whose entry reaches training. Where it is seen
# which flows train, those are meant, and one that calls a single step connects nothing.
flows := [f |
	some f in lib.wired(["pipeline.flow"])
	count(lib.reaching(lib.wired(["pipeline.task"]), lib.live(f))) > 1
	count(lib.reaching(training, lib.live(f))) > 0
	connects(f)
]

shown := [f | some f in lib.wired(["pipeline.flow"]); lib.detail(f, "trains")]

connects(_) if count(shown) == 0

connects(f) if {
	lib.detail(f, "trains")
	not lib.detail(f, "single")
}

# Steps that a platform runs: it takes their scripts by name, so training may
# lie beside what the definition shows.
remote := [f |
	some f in lib.wired(["pipeline.flow"])
	count([t | some t in lib.wired(["pipeline.remote"]); t.path == f.path]) > 1
	count(lib.any_of(["train"])) > 0
]

# One script that does everything counts where no person starts it. A fit alone, of
# data that nothing prepares and nobody judges, is no pipeline.
started := [lib.by(f, ids) |
	some f in training
	ids := {id | some id in lib.automatic(f) & lib.gating(f); not lib.is_check(id)}
	count(ids) > 0
	count(lib.on_chain(around, lib.chains(ids))) > 0
]

around := lib.wired(["data.fetch", "data.object", "features.step", "features.pipeline", "heldout", "metric", "metric.own", "tuning", "tracking", "registry.register", "validate", "validate.own", "train.remote", "pipeline.task"])

chained := [f | some f in sequences; not f.tool in {"dvc", "muster"}]

documented := [f | some f in training; some id in lib.live(f); lib.entry(id).kind == "documented"]

named := lib.unwired(["pipeline.flow"])

answer := lib.proven("a recorded run carried the whole pipeline out at this commit", array.concat(records, defined)) if {
	count(defined) > 0
	count(records) > 0
} else := lib.met(sprintf("%s has %d stages, one of which trains", [defined[0].path, defined[0].detail.steps]), defined) if {
	count(defined) > 0
} else := lib.met("CI runs the stages of the pipeline", run_by_others) if {
	count(run_by_others) > 0
} else := lib.met(sprintf("a flow of %s connects the steps and trains", [lib.tools(flows)]), flows) if {
	count(flows) > 0
} else := lib.met(sprintf("a pipeline of %s connects the steps", [lib.tools(remote)]), remote) if {
	count(remote) > 0
} else := lib.met("training is started without hands, as one command", started) if {
	count(started) > 0
} else := lib.met(sprintf("%s %s runs %d steps, one of which trains", [chained[0].tool, chained[0].subject, chained[0].detail.steps]), chained) if {
	count(chained) > 0
} else := lib.partial("the pipeline is defined, but there is no sign that it was ever run", sequences) if {
	count(sequences) > 0
} else := lib.partial("training is one of several commands that people run by hand", documented) if {
	count(documented) > 0
} else := lib.partial("training runs by itself as a single step", training) if {
	count(training) > 0
} else := lib.partial(sprintf("%s is named %s", [named[0].tool, lib.where(named[0])]), named) if {
	count(named) > 0
} else := lib.unmet("nothing connects preparing, training and evaluating")
