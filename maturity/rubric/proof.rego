# What records show of an answer: that it happened, that it did not, or when it last
# did. The rules of the criteria ask what the files say; this asks the forge, git's
# history and muster's own records the rest. Without them nothing here holds.
package maturity.proof

import data.maturity.lib

# How many days a record proves anything, where it is not 90 (CI and retraining).
days := {
	# scheduled monitors
	"model_monitoring": 30, "drift_detection": 30, "automated_data_ingestion": 30, "ground_truth_feedback": 30,
	# releases and deployments
	"training_pipeline": 180, "scoring_code": 180, "automated_model_deployment": 180, "end_to_end_pipeline": 180,
	"model_release_tests": 180, "environment_promotion": 180, "infrastructure_as_code": 180, "automated_promotion": 180,
	"deployment_traceability": 180,
	# alerts, drills, and releases of software
	"automated_release": 365, "model_quality_gate": 365, "alerting": 365, "closed_loop_retraining": 365,
	"model_rollback": 365, "automated_rollback": 365, "incident_runbook": 365,
}

age(name) := object.get(days, name, 90)

# What a job that passed does not show: it asks for more than one run, or for another record.
more_than_a_job := {
	"ci_test_gate", "branch_protection", "code_review", "cross_functional_ownership", "data_versioning", "run_documentation",
	"secrets_hygiene", "continuous_training", "closed_loop_retraining", "model_quality_gate", "progressive_delivery",
	"environment_promotion", "automated_rollback", "zero_downtime_serving", "incident_runbook", "training_serving_consistency",
}

# These ask what the code is, not what happens: no failing job contradicts them.
about_code := {
	"modular_code", "unit_tests", "integration_tests", "ml_code_tests", "dependency_locking", "run_documentation", "secrets_hygiene",
	"training_reproducibility", "training_serving_consistency", "cross_functional_ownership", "data_versioning", "scoring_code",
	"zero_downtime_serving", "branch_protection", "code_review", "incident_runbook",
}

judged(name, answer) := shown[name] if {
	shown[name]
} else := refused[name] if {
	refused[name]
} else := proven(answer, answer.reason, [e | some e in recorded[name]]) if {
	answer.verdict == "met"
	count(recorded[name]) > 0
} else := proven(answer, answer.reason, [run(passes(name, answer)[0])]) if {
	answer.verdict == "met"
	not name in more_than_a_job
	count(passes(name, answer)) > 0
} else := contradicted(name, answer) if {
	answer.verdict == "met"
	not name in about_code
	failing(name, answer)
} else := object.union(answer, {"provable": true, "reason": sprintf("%s; last seen %s", [answer.reason, date(last(answer))])}) if {
	answer.verdict == "met"
	not name in more_than_a_job
	last(answer)
} else := object.union(answer, {"provable": provable(name, answer)})

# --- runs of the entries that carry an answer

evidence_of(answer) := object.get(answer, "evidence", [])

carriers(answer) := object.get(answer, "by", [])

runs_of(id) := object.get(lib.entry(id), "runs", [])

passed(answer) := [r | some id in carriers(answer); some r in runs_of(id); r.passed]

passes(name, answer) := [r | some r in passed(answer); r.age <= age(name)]

last(answer) := r if {
	times := sort([p.time | some p in passed(answer)])
	newest := times[count(times) - 1]
	r := [p | some p in passed(answer); p.time == newest][0]
}

date(r) := substring(r.time, 0, 10)

# The forge contradicts what only its jobs carry: they ran within the time, and none passed.
failing(name, answer) if {
	count(carriers(answer)) > 0
	every id in carriers(answer) { object.get(lib.entry(id), "known", false) }
	count(passed(answer)) == 0
	count(recent(name, answer)) > 0
}

recent(name, answer) := [r | some id in carriers(answer); some r in runs_of(id); r.age <= age(name)]

