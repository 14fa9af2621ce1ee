# The records of single criteria: where a job that passed is not the proof.
package maturity.proof

import data.maturity.lib

answer_of(name) := data.maturity.criteria[name].answer

by(name) := carriers(answer_of(name))

young(facts, most) := [f | some f in facts; f.detail.age <= most]

# The newest run of the job passed, and so did three of five.
recorded.ci_test_gate contains run(list[0]) if {
	some id in by("ci_test_gate")
	list := array.slice(runs_of(id), 0, 5)
	list[0].passed
	list[0].age <= age("ci_test_gate")
	count([r | some r in list; r.passed]) * 5 >= count(list) * 3
}

# The tests ran: the job that gates changes by them did.
recorded.unit_tests contains run(passes("unit_tests", answer_of("ci_test_gate"))[0])

# By itself, and more than once.
recorded.continuous_training contains run(list[0]) if {
	some id in by("continuous_training")
	list := [r | some r in runs_of(id); r.passed; r.event in starters(id); r.age <= age("continuous_training")]
	count(list) > 1
}

starters(id) := timed if {
	timed := {"schedule", "event", "after"}
	some t in lib.entry(id).triggers
	t in timed
} else := {"push", "tag", "release"}

# Another run's end or a message started it, and no person.
recorded.closed_loop_retraining contains run(list[0]) if {
	some id in by("closed_loop_retraining")
	list := [r | some r in runs_of(id); r.passed; r.event in {"event", "after"}; r.age <= age("closed_loop_retraining")]
	count(list) > 0
}

# A gate that never refused has shown nothing, and neither has one that never let pass.
recorded.model_quality_gate contains run(r) if {
	some id in by("model_quality_gate")
	gate := [r | some r in runs_of(id); r.age <= age("model_quality_gate")]
	count([r | some r in gate; r.passed]) > 0
	count([r | some r in gate; not r.passed]) > 0
	some r in first_of_each(gate)
}

first_of_each(list) := [
	[r | some r in list; r.passed][0],
	[r | some r in list; not r.passed][0],
]

recorded.model_quality_gate contains seen(f) if {
	decisions := young(lib.of("record.decision"), age("model_quality_gate"))
	{d.detail.verdict | some d in decisions} & {"pass", "deny"} == {"pass", "deny"}
	some f in decisions
}

releases := [f | some f in young(lib.of("forge.release"), age("automated_release")); f.detail.bot]

recorded.automated_release contains seen(releases[0]) if count(releases) > 1

# A place that users see: neither documentation nor a preview.
deployments(name) := [f |
	some f in young(lib.of("forge.deployment"), age(name))
	f.detail.passed
	not regex.match(`(?i)pages|docs|preview|review|^pr[-/ ]|pull`, f.detail.environment)
]

recorded[name] contains seen(f) if {
	some name in {"automated_model_deployment", "automated_promotion"}
	some f in deployments(name)
	f.detail.bot
}

recorded.scoring_code contains seen(f) if some f in deployments("scoring_code")

recorded.environment_promotion contains seen(f) if {
	places := deployments("environment_promotion")
	count({f.detail.environment | some f in places}) > 1
	some f in array.concat(places, [e | some e in lib.of("forge.environment"); e.detail.protected])
	some e in lib.of("forge.environment")
	e.detail.protected
}

versions := array.concat(lib.of("tag.model"), array.concat(lib.of("record.version"), [f | some f in lib.of("forge.release"); f.detail.models]))

recorded.model_registry contains seen(versions[0]) if count(versions) > 1

recorded.data_versioning contains seen(f) if {
	some f in lib.of("history.data")
	f.detail.times > 1
}

recorded.model_evaluation contains seen(f) if {
	some f in lib.of("history.metrics")
	f.detail.times > 1
}

# A run record of muster holds commit, digests of data, and metrics.
recorded[name] contains seen(f) if {
	some name in {"model_evaluation", "data_versioning", "run_lineage", "training_pipeline"}
	some f in lib.of("record.run")
}

recorded.cross_functional_ownership contains seen(f) if {
	some f in lib.of("history.people")
	f.detail.both > 1
}

recorded.secrets_hygiene contains seen(f) if {
	some f in lib.of("forge.secrets")
	f.detail.on
}

recorded.alerting contains seen(f) if {
	some f in young(lib.of("forge.issue"), age("alerting"))
	f.detail.bot
	regex.match(`(?i)alert|drift|degrad|incident|monitor`, concat(" ", array.concat([f.subject], f.detail.labels)))
}

recorded.incident_runbook contains seen(f) if {
	some f in young(lib.of("forge.issue"), age("incident_runbook"))
	f.detail.closed
	some label in f.detail.labels
	regex.match(`(?i)incident|post-?mortem|outage`, label)
}
