package maturity.criteria.experiment_tracking

import data.maturity.lib

trackers := lib.wired(["tracking"])

# Keeping a model opens a run, too: that alone logs neither parameters nor metrics.
measuring := [f |
	some f in trackers
	not regex.match(`\.(start_run|end_run|log_model|save_model|set_experiment|set_tracking_uri|create_experiment|log_artifacts?|register_model)$`, f.subject)
]

offers := [f | some f in lib.of("tracking"); f.context == "source"; lib.offered(f)]

training := lib.wired(["train"])

# Tracking counts in what trains: the same entry or chain reaches both. Where
# the training call itself is not seen, whatever is run and logs will do.
with_training := [f | some f in trackers; count(lib.chains(lib.live(f)) & lib.chains(lib.entries_of(training))) > 0]

beside := lib.unwired(["tracking"])

local := lib.wired(["tracking.local"])

# Home-made: the job that trains keeps the numbers of each run under a name that
# says which run it was.
kept := [f |
	some f in lib.wired(["metrics.kept"])
	count(lib.chains(lib.live(f)) & lib.chains(lib.entries_of(training))) > 0
	stays(f)
]

# What a job of CI writes is gone when it ends, unless a step of it keeps files.
stays(f) if f.context == "command"

stays(f) if startswith(f.subject, "a row of ")

stays(f) if {
	some id in lib.live(f)
	lib.entry(id).kind != "ci-job"
}

stays(f) if count(lib.reaching(lib.wired(["files.saved"]), lib.live(f))) > 0

# The event files of TensorBoard count where a step of the job keeps them.
event_files := [f |
	some f in local
	some s in lib.reaching(lib.wired(["files.saved"]), lib.live(f))
	regex.match(`(?i)(^|[^a-z])(tensorboard|tb|lightning_logs|(tb_?)?logs?|runs?|events)([^a-z]|$)`, s.subject)
]

# Experiments of DVC keep parameters and metrics of each run; on people's machines
# nobody knows whether they use them.
experiments := [f |
	some f in lib.wired(["tracking.experiment"])
	some id in lib.live(f)
	lib.entry(id).kind in lib.machines
]

# muster keeps a record of each run, and `muster runs` shows them side by side.
# What a stage does not declare is in no record: with parameters and numbers in
# muster.yaml the records track experiments, without them they only say what ran.
declared := lib.of("record.experiment")

answer := lib.met(sprintf("the training code logs its runs to %s", [lib.tools(with_training)]), with_training) if {
	count(with_training) > 0
} else := lib.met(sprintf("what is run logs to %s", [lib.tools(measuring)]), measuring) if {
	count(measuring) > 0
	count(training) == 0
} else := lib.partial(sprintf("models are kept with %s, their parameters and metrics are not", [lib.tools(trackers)]), trackers) if {
	count(trackers) > 0
	count(training) == 0
} else := lib.met("the numbers of each run are kept under a name that says which run it was", kept) if {
	count(kept) > 0
} else := lib.met("the event files of each run are kept", event_files) if {
	count(event_files) > 0
} else := lib.met("each run is an experiment of DVC", experiments) if {
	count(experiments) > 0
} else := lib.partial("what logs runs is not what trains", trackers) if {
	count(trackers) > 0
} else := lib.met("muster records the parameters and metrics of each run", array.concat(lib.recorded, declared)) if {
	count(lib.recorded) > 0
	count(declared) > 0
} else := lib.partial("muster keeps a record of each run, but no stage in muster.yaml names its parameters, so they are not in it", lib.recorded) if {
	count(lib.recorded) > 0
} else := lib.partial(sprintf("%s can be used, but none of them has to be there", [lib.tools(offers)]), offers) if {
	count(offers) > 0
} else := lib.partial("event files are written, but nothing keeps them", local) if {
	count(local) > 0
} else := lib.partial(sprintf("%s is named %s", [beside[0].tool, lib.where(beside[0])]), beside) if {
	count(beside) > 0
} else := lib.unmet("nothing logs the parameters and metrics of a run")
