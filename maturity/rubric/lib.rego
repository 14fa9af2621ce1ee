# What the rules of all criteria share: which facts hold, and how an answer looks.
package maturity.lib

# The facts of one category, those that entries reach first.
of(category) := object.get(input.facts, category, [])

# The facts of several categories.
any_of(categories) := [f | some c in categories; some f in of(c)]

# Rival tools of which each may be missing are an offer to users; what is always
# imported, or is the only one, is the project's own.
optional_tools := {f.tool | some f in of("tracking"); f.context == "source"; object.get(f, "optional", false)}

offered(f) if {
	count(optional_tools) > 1
	object.get(f, "tool", "") in optional_tools
}

# Code of the project itself, or a command that something runs.
own(f) if {
	f.context in {"source", "command"}
	not offered(f)
}

# The entries that reach a fact and can run.
live(f) := {l.id |
	some l in f.entries
	object.get(input.entries[l.id], "off", "") == ""
}

# A fact is wired if it is the project's own and something runs it.
wired(categories) := [f | some f in any_of(categories); own(f); count(live(f)) > 0]

# Only written down: somewhere, but nothing runs it.
unwired(categories) := [f | some f in any_of(categories); not is_wired(f)]

is_wired(f) if {
	own(f)
	count(live(f)) > 0
}

entry(id) := input.entries[id]

# Entries of the given facts that no person starts. A pull request alone is no
# release: it is not among them.
automatic(f) := {id | some id in live(f); entry(id).automatic}

triggered(f, triggers) := {id | some id in live(f); some t in entry(id).triggers; t in triggers}

chains(ids) := {entry(id).chain | some id in ids}

# A job that change requests start too, and whose chain neither registers nor
# deploys, only tries the training out.
is_check(id) if {
	"change" in entry(id).triggers
	not timed_build(id)
	count(on_chain(wired(["registry.register", "registry.promote", "deploy.model", "deploy.app"]), {entry(id).chain})) == 0
}

# A Jenkinsfile says when it runs by itself; that changes start it too is taken from no
# line of it, but from how such files are mostly used.
timed_build(id) if {
	startswith(base(entry(id).path), "Jenkinsfile")
	"schedule" in entry(id).triggers
}

# The last part of a path.
base(path) := parts[count(parts) - 1] if parts := split(path, "/")

# What works without a person who follows a page: CI, services, schedulers, images.
machines := {"ci-job", "service", "pipeline", "timer", "image"}

# muster's records of runs, whose failure would be noticed.
recorded := [f | some f in wired(["muster"]); count(gating(f)) > 0]

# Facts that some entry of the given set reaches.
reaching(facts, ids) := [f | some f in facts; count(live(f) & ids) > 0]

# Facts that lie on one of the chains.
on_chain(facts, names) := [f | some f in facts; some id in live(f); entry(id).chain in names]

# All entries that reach one of the facts.
entries_of(facts) := {id | some f in facts; some id in live(f)}

# The failure of a command fails whatever runs it.
gating(f) := {l.id |
	some l in f.entries
	l.id in live(f)
	object.get(l, "swallowed", "") == ""
	not after_failure(l)
}

# A step that runs only when something before it failed, or the run was stopped.
after_failure(l) if regex.match(`^[\s${(]*(failure|cancelled)\(\)[\s})]*$`, object.get(l, "if", ""))

swallowed(f) := [l.swallowed | some l in f.entries; object.get(l, "swallowed", "") != ""]

# The fact as the given entries reach it: its evidence then names one of them.
by(f, ids) := object.union(f, {"entries": [l | some l in f.entries; l.id in ids]})

# --- answers

most_evidence := 4

