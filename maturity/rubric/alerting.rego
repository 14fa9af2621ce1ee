package maturity.criteria.alerting

import data.maturity.lib

rules := lib.of("alert.rule")

managers := lib.of("alert.manager")

receivers := lib.of("alert.receiver")

# A receiver counts if it lies outside the stack and is no sample; one inside
# counts if the project's own code passes the alert on.
outside := [f | some f in receivers; lib.detail(f, "outside"); not lib.detail(f, "sample")]

relayed := [f | some f in receivers; not lib.detail(f, "outside"); count(lib.telling) > 0]

alarms := [f | some f in lib.of("alert.alarm"); lib.detail(f, "told")]

silent := [f | some f in lib.of("alert.alarm"); not lib.detail(f, "told")]

# Code that measures tells somebody where a condition holds; a step of CI does
# where what measures failed or found something.
told := [lib.by(f, ids) |
	some f in lib.telling
	conditional(f)
	not about_the_run(f)
	ids := lib.automatic(f) & lib.entries_of(measured)
	count(ids) > 0
]

# A function that is named for how a run ended tells of the run, whatever it found.
about_the_run(f) if {
	f.context == "source"
	regex.match(`(?i)(_|on_?)(fail(ed|ure|ures)?|success|errors?|complet\w*|finish\w*|done|start\w*)$`, object.get(f, "function", ""))
}

measured := lib.wired(["drift", "cue.drift", "drift.managed", "cue.quality", "outcome.join", "outcome.managed", "monitor.push"])

conditional(f) if object.get(f, "conditional", false)

conditional(f) if {
	some l in f.entries
	object.get(l, "if", "") != ""
}

errors := [f | some f in lib.wired(["notify.errors"]); operates(f)]

# What serves, or a job in a container or by a timer that scores rows.
operates(_) if lib.has_server

operates(f) if {
	count(lib.batch_jobs) > 0
	some id in lib.live(f)
	lib.entry(id).kind in {"image", "service", "timer"}
}

issues := [f | some f in lib.wired(["issue"]); count(lib.live(f) & lib.entries_of(lib.watching)) > 0]

answer := lib.met("rules on metrics notify a receiver outside the stack", array.concat(rules, outside)) if {
	count(rules) > 0
	count(outside) > 0
	count(managers) > 0
} else := lib.met("alarms notify somebody", alarms) if {
	count(alarms) > 0
} else := lib.met("rules on metrics reach the project's own relay, which tells somebody outside", array.concat(array.concat(rules, relayed), lib.telling)) if {
	count(rules) > 0
	count(relayed) > 0
	count(managers) > 0
} else := lib.met("what measures the model tells somebody when its condition holds", told) if {
	count(told) > 0
} else := lib.met("errors of the service are reported to Sentry", errors) if {
	count(errors) > 0
} else := lib.partial("alert rules and a receiver exist, but nothing runs what sends them", array.concat(rules, outside)) if {
	count(rules) > 0
	count(outside) > 0
} else := lib.partial("alert rules exist, but no receiver outside the stack", array.concat(rules, receivers)) if {
	count(rules) > 0
} else := lib.partial("alarms exist, but they notify nobody", silent) if {
	count(silent) > 0
} else := lib.partial("a finding opens an issue, nobody is called", issues) if {
	count(issues) > 0
} else := lib.partial("somebody can be told, but not by what watches the model", lib.telling) if {
	count(lib.telling) > 0
} else := lib.unmet("no rule on a metric notifies anybody")
