package maturity.criteria.drift_detection

import data.maturity.lib

# A function that makes drift up, draws it or only reads what was measured.
invented := `(?i)simulat|inject|synthetic|generat|plot|draw|render|fake|mock|def (get|load|read|fetch|list|send|log|print|show|display)_`

measures := [f |
	some f in lib.wired(["drift", "cue.drift"])
	not regex.match(invented, sprintf("def %s %s", [object.get(f, "function", ""), f.subject]))
]

# What is compared with itself drifts never: by the function, or by the entry
# whose command gives it the same file twice.
same_file := lib.of("drift.self")

blind := {l.id | some s in same_file; s.context == "command"; some l in s.entries}

honest := [f | some f in measures; not lib.compares_itself(f)]

running := [lib.by(f, ids) |
	some f in honest
	ids := lib.timed(f) - blind
	count(ids) > 0
]

# What is decided by the measure: in code that the same entry runs, or by an
# alarm on the number that it publishes.
decided := [d | some d in lib.of("drift.decision"); count(lib.live(d) & lib.entries_of(running)) > 0]

drift_words := `(?i)drift|\bpsi\b|psi_|_psi|wasserstein|divergence`

alarms := [f | some f in lib.any_of(["alert.alarm", "alert.rule"]); regex.match(drift_words, lib.detail(f, "about"))]

managed := array.concat(lib.wired(["drift.managed"]), settings)

# A monitor's settings count where something applies them.
settings := [f | some f in lib.of("drift.infra"); applied(f)]

applied(f) if count(lib.live(f)) > 0

applied(f) if lib.detail(f, "synced")

answer := lib.met("drift is measured by itself against a reference, and something is decided by the measure", array.concat(running, decided)) if {
	count(running) > 0
	count(decided) > 0
} else := lib.met("drift is measured by itself, and an alarm watches the measure", array.concat(running, alarms)) if {
	count(running) > 0
	count(alarms) > 0
} else := lib.met(sprintf("%s measures drift against a baseline", [managed[0].tool]), managed) if {
	count(managed) > 0
} else := lib.partial(sprintf("the drift check compares nothing that is live: %s", [same_file[0].subject]), same_file) if {
	count(measures) > 0
	count(same_file) > 0
} else := lib.partial("drift is measured, but nothing is decided by it", running) if {
	count(running) > 0
} else := lib.partial("drift can be measured, but nothing does it by itself", measures) if {
	count(measures) > 0
} else := lib.partial(sprintf("%s is named %s", [others[0].subject, lib.where(others[0])]), others) if {
	count(others) > 0
} else := lib.unmet("nothing measures drift")

others := lib.any_of(["drift", "cue.drift", "drift.infra"])