via(f) := sprintf("%s, by %s", [f.subject, name]) if {
	f.context == "command"
	name := entry(f.entries[0].id).name
} else := sprintf("%s, reached from %s (%s:%d)", [f.subject, e.name, e.path, e.line]) if {
	ids := sort([id | some id in live(f)])
	e := entry(first(f, ids))
} else := sprintf("%s, in a function that nothing calls", [f.subject]) if {
	f.context == "unused"
} else := sprintf("%s, in %s", [f.subject, f.context]) if {
	f.context != "source"
} else := f.subject

# The entry that says most: the facts' own order has it first.
first(f, ids) := [l.id | some l in f.entries; l.id in ids][0]

evidence(facts) := array.slice(list, 0, most_evidence) if {
	list := dedupe([{"path": f.path, "line": f.line, "note": via(f)} | some f in facts])
}

# One piece of evidence for a line, in the order given.
dedupe(list) := [e |
	some i, e in list
	not earlier(list, i, e)
]

earlier(list, i, e) if {
	some j, other in list
	j < i
	other.path == e.path
	other.line == e.line
}

met(reason, facts) := {"verdict": "met", "strength": "wired", "reason": reason, "evidence": evidence(facts), "by": carriers(facts)}

# The entries whose success shows that a fact was carried out: those that reach it
# and would fail with it, through no condition that only a step of theirs has.
carriers(facts) := sort({l.id | some f in facts; some l in f.entries; l.id in live(f); surely(l)})

surely(l) if {
	object.get(l, "swallowed", "") == ""
	object.get(l, "if", "") in {"", object.get(entry(l.id), "if", "")}
}

proven(reason, facts) := {"verdict": "met", "strength": "proven", "reason": reason, "evidence": evidence(facts)}

partial(reason, facts) := {"verdict": "partial", "strength": "declared", "reason": reason, "evidence": evidence(facts)}

unmet(reason) := {"verdict": "unmet", "strength": "none", "reason": reason, "evidence": []}

not_applicable(reason) := {"verdict": "na", "strength": "none", "reason": reason, "evidence": []}

unknown(reason, facts) := {"verdict": "unknown", "strength": "none", "reason": reason, "evidence": evidence(facts)}

# "MLflow, Prefect": the tools of facts, by name.
tools(facts) := concat(", ", sort({f.tool | some f in facts; object.get(f, "tool", "") != ""}))

# Where the best of facts that nothing runs lies.
where(f) := "as one of several that may be missing" if {
	offered(f)
} else := "in a notebook only" if {
	f.context == "notebook"
} else := "in a list of packages only" if {
	f.context == "declared"
} else := "in documentation only" if {
	f.context == "docs"
} else := "in a store that is thrown away" if {
	f.context == "discarded"
} else := sprintf("in %s code only", [f.context]) if {
	f.context in {"test", "example", "template"}
} else := "in code that nothing runs"

# --- level 1: what CI does by itself

# Jobs of CI that reach a fact, run without a person, and fail when it fails.
# Change requests are among what starts them: a check need not wait for a merge.
checked_by(f) := {id |
	some id in gating(f)
	entry(id).kind == "ci-job"
	starts_itself(id)
}

starts_itself(id) if entry(id).automatic

starts_itself(id) if "change" in entry(id).triggers

# What such jobs check: the facts, each with those jobs.
checked(categories) := [by(f, ids) | some f in any_of(categories); own(f); ids := checked_by(f); count(ids) > 0]

# What jobs of CI release: change requests do not, people who press a button do
# not either.
released(categories) := [by(f, ids) |
	some f in any_of(categories)
	own(f)
	ids := {id | some id in gating(f); entry(id).kind == "ci-job"; entry(id).automatic}
	count(ids) > 0
]

# What any job of CI reaches, whether it counts or not.
in_ci(categories) := [f | some f in any_of(categories); own(f); some l in f.entries; entry(l.id).kind == "ci-job"]
# --- level 3: what serves, and where it is deployed

# Something answers requests: a model server, its object, an endpoint, or an
# application beside code that predicts.
servers := array.concat(model_servers, applications_that_predict)