contradicted(name, answer) := {
	"verdict": "partial", "strength": "declared", "evidence": array.concat(evidence_of(answer), [run(newest)]),
	"reason": sprintf("%s, but the forge shows no run that passed within %d days: %d failed", [answer.reason, age(name), count(recent(name, answer))]),
} if {
	newest := recent(name, answer)[0]
}

# --- answers

proven(answer, reason, seen) := object.union(answer, {
	"strength": "proven", "reason": reason, "provable": true,
	"evidence": array.concat(evidence_of(answer), array.slice(seen, 0, 2)),
})

# A run, or what a record tells, as evidence.
run(r) := {"path": host_path(r.url), "line": 0, "url": r.url, "time": r.time, "note": sprintf("a run that %s, started by %s", [ended(r), r.event])}

ended(r) := "passed" if r.passed

ended(r) := "failed" if not r.passed

host_path(url) := trim_prefix(trim_prefix(url, "https://"), "http://")

seen(f) := object.union({"path": f.path, "line": f.line, "note": f.subject}, object.filter(f, ["url", "time"]))

# A record could be had: a job of CI carries the answer, or there is a rule for its records here.
provable(name, answer) if {
	answer.verdict == "met"
	some id in carriers(answer)
	lib.entry(id).kind == "ci-job"
} else if {
	answer.verdict == "met"
	name in {"branch_protection", "code_review", "cross_functional_ownership", "data_versioning", "model_registry", "environment_promotion"}
} else := false

# --- what a record shows whatever the files say, and what it refuses

asked if count(lib.of("forge")) > 0

test_jobs := {id | some id in carriers(data.maturity.criteria.ci_test_gate.answer)}

protection := lib.of("forge.protection")[0]

required := [f | some f in lib.of("forge.check"); some l in f.entries; l.id in test_jobs]

shown.branch_protection := {
	"verdict": "met", "strength": "proven", "provable": true, "evidence": [seen(required[0])],
	"reason": "the default branch refuses changes whose test check has not passed",
} if {
	count(required) > 0
	not protection.detail.forcePush
}

shown.branch_protection := {
	"verdict": "met", "strength": "proven", "provable": true, "evidence": [seen(protection)],
	"reason": "a change can only be merged when its pipeline, which runs the tests, has passed",
} if {
	protection.detail.anyPipeline
	not protection.detail.forcePush
	some id in test_jobs
	"change" in lib.entry(id).triggers
}

refused.branch_protection := {"verdict": verdict, "strength": strength, "provable": true, "evidence": [seen(protection)], "reason": reason} if {
	asked
	not shown.branch_protection
	[verdict, strength, reason] := unprotected
}

unprotected := ["partial", "declared", "the test check is required, but the history of the default branch may be rewritten"] if {
	count(required) > 0
	protection.detail.forcePush
} else := ["partial", "declared", "checks are required before a merge, but none of them is called as the job that runs the tests"] if {
	protection.detail.checks > 0
} else := ["partial", "declared", "a pipeline must have passed before a merge, but none runs the tests for a change"] if {
	protection.detail.anyPipeline
} else := ["unmet", "none", "the default branch takes changes whatever their checks say"] if {
	protection
}

# Too few changes say nothing.
fewest_changes := 5

review := r if {
	r := lib.of("forge.review")[0]
	r.detail.changes >= fewest_changes
}

shown.code_review := {
	"verdict": "met", "strength": "proven", "provable": true, "evidence": [seen(review)],
	"reason": sprintf("of the newest %d changes, %d were approved by somebody else", [review.detail.changes, review.detail.approved]),
} if {
	review.detail.approved * 100 >= review.detail.changes * 80
}

refused.code_review := {
	"verdict": verdict, "strength": strength, "provable": true, "evidence": [seen(review)],
	"reason": sprintf("of the newest %d changes, only %d were approved by somebody else", [review.detail.changes, review.detail.approved]),
} if {
	review.detail.approved * 100 < review.detail.changes * 80
	[verdict, strength] := unreviewed
}

unreviewed := ["partial", "declared"] if {
	data.maturity.criteria.code_review.answer.verdict in {"met", "partial"}
} else := ["unmet", "none"]
