package maturity.criteria.closed_loop_retraining

import data.maturity.lib

# What tells that the model or its data changed.
signals := lib.wired(["drift", "cue.drift", "cue.quality", "drift.report"])

# What tells what the model in use is worth.
worth := lib.wired(["cue.quality", "outcome.join", "outcome.managed", "drift.report"])

training := lib.wired(["train", "train.remote", "train.entry", "muster", "retrain.start"])

# The entries whose outputs decide whether the fact is reached: jobs that its
# job needs and asks for, or the job itself where a step asks for another's.
deciding(f, id) := ((asked | failed) | own) | before if {
	some l in f.entries
	l.id == id
	condition := sprintf("%s %s", [object.get(l, "if", ""), object.get(lib.entry(id), "if", "")])
	jobs_asked := {m[1] | some m in regex.find_all_string_submatch_n(asks_job, condition, -1)}
	asked := {need | some need in lib.entry(id).needs; some name in jobs_asked; regex.match(sprintf(`(?i)[#/]%s(/|$)`, [name]), need)}
	failed := {need | some need in lib.entry(id).needs; regex.match(`failure\(\)|failed\(\)`, object.get(lib.entry(id), "if", ""))}
	own := {id | regex.match(asks_step, condition)}
	before := {need | some need in lib.needed(id); regex.match(asks_variable, condition)}
}

# What a job or stage before left: an output, or that it failed. That it went well is no signal.
asks_job := `(?:needs|[dD]ependencies)\.([\w-]+)\.(?:outputs|result\s*==\s*'[Ff]ail)`

asks_step := `steps\.[\w-]+\.(outputs|(outcome|conclusion)\s*(==\s*'fail|!=\s*'succ))`

# A variable that a stage before has set.
asks_variable := `(?i)(env|variables)[.\['"]+\w*(drift|retrain)`

jobs := [lib.by(f, {id}) |
	some f in training
	some id in lib.live(f)
	not only_people(id)
	not lib.is_check(id)
	count(lib.reaching(signals, deciding(f, id))) > 0
]

# A branch of a script asks what the check found: by its status, a file or variable that
# is named for it, or the check itself.
scripts := [lib.by(f, {l.id}) |
	some f in training
	some l in f.entries
	l.id in lib.live(f)
	regex.match(asks_check, object.get(l, "asked", ""))
	not regex.match(`\$\{?[1-9@*]`, object.get(l, "asked", ""))
	not only_people(l.id)
	not lib.is_check(l.id)
	count(lib.reaching(signals, {l.id})) > 0
]

asks_check := `(?i)drift|degrad|retrain|\bpython3?\s[^|;&]*(check|monitor|detect|psi|watch)|\$\?|\$\{?(rc|status|exit_?code|result|alert)\b`

only_people(id) if {
	every t in lib.entry(id).triggers {
		t in {"manual", "change"}
	}
}

# A command or call that a condition decides, in what measures.
commands := [f |
	some f in lib.wired(["retrain.start"])
	f.conditional
	count(lib.reaching(signals, lib.automatic(f))) > 0
]

# A call in the project's own code that leads to training, where the same entry
# measures, and a person starts neither.
calls := [lib.by(f, ids) |
	some f in lib.wired(["retrain.call"])
	ids := lib.automatic(f)
	count(lib.reaching(told_by(f), ids)) > 0
	means_retraining(f, ids)
]

told_by(f) := worth if lib.detail(f, "decided") == "quality"

else := signals

# Something is named for retraining, a task that measured drift branches, or the
# function that calls asks for drift.
means_retraining(_, ids) if count(lib.reaching(lib.wired(["cue.retrain"]), ids)) > 0

means_retraining(f, _) if lib.detail(f, "branch")

means_retraining(f, _) if lib.detail(f, "decided")

means_retraining(f, _) if {
	some d in lib.of("drift.decision")
	d.path == f.path
	object.get(d, "function", "") == object.get(f, "function", "")
}

# A branch of the flow that drift decides, where the same flow measures and trains.
branches := [lib.by(f, ids) |
	some f in lib.wired(["retrain.branch"])
	ids := {id |
		some id in lib.automatic(f)
		count(lib.reaching(signals, {id})) > 0
		count(lib.reaching(lib.wired(["train", "train.remote", "train.entry"]), {id})) > 0
	}
	count(ids) > 0
]

# A rule of the cloud that hears an alarm, a monitor or new data, and starts what trains.
heard := [f |
	some f in lib.of("timer.training")
	lib.detail(f, "signal")
	lib.starts_training(f)
]

# An alert on the model or its data asks a service of the project's own to train.
alerted := [f |
	some f in lib.wired(["retrain.alert"])
	count(lib.reaching(lib.wired(["train", "train.remote", "retrain.start"]), lib.live(f))) > 0
	count(lib.of("alert.manager")) > 0
]

seen := lib.any_of(["drift", "cue.drift"])

told := [f | some f in lib.wired(["issue"]); count(lib.reaching(signals, lib.live(f))) > 0]

answer := lib.met("the outcome of the check decides whether training starts", array.concat(jobs, signals)) if {
	count(jobs) > 0
} else := lib.met("the script trains where the check says so", array.concat(scripts, signals)) if {
	count(scripts) > 0
} else := lib.met("what measures starts training when its condition holds", array.concat(commands, signals)) if {
	count(commands) > 0
} else := lib.met("the flow that measures calls training when its condition holds", array.concat(calls, signals)) if {
	count(calls) > 0
} else := lib.met("the flow measures, and the outcome decides whether it trains", array.concat(branches, signals)) if {
	count(branches) > 0
} else := lib.met("a rule hears the signal and starts what trains", heard) if {
	count(heard) > 0
} else := lib.met("an alert on the model asks for its training", alerted) if {
	count(alerted) > 0
} else := lib.partial("a signal opens an issue; people start the training", told) if {
	count(told) > 0
} else := lib.partial("drift is measured or named, but no signal starts training", seen) if {
	count(seen) > 0
} else := lib.unmet("no signal starts training")