model_servers := [f | some f in any_of(["serving", "serving.manifest", "deploy.model"]); f.context in {"source", "command"}]

applications_that_predict := [f |
	some f in of("serving.app")
	f.context == "source"
	count([p | some p in any_of(["infer", "load", "registry.lookup", "cue.predictions"]); p.context == "source"]) > 0
]

has_server if count(servers) > 0

# Scoring of many rows at a time, by a job: something predicts, no server does.
batch_only if {
	not has_server
	count(batch_jobs) > 0
}

# What predicts and trains nothing, started by something other than a test.
batch_jobs := [f |
	some f in wired(["infer", "load", "registry.lookup"])
	not f.path in training_files
	not regex.match(`(?i)eval|valid|train|test|metric|tun(e|ing)`, f.path)
]

# What serves asks for a version; what trains, or makes and compares releases, has
# other reasons to.
asked_by_service := [f |
	some f in wired(["registry.lookup"])
	not f.path in training_files
	not regex.match(`(?i)deploy|canary|promot|rollback|regist(er|ration)|compar|eval`, base(f.path))
]

training_files := {f.path | some f in any_of(["train", "train.remote"])}

# Something serves or scores at all.
is_used if has_server

is_used if count(batch_jobs) > 0

# There is nothing that could be released: nothing serves, and nothing is deployed.
nothing_to_release if {
	not is_used
	count(any_of(["deploy.model", "deploy.app", "deploy.image"])) == 0
}

# An entry leads to another one: it is the same, the other needs it, or it
# belongs to another pipeline of the same chain.
leads(from, to) if from == to

leads(from, to) if from in needed(to)

leads(from, to) if {
	entry(from).chain == entry(to).chain
	entry(from).path != entry(to).path
}

# All entries that must run before one, and the entry itself.
needed(id) := graph.reachable(needs, {id})

needs := {id: e.needs | some id, e in input.entries}

lead_to(facts, ids) := [f | some f in facts; some from in live(f); some to in ids; leads(from, to)]
# --- level 2

training_facts := wired(["train", "train.remote"])

training_chains := chains(entries_of(training_facts))

# The facts that lie on a path that also trains; all of them, where the call that
# trains is not seen or nothing runs it.
with_training(facts) := facts if {
	count(training_facts) == 0
} else := [f | some f in facts; count(chains(live(f)) & training_chains) > 0]

# A command that stands in documentation only: people are told of it, nothing
# has it as a step.
is_prose(f) if {
	count(f.entries) > 0
	every l in f.entries {
		entry(l.id).kind == "documented"
		entry(l.id).path == f.path
	}
}
# --- level 4: what runs by itself in operation

# Entries that a timer, an event or the end of another pipeline starts, and that
# are no mere check of changes.
timed(f) := {id | some id in triggered(f, {"schedule", "event", "after"}); not is_check(id)}

# A rule of the cloud starts what is named for training, where the project has such;
# or a pipeline, which then trains itself.
starts_training(f) if {
	not detail(f, "pipeline")
	count(live(f)) > 0
	count(any_of(["train", "train.remote", "pipeline.remote"])) > 0
}

starts_training(f) if {
	detail(f, "pipeline")
	count(on_chain(wired(["train", "train.remote"]), chains(live(f)))) > 0
}

# What watches the model in operation: drift, quality, outcomes, predictions.
watching := wired(["drift", "cue.drift", "drift.managed", "cue.quality", "outcome.join", "outcome.managed", "monitor", "monitor.push"])

# Somebody outside of the stack is told, by code that something runs.
telling := wired(["notify"])

detail(f, key) := object.get(object.get(f, "detail", {}), key, false)

# A measure in a function that compares something with itself, or with a part of it.
compares_itself(f) if {
	some s in of("drift.self")
	s.context == "source"
	s.path == f.path
	object.get(s, "function", "") == object.get(f, "function", "")
}
